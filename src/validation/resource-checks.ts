/** A resource of any type: which check it gets, and what `%resource`, `%rootResource` and references mean within it. */
import type { Definitions } from '../definitions/definitions.ts';
import { isJsonObject, type JsonObject, type Resource } from '../fhir/types.ts';
import { indexBundle } from './bundle-index.ts';
import { checkBundle } from './bundle-rules.ts';
import { type Check, type Run, report } from './issues.ts';
import { kindOf } from './messages.ts';
import { resolveReference } from './references.ts';
import { openTypeChecks } from './type-checks.ts';
import type { ObjectRule } from './type-rules.ts';

export interface ResourceCheckHooks {
  /** Applies the profiles of a resource that has passed its base check's shape; called once per resource, also for inner ones. */
  readonly profiles?: (resource: Resource, run: Run, depth: number) => void;
  readonly rules: Readonly<Record<string, readonly ObjectRule[]>>;
}

/** The check of a resource at the end of the run's path, that of every resource in it included. */
export function openResourceCheck(definitions: Definitions, hooks: ResourceCheckHooks): Check {
  const checkOf = openTypeChecks(definitions, {
    contained: (value, run, depth) => within(value, run, depth, 'contained'),
    inline: (value, run, depth) => within(value, run, depth, 'inline'),
    rules: hooks.rules,
  });
  const check: Check = (value, run, depth) => {
    const resource = knownResource(value, run, depth);
    if (resource === undefined) return false;
    if (resource.resourceType === 'Bundle') return checkAsBundle(resource, run, depth);
    return checkPlain(resource, run, depth);
  };
  const checkPlain = (resource: Resource, run: Run, depth: number): boolean => {
    const shaped = checkOf(resource.resourceType)(resource, run, depth);
    if (shaped) hooks.profiles?.(resource, run, depth);
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
  const within = (value: unknown, run: Run, depth: number, place: 'contained' | 'inline'): boolean => {
    const { environment, elementIds, resourceDepth } = run;
    if (isResource(value)) {
      const rootResource = place === 'contained' ? environment.rootResource : value;
      run.environment = { resource: value, rootResource, resolve: (reference) => resolveReference(reference, run) };
    }
    run.elementIds = new Set();
    run.resourceDepth = depth;
    enterEntry(run, depth, value);
    const shaped = check(value, run, depth);
    run.environment = environment;
    run.elementIds = elementIds;
    run.resourceDepth = resourceDepth;
    return shaped;
  };
  return check;
}

/** Notes which entry's resource is looked at now; a resource contained in it keeps the entry. */
function enterEntry(run: Run, depth: number, value: unknown): void {
  if (run.bundle === undefined || run.names[depth - 1] !== 'resource' || run.names[depth - 2] !== 'entry') return;
  run.bundle.current = run.bundle.entries.find(({ resource }) => resource === value) ?? run.bundle.current;
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
