/** A resource of any type: which check it gets, and what `%resource`, `%rootResource` and references mean within it. */
import type { Definitions } from '../definitions/definitions.ts';
import { isJsonObject, type JsonObject, type Resource } from '../fhir/types.ts';
import { indexBundle } from './bundle-index.ts';
import { checkBundle } from './bundle-rules.ts';
import { type Check, enterResource, type Run, report } from './issues.ts';
import { kindOf } from './messages.ts';
import { openTypeChecks } from './type-checks.ts';
import type { ObjectRule } from './type-rules.ts';

/** The check of a resource at the end of the run's path, that of every resource in it included; `rules` are those of the server by type. */
export function openResourceCheck(definitions: Definitions, rules: Readonly<Record<string, readonly ObjectRule[]>>): Check {
  const checkOf = openTypeChecks(definitions, { inner: (value, run, depth) => within(value, run, depth), rules });
  const check: Check = (value, run, depth) => {
    const resource = knownResource(value, run, depth);
    if (resource === undefined) return false;
    if (resource.resourceType === 'Bundle') return checkAsBundle(resource, run, depth);
    return checkPlain(resource, run, depth);
  };
  const checkPlain = (resource: Resource, run: Run, depth: number): boolean => {
    const shaped = checkOf(resource.resourceType)(resource, run, depth);
    if (shaped) run.tools.checkProfiles?.(resource, run, depth);
    return shaped;
  };
  /** References in a Bundle's resources are resolved within it, so that it is indexed first. */
  const checkAsBundle = (bundle: Resource, run: Run, depth: number): boolean => {
    const outer = run.bundle;
    run.bundle = indexBundle(bundle);
    const shaped = checkPlain(bundle, run, depth);
    if (shaped) checkBundle(run.bundle, run, depth);
    run.bundle = outer;
    return shaped;
  };
  const within: Check = (value, run, depth) => {
    if (!isResource(value)) return check(value, run, depth);
    const entry = run.bundle?.byResource.get(value);
    if (entry !== undefined && run.bundle !== undefined) run.bundle.current = entry;
    const leave = enterResource(value, depth, run);
    const shaped = check(value, run, depth);
    leave();
    return shaped;
  };
  return check;
}

function isResource(value: unknown): value is Resource {
  return isJsonObject(value) && typeof value['resourceType'] === 'string';
}

/** The value as a resource of a type there is; undefined, with the reason reported, when it is none. */
export function knownResource(value: unknown, run: Run, depth: number): Resource | undefined {
  if (!isJsonObject(value)) {
    report(run, depth, 'resource-expected', { severity: 'fatal', parameters: { found: kindOf(value) } });
    return undefined;
  }
  return isKnown(value, run, depth) ? value : undefined;
}

function isKnown(value: JsonObject, run: Run, depth: number): value is Resource {
  const type = value['resourceType'];
  const severity = depth === 0 ? 'fatal' : 'error';
  if (typeof type !== 'string') report(run, depth, 'resource-type-missing', { severity });
  else if (run.tools.definitions.isResourceType(type)) return true;
  else if (run.tools.definitions.type(type)?.kind === 'resource')
    report(run, depth, 'resource-type-abstract', { severity, parameters: { type } });
  else report(run, depth, 'resource-type-unknown', { severity });
  return false;
}
