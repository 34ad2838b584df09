/** Which profiles a resource is checked against: those it claims, those the server imposes, those R4 requires. */
import type { Definitions } from '../definitions/definitions.ts';
import { definitionTypes } from '../definitions/registry.ts';
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { compileInvariant } from '../fhirpath/expression.ts';
import { codingsOf, compilePair } from './code-pairs.ts';
import { checkDefinition } from './definition-check.ts';
import type { Run } from './issues.ts';
import type { Profiles } from './profiles.ts';
import type { ImposedProfile, ServerRules } from './server-rules.ts';
import { looseItem } from './slicing.ts';

export type ProfileStep = (resource: Resource, run: Run, depth: number) => void;

/** The step after a resource's base check. Throws an Error for a rule whose profile or map there is not, or whose condition can't be compiled. */
export function openProfileStep(definitions: Definitions, profiles: Profiles, rules: ServerRules): ProfileStep {
  const steps = new Map<string, ProfileStep[]>();
  const add = (type: string, step: ProfileStep) => steps.set(type, [...(steps.get(type) ?? []), step]);
  for (const rule of rules.impose) if (rule.coded === undefined) add(rule.type, compileRule(rule, definitions, profiles));
  for (const [type, step] of codedSteps(rules.impose, definitions, profiles)) add(type, step);
  for (const pair of rules.pairs) add(pair.type, compilePair(pair, definitions));
  return (resource, run, depth) => {
    const item = looseItem(resource, resource.resourceType);
    for (const [index, canonical] of claimed(resource).entries()) {
      if (definitions.conformance(canonical) === undefined)
        sayAt(run, depth, index, () => profiles.apply(canonical, item, run, depth + 2));
      else profiles.apply(canonical, item, run, depth);
    }
    if (definitionTypes.includes(resource.resourceType)) checkDefinition(resource, profiles, run, depth);
    for (const step of steps.get(resource.resourceType) ?? []) step(resource, run, depth);
  };
}

function compileRule(
  { type, profile, when, softened }: ImposedProfile,
  definitions: Definitions,
  profiles: Profiles,
): ProfileStep {
  if (definitions.conformance(profile) === undefined) {
    throw new Error(`The server's rules impose ${profile} on ${type}, and there is no such profile.`);
  }
  const holds = when === undefined ? undefined : compileInvariant(when, type, definitions);
  return (resource, run, depth) => {
    if (holds !== undefined && holds({ type, value: resource }, run.environment) !== true) return;
    profiles.apply(profile, looseItem(resource, type), run, depth, softened === undefined ? {} : { softened });
  };
}

/** The rules that look at codes of one element, as one step: most codes have none. */
function codedSteps(
  rules: readonly ImposedProfile[],
  definitions: Definitions,
  profiles: Profiles,
): readonly (readonly [type: string, step: ProfileStep])[] {
  const byElement = new Map<
    string,
    { readonly type: string; readonly element: string; readonly byCode: Map<string, ProfileStep> }
  >();
  for (const rule of rules) {
    if (rule.coded === undefined) continue;
    const { element, system, codes } = rule.coded;
    const key = `${rule.type}.${element}`;
    const group = byElement.get(key) ?? { type: rule.type, element, byCode: new Map<string, ProfileStep>() };
    byElement.set(key, group);
    const step = compileRule(rule, definitions, profiles);
    for (const code of codes) group.byCode.set(`${system}|${code}`, step);
  }
  return [...byElement.values()].map(({ type, element, byCode }) => [
    type,
    (resource, run, depth) => {
      for (const coding of codingsOf(resource[element]))
        byCode.get(`${coding['system']}|${coding['code']}`)?.(resource, run, depth);
    },
  ]);
}

/** The texts of `meta.profile`. */
export function claimed(resource: Resource): readonly string[] {
  const meta = resource['meta'];
  const profiles = isJsonObject(meta) ? meta['profile'] : undefined;
  return Array.isArray(profiles) ? profiles.filter((profile: JsonValue) => typeof profile === 'string') : [];
}

/** Points to the claim itself while something is said about it. */
function sayAt(run: Run, depth: number, index: number, say: () => void): void {
  run.names[depth] = 'meta';
  run.indexes[depth] = -1;
  run.names[depth + 1] = 'profile';
  run.indexes[depth + 1] = index;
  say();
}
