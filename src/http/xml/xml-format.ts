/** FHIR XML in and out: a second wire format beside `fhir/json.ts`, over the same values. https://hl7.org/fhir/R4/xml.html */
import type { Definitions } from '../../definitions/definitions.ts';
import type { JsonValue } from '../../fhir/types.ts';
import { readLargeXml, readRootType, readXml } from './read-xml.ts';
import { openShapes } from './shapes.ts';
import { writeXml } from './write-xml.ts';

export interface XmlFormat {
  /** A resource as JSON, its numbers with their digits. Throws `malformed` (400) with line and column. */
  parse(text: string): JsonValue;
  /** The same, letting others in between when the text is long. */
  parseLarge(text: string): Promise<JsonValue>;
  /** The resource type that the root element names, '' for another root; undefined when the text is no XML as far as its root. */
  typeOf(text: string): string | undefined;
  /** Throws `notAcceptable` (406) for what XML can't hold. */
  format(resource: JsonValue, pretty?: boolean): string;
}

export function openXmlFormat(definitions: Definitions): XmlFormat {
  const shapes = openShapes(definitions);
  return {
    parse: (text) => readXml(text, shapes),
    parseLarge: (text) => readLargeXml(text, shapes),
    typeOf: readRootType,
    format: (resource, pretty) => writeXml(resource, shapes, pretty),
  };
}
