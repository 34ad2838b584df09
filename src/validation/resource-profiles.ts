/** Which profiles a resource is checked against: those it claims, those the server imposes, those R4 requires. */
import type { Definitions } from '../definitions/definitions.ts';
import { definitionTypes } from '../definitions/registry.ts';
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { compileInvariant } from '../fhirpath/expression.ts';
import { compilePair } from './code-pairs.ts';
import { checkDefinition } from './definition-check.ts';
import type { Run } from './issues.ts';
import type { Profiles } from './profiles.ts';
import type { ImposedProfile, ServerRules } from './server-rules.ts';
import { looseItem } from './slicing.ts';
import { vitalSignsProfiles } from './vital-signs.ts';

export type ProfileStep = (resource: Resource, run: Run, depth: number) => void;

/** The step after a resource's base check. Throws an Error for a rule whose profile, condition or map can't be had. */
export function openProfileStep(definitions: Definitions, profiles: Profiles, rules: ServerRules): ProfileStep {
  const steps = new Map<string, ProfileStep[]>();
  const add = (type: string, step: ProfileStep) => steps.set(type, [...(steps.get(type) ?? []), step]);
  for (const rule of rules.impose) add(rule.type, compileRule(rule, definitions, profiles));
  for (const pair of rules.pairs) add(pair.type, compilePair(pair, definitions));
  return (resource, run, depth) => {
    const item = looseItem(resource, resource.resourceType);
    for (const [index, canonical] of claimed(resource).entries()) {
      if (definitions.conformance(canonical) === undefined)
        sayAt(run, depth, index, () => profiles.apply(canonical, item, run, depth + 2));
      else profiles.apply(canonical, item, run, depth);
    }
    if (definitionTypes.includes(resource.resourceType)) checkDefinition(resource, profiles, run, depth);
    for (const canonical of vitalSignsProfiles(resource)) profiles.apply(canonical, item, run, depth);
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
  profiles.compile(profile);
  const holds = when === undefined ? undefined : compileInvariant(when, type, definitions);
  return (resource, run, depth) => {
    if (holds !== undefined && holds({ type, value: resource }, run.environment) !== true) return;
    profiles.apply(profile, looseItem(resource, type), run, depth, softened === undefined ? {} : { softened });
  };
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
