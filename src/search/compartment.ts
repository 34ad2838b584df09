/** https://hl7.org/fhir/R4/compartmentdefinition.html */
import type { Definitions } from '../definitions/definitions.ts';
import { formatKey } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import { and, type Criterion, or } from './criterion.ts';

/**
 * The members of a compartment among the types, by FHIR's own definition: the owner itself, and what refers to it in one of the
 * parameters listed. Types that never are members bring nothing; `none` when all of them are such.
 */
export function compartmentCriterion(definitions: Definitions, owner: ResourceKey, types: readonly string[]): Criterion {
  const typesOfParameter = new Map<string, string[]>();
  for (const type of types) {
    for (const parameter of definitions.compartment(owner.type, type) ?? []) {
      const members = typesOfParameter.get(parameter);
      if (members === undefined) typesOfParameter.set(parameter, [type]);
      else members.push(type);
    }
  }
  const test = { shape: 'reference', target: formatKey(owner) } as const;
  const members = [...typesOfParameter].map(([parameter, of]) =>
    and({ kind: 'type', types: of }, { kind: 'has', parameter, test }),
  );
  const self: Criterion = and({ kind: 'type', types: [owner.type] }, { kind: 'id', ids: [owner.id] });
  return or(...(types.includes(owner.type) ? [self] : []), ...members);
}
