/** Conformance resources that are sent to be stored: whether they will take effect, and can. */
import type { Resource } from '../fhir/types.ts';
import { type Run, report } from './issues.ts';
import type { Profiles } from './profiles.ts';

/** A profile must be one that can be applied whole; what has the canonical of a package is only kept. */
export function checkDefinition(resource: Resource, profiles: Profiles, run: Run, depth: number): void {
  const { url, derivation } = resource;
  const outer = run.layer;
  run.layer = { source: 'server' };
  if (typeof url === 'string' && run.tools.definitions.isPackaged(url)) {
    run.names[depth] = 'url';
    run.indexes[depth] = -1;
    report(run, depth + 1, 'definition-packaged', { parameters: { url: url.slice(0, 200) } });
  } else if (resource.resourceType === 'StructureDefinition' && derivation === 'constraint') {
    const detail = profiles.faultOf(resource);
    if (detail !== undefined) report(run, depth, 'definition-broken', { parameters: { detail } });
  }
  run.layer = outer;
}
