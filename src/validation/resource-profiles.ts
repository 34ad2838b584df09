/** Which profiles a resource is checked against: those it claims, those the server imposes, those R4 requires. */
import type { Definitions } from '../definitions/definitions.ts';
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { compileInvariant } from '../fhirpath/expression.ts';
import { type Run, report } from './issues.ts';
import type { Profiles } from './profiles.ts';
import type { ImposedProfile } from './server-rules.ts';
import { looseItem } from './slicing.ts';
import { vitalSignsProfiles } from './vital-signs.ts';

export type ProfileStep = (resource: Resource, run: Run, depth: number) => void;

interface Imposed extends ImposedProfile {
  readonly holds: ((resource: Resource, run: Run) => boolean) | undefined;
}

/** The step after a resource's base check. Throws an Error for a rule whose profile or condition can't be compiled. */
export function openProfileStep(definitions: Definitions, profiles: Profiles, rules: readonly ImposedProfile[]): ProfileStep {
  const imposed = new Map<string, Imposed[]>();
  for (const rule of rules) imposed.set(rule.type, [...(imposed.get(rule.type) ?? []), compileRule(rule, definitions, profiles)]);
  return (resource, run, depth) => {
    const item = looseItem(resource, resource.resourceType);
    for (const [index, canonical] of claimed(resource).entries()) {
      if (definitions.conformance(canonical) === undefined)
        sayAt(run, depth, index, () => profiles.apply(canonical, item, run, depth + 2));
      else profiles.apply(canonical, item, run, depth);
    }
    checkDefinition(resource, profiles, run, depth);
    for (const canonical of vitalSignsProfiles(resource)) profiles.apply(canonical, item, run, depth);
    for (const { profile, holds, softened } of imposed.get(resource.resourceType) ?? []) {
      if (holds === undefined || holds(resource, run))
        profiles.apply(profile, item, run, depth, softened === undefined ? {} : { softened });
    }
  };
}

/** A profile that is sent to be stored must be one that can be applied: later it would stop the start. */
function checkDefinition(resource: Resource, profiles: Profiles, run: Run, depth: number): void {
  if (resource.resourceType !== 'StructureDefinition' || resource['derivation'] !== 'constraint') return;
  const detail = profiles.faultOf(resource);
  if (detail === undefined) return;
  const outer = run.layer;
  run.layer = { source: 'server' };
  report(run, depth, 'definition-broken', { parameters: { detail } });
  run.layer = outer;
}

function compileRule(rule: ImposedProfile, definitions: Definitions, profiles: Profiles): Imposed {
  if (definitions.conformance(rule.profile) === undefined) {
    throw new Error(`The server's rules impose ${rule.profile} on ${rule.type}, and there is no such profile.`);
  }
  profiles.compile(rule.profile);
  if (rule.when === undefined) return { ...rule, holds: undefined };
  const test = compileInvariant(rule.when, rule.type, definitions);
  return { ...rule, holds: (resource, run) => test({ type: rule.type, value: resource }, run.environment) === true };
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
