/** A body's text as the resource it holds, in either format. */
import { parseJson } from '../fhir/json.ts';
import type { JsonValue } from '../fhir/types.ts';
import type { Format } from './negotiate.ts';
import type { QueryPairs } from './paths.ts';
import type { XmlFormat } from './xml/xml-format.ts';

export interface RequestBody {
  /** Absent when the body is empty, or a form. */
  readonly value?: JsonValue;
  readonly form: QueryPairs;
  /** The body is the content of a Binary, not a resource. */
  readonly raw?: true;
}

/** Throws 400 for a text that is not of the format. `known`: what it was read as already. */
export async function parseResource(text: string, format: Format, xml: XmlFormat, known?: JsonValue): Promise<RequestBody> {
  if (text.trim() === '') return { form: [] };
  if (known !== undefined) return { form: [], value: known };
  return { form: [], value: format === 'json' ? parseJson(text) : await xml.parseLarge(text) };
}
