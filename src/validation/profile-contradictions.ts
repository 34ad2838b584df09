/** What a profile may not say after those it builds on: "A profile can only constrain". https://hl7.org/fhir/R4/profiling.html#resources */
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import type { JsonObject } from '../fhir/types.ts';
import { equalsFixed, showExpected } from './fixed-values.ts';
import type { readConstraint } from './profile-element.ts';
import type { ProfileNode } from './profile-node.ts';

export interface Constraining {
  readonly raw: JsonObject;
  readonly said: ReturnType<typeof readConstraint>;
  /** What was said before. */
  readonly before: ProfileNode;
  /** R4's own element; undefined for a slice. */
  readonly element: ElementDefinition | undefined;
}

/** A sentence for the first contradiction; undefined when there is none. */
export function contradictionOf({ raw, said, before, element }: Constraining, definitions: Definitions): string | undefined {
  const { fixed } = before;
  if (said.fixed !== undefined && fixed !== undefined && !equalsFixed(said.fixed, fixed))
    return `${before.id} is fixed to ${showExpected(fixed)} already, so it can't be fixed to ${showExpected(said.fixed)}.`;
  const [min, max] = [before.min ?? element?.min ?? 0, before.max ?? element?.max ?? Number.POSITIVE_INFINITY];
  if (typeof raw['min'] === 'number' && raw['min'] < min)
    return `${before.id} must be there ${min} times at least already, so its min can't be ${raw['min']}.`;
  if (said.max !== undefined && said.max > max)
    return `${before.id} may be there ${max} times at most already, so its max can't be ${String(raw['max'])}.`;
  return typeContradiction(said.types ?? [], before, element, definitions);
}

function typeContradiction(
  types: NonNullable<ProfileNode['types']>,
  before: ProfileNode,
  element: ElementDefinition | undefined,
  definitions: Definitions,
): string | undefined {
  const allowed = (before.types ?? element?.types ?? []).map(({ code }) => code);
  if (allowed.length === 0 || element?.contentReference !== undefined) return undefined;
  const other = types.find(({ code }) => {
    const lineage = definitions.lineage(code);
    return lineage.length > 0 && !lineage.some((name) => allowed.includes(name));
  });
  return other === undefined
    ? undefined
    : `${before.id} may be of type ${allowed.join(', ')}, so it can't be restricted to ${other.code}.`;
}
