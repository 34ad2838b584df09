/** The definitions of a running server: those it started with, and the conformance resources that are stored on it. */
import type { Resource } from '../fhir/types.ts';
import type { Definitions } from './definitions.ts';

/** The types whose stored resources take effect. */
export const definitionTypes: readonly string[] = ['StructureDefinition', 'ValueSet', 'CodeSystem', 'ConceptMap'];

export interface DefinitionRegistry {
  /** Answers for what is stored now, at any time. */
  readonly definitions: Definitions;
  /** Takes all stored conformance resources; of two with one canonical the first counts. */
  replace(stored: readonly Resource[]): void;
}

export function openRegistry(base: Definitions): DefinitionRegistry {
  let stored: readonly Resource[] = [];
  let current = base;
  const definitions: Definitions = {
    ...base,
    valueSet: (canonical) => current.valueSet(canonical),
    codesOf: (valueSet) => current.codesOf(valueSet),
    codeSystem: (url) => current.codeSystem(url),
    codeHierarchy: (url) => current.codeHierarchy(url),
    conformance: (canonical) => current.conformance(canonical),
    conformanceResources: (type) => current.conformanceResources(type),
    conceptMaps: () => current.conceptMaps(),
    including: (more) => base.including([...more, ...stored]),
    revision: () => current.revision(),
  };
  return {
    definitions,
    replace(resources) {
      stored = resources;
      current = base.including(resources);
    },
  };
}
