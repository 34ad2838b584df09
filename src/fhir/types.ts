/** The few FHIR shapes that every room speaks of. A resource stays plain JSON: no class, no copy. https://hl7.org/fhir/R4/json.html */

export type JsonValue = string | number | boolean | null | JsonObject | readonly JsonValue[];

export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** https://hl7.org/fhir/R4/resource.html#Meta */
export interface Meta extends JsonObject {}

/** Any R4 resource, as parsed by `fhir/json.ts`: its members in the order sent, its numbers with their digits. */
export interface Resource extends JsonObject {
  readonly resourceType: string;
}

/** Type and logical id: what names a resource on this server. */
export interface ResourceKey {
  readonly type: string;
  readonly id: string;
}

/** The level an interaction or operation is called at. https://hl7.org/fhir/R4/http.html#summary */
export type Level = 'instance' | 'type' | 'system';

/** Of the sentences in an answer. */
export type Language = 'en' | 'it';

/** The interactions by their FHIR codes. http://hl7.org/fhir/restful-interaction */
export type InteractionCode =
  | 'read'
  | 'vread'
  | 'update'
  | 'patch'
  | 'delete'
  | 'history-instance'
  | 'history-type'
  | 'history-system'
  | 'create'
  | 'search-type'
  | 'search-system'
  | 'capabilities'
  | 'batch'
  | 'transaction'
  | 'operation'
  /** Asking after an asynchronous request, its files and its end: https://hl7.org/fhir/R4/async.html, for which the code system has no code. */
  | 'job';

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
