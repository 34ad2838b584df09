/** Which ValueSet, CodeSystem or ConceptMap an operation is about. */
import { isGranted } from '../../access/grants.ts';
import { narrow } from '../../access/narrow.ts';
import type { CodeSet } from '../../definitions/definitions.ts';
import { isLicensed } from '../../definitions/licensed.ts';
import { deleted, notFound, required } from '../../fhir/outcome.ts';
import type { Resource } from '../../fhir/types.ts';
import type { FhirRequest, ServerContext } from '../../interactions/context.ts';
import { readStored } from '../../interactions/plan-write.ts';
import { unknownInstance } from '../../interactions/read.ts';
import { instanceKey } from '../../interactions/request-key.ts';
import { type Inputs, notChecked, shown } from './inputs.ts';

export interface FoundSet {
  readonly set: CodeSet;
  /** Absent for R4's own. */
  readonly resource?: Resource;
}

/** The value set of the instance, of the parameter `valueSet` or of `url`. Throws 404 for one that is not known here, 400 when none is named. */
export async function findValueSet(request: FhirRequest, inputs: Inputs, context: ServerContext): Promise<FoundSet> {
  const { definitions } = context;
  const given = await givenResource(request, inputs.resource('valueSet', 'ValueSet'), context);
  if (given !== undefined) return { set: definitions.codesOf(given), resource: given };
  const url = inputs.text('url');
  if (url === undefined)
    throw required("A value set must be named: by 'url', by the parameter 'valueSet', or by the id in the URL.", 'http.url');
  const canonical = withVersion(url, inputs.text('valueSetVersion'));
  const found = knownSet(canonical, request, context);
  if (found === undefined) throw notFound(`The value set ${shown(canonical)} is not known here.`);
  return found;
}

/** The set of a canonical, with or without version, as far as the caller may know of it. */
export function knownSet(canonical: string, request: FhirRequest, { definitions }: ServerContext): FoundSet | undefined {
  const [url = '', version] = canonical.split('|');
  if (!mayKnow(url, 'ValueSet', request, definitions)) return undefined;
  const resource = definitions.conformance(canonical);
  if (resource?.resourceType === 'ValueSet') {
    const set = version === undefined ? definitions.valueSet(url) : definitions.codesOf(resource);
    return set && { set, resource };
  }
  const set = definitions.valueSet(url);
  return set === undefined || (version !== undefined && set.version !== version) ? undefined : { set };
}

/** The code system of a URL. Throws 422 for one whose codes are licensed, 404 for any other that is not here. */
export function findCodeSystem(
  url: string,
  version: string | undefined,
  request: FhirRequest,
  { definitions }: ServerContext,
): Resource {
  const canonical = withVersion(url, version);
  const resource = mayKnow(url, 'CodeSystem', request, definitions) ? definitions.conformance(canonical) : undefined;
  if (resource?.resourceType === 'CodeSystem') return resource;
  if (isLicensed(url))
    throw notChecked(`The codes of ${shown(url)} are licensed and not kept here, so nothing can be said of them.`);
  throw notFound(`The code system ${shown(canonical)} is not known here.`);
}

/** The resource that the URL names by its id, else the one in the body; undefined when neither is there. */
export async function givenResource(
  request: FhirRequest,
  inBody: Resource | undefined,
  context: ServerContext,
): Promise<Resource | undefined> {
  if (request.level !== 'instance') return inBody;
  const key = instanceKey(request);
  const version = await context.store.read(key, narrow(request.access, [key.type], 'r'));
  if (version === undefined) throw unknownInstance(key);
  if (version.deleted) throw deleted(`This ${key.type} was deleted.`);
  return readStored(version);
}

/** What R4 and the packages define is public; of the store's own only those learn who may read the type. */
export function mayKnow(
  url: string,
  type: string,
  { access }: FhirRequest,
  { isPackaged }: ServerContext['definitions'],
): boolean {
  return isPackaged(url) || isGranted(access, type, 'r');
}

function withVersion(url: string, version: string | undefined): string {
  return version === undefined || url.includes('|') ? url : `${url}|${version}`;
}
