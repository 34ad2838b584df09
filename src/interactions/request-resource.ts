/** The resource in a request's body. */
import { invalidValue, malformed, required } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import type { FhirRequest } from './context.ts';
import { requestType } from './request-key.ts';

/** The body of a create or update: a resource of the type in the URL (400 otherwise). */
export function requestResource(request: FhirRequest): Resource {
  const type = requestType(request);
  const place = request.at === undefined ? undefined : `${request.at}.resource`;
  if (request.body === undefined) throw required(`A ${type} resource is expected in the body.`, place);
  const resource = asResource(request.body, place);
  if (resource.resourceType !== type) {
    const message = `The URL asks for a ${type}, but the resource is of another type; resourceType must be "${type}".`;
    throw invalidValue(message, place === undefined ? 'resourceType' : `${place}.resourceType`);
  }
  return resource;
}

/** A JSON value as a resource: an object that says what it is. */
export function asResource(value: JsonValue, place?: string): Resource {
  if (!isJsonObject(value)) throw malformed('A resource must be a JSON object.', place);
  const name = value['resourceType'];
  if (typeof name !== 'string' || name === '') {
    throw malformed('A resource must say what it is: resourceType is missing.', place);
  }
  return value as Resource; // resourceType was just seen to be a string.
}

/** The body of a batch or transaction. */
export function bundleOf(body: JsonValue | undefined, type: 'batch' | 'transaction'): Resource {
  if (body === undefined) throw required(`A Bundle of type ${type} is expected in the body.`);
  const bundle = asResource(body);
  if (bundle.resourceType !== 'Bundle')
    throw invalidValue('Only a Bundle may be sent to the base of the server.', 'resourceType');
  if (bundle['type'] !== type)
    throw invalidValue('A Bundle sent to the base must be of type batch or transaction.', 'Bundle.type');
  return bundle;
}

/** The resource under another id: in the place of the one it has, or behind resourceType. Everything else keeps its place and digits. */
export function withId(resource: Resource, id: string): Resource {
  if (resource['id'] === id) return resource;
  if ('id' in resource) return { ...resource, id };
  const { resourceType, ...others }: JsonObject = resource;
  return { resourceType, id, ...others } as Resource; // A resource's resourceType is a string.
}
