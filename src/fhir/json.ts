/** FHIR JSON in and out, losing nothing: every number keeps its digits, every member its order. https://hl7.org/fhir/R4/json.html */
import type { JsonValue, Resource } from './types.ts';

/**
 * A resource's JSON cut open inside `meta`, so that the store can put the version id and time in when it commits:
 * `head + '"versionId":"3","lastUpdated":"…"' + tail`. Made by `formatStampable`, closed by `store/stamp.ts`.
 */
export interface StampableText {
  readonly head: string;
  readonly tail: string;
}

export declare const digits: unique symbol;
export declare function parseJson(text: string): JsonValue;
export declare function formatJson(value: JsonValue): string;
export declare function formatStampable(resource: Resource): StampableText;
