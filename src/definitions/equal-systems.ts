/** `conformance/terminology/equal-systems.json`: the URIs that name one system of identifiers or codes. */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { readJsonFile } from './package-files.ts';

export interface SystemGroup {
  /** The first stands for all of them. */
  readonly systems: readonly string[];
  /** How values are compared where it is more than text. */
  readonly values?: 'codice-fiscale';
}

export interface EqualSystems {
  readonly groups: readonly SystemGroup[];
  /** The group of a system that has other names. */
  group(system: string): SystemGroup | undefined;
  /** The system that stands for this one; itself when it has no other name. */
  preferred(system: string): string;
}

/** Throws an Error whose sentence names the file for a group that can't be read or a system that stands in two. */
export function readEqualSystems(file: string): EqualSystems {
  const root = readJsonFile(file);
  const list = isJsonObject(root) ? root['groups'] : undefined;
  if (!Array.isArray(list) || !list.every(isJsonObject)) throw new Error(`${file} must hold an object with a list "groups".`);
  return openEqualSystems(
    list.map((group, position) => readGroup(group, `${file}, groups[${position}]`)),
    file,
  );
}

export function openEqualSystems(groups: readonly SystemGroup[], file = ''): EqualSystems {
  const bySystem = new Map<string, SystemGroup>();
  for (const group of groups) {
    for (const system of group.systems) {
      if (bySystem.has(system)) throw new Error(`${file}: ${system} stands in two groups.`);
      bySystem.set(system, group);
    }
  }
  return {
    groups,
    group: (system) => bySystem.get(system),
    preferred: (system) => bySystem.get(system)?.systems[0] ?? system,
  };
}

function readGroup({ systems, values }: JsonObject, at: string): SystemGroup {
  if (!Array.isArray(systems) || systems.length < 2 || !systems.every((system: JsonValue) => typeof system === 'string'))
    throw new Error(`${at}: "systems" must be a list of two URIs or more.`);
  if (values === undefined) return { systems };
  if (values !== 'codice-fiscale') throw new Error(`${at}: "values" may only be "codice-fiscale".`);
  return { systems, values };
}
