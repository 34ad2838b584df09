/** What a request names. The table promises these parts by level; a request made without them is our bug. */
import { exception } from '../fhir/outcome.ts';
import type { ResourceKey } from '../fhir/types.ts';
import type { FhirRequest } from './context.ts';

/** The type of a request at type or instance level. */
export function requestType(request: FhirRequest): string {
  if (request.type === undefined) throw exception(`The interaction ${request.interaction} came without a type.`);
  return request.type;
}

/** Type and id of a request at instance level. */
export function instanceKey(request: FhirRequest): ResourceKey {
  if (request.id === undefined) throw exception(`The interaction ${request.interaction} came without an id.`);
  return { type: requestType(request), id: request.id };
}

/** The FHIRPath of the resource in the body: its type, or its place in the Bundle. */
export function resourcePlace(request: FhirRequest): string {
  return request.at === undefined ? requestType(request) : `${request.at}.resource`;
}
