/** A body's text as the resource it holds, in either format. */
import { parseJson } from '../fhir/json.ts';
import { findJsonPlaces } from '../fhir/json-places.ts';
import { withinType } from '../fhir/place-issues.ts';
import type { FindPlaces } from '../fhir/places.ts';
import { isJsonObject, type JsonValue } from '../fhir/types.ts';
import type { Format } from './negotiate.ts';
import type { QueryPairs } from './paths.ts';
import type { XmlFormat } from './xml/xml-format.ts';
import { findXmlPlaces } from './xml/xml-places.ts';

export interface RequestBody {
  /** Absent when the body is empty, or a form. */
  readonly value?: JsonValue;
  readonly form: QueryPairs;
  /** The body is the content of a Binary, not a resource. */
  readonly raw?: true;
  /** Where the elements of the resource stand in its text. */
  readonly places?: FindPlaces;
}

/** Throws 400 for a text that is not of the format. `known`: what it was read as already. */
export async function parseResource(text: string, format: Format, xml: XmlFormat, known?: JsonValue): Promise<RequestBody> {
  if (text.trim() === '') return { form: [] };
  const value = known ?? (format === 'json' ? parseJson(text) : await xml.parseLarge(text));
  return { form: [], value, places: placesIn(text, format, value) };
}

function placesIn(text: string, format: Format, value: JsonValue): FindPlaces {
  const type = isJsonObject(value) ? value['resourceType'] : undefined;
  const find = format === 'json' ? findJsonPlaces : findXmlPlaces;
  return withinType(typeof type === 'string' ? type : undefined, (expressions) => find(text, expressions));
}
