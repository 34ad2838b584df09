/** Which format a request wants and brings. https://hl7.org/fhir/R4/http.html#mime-type */
import type { IncomingHttpHeaders } from 'node:http';
import { notAcceptable, unsupportedMedia } from '../fhir/outcome.ts';
import type { QueryPairs } from './paths.ts';

export const fhirJson = 'application/fhir+json; charset=utf-8';

/** What `_format`, `Accept` and `Content-Type` may say for FHIR JSON. */
const jsonTypes: ReadonlySet<string> = new Set(['application/fhir+json', 'application/json', 'text/json']);

const formType = 'application/x-www-form-urlencoded';

/**
 * Throws 406 unless the client takes FHIR JSON. "`_format` ... overrides the HTTP content negotiation": `json` or a media type; without it
 * the `Accept` header counts.
 */
export function checkAccept(headers: IncomingHttpHeaders, query: QueryPairs): void {
  const format = query.find(([name]) => name === '_format')?.[1];
  const accept = format ?? headers.accept ?? '*/*';
  // In a query `+` stands for a space: `_format=application/fhir+json` arrives with one.
  const wanted = format === 'json' ? 'application/fhir+json' : format === undefined ? accept : format.replaceAll(' ', '+');
  if (!acceptsJson(wanted)) {
    throw notAcceptable(
      `This server answers in application/fhir+json (FHIR 4.0); ${format === undefined ? 'Accept' : '_format'} asks for something else.`,
    );
  }
}

/** Throws 415 unless the body is FHIR JSON or, for a search by POST, a form, in UTF-8. */
export function checkContentType(headers: IncomingHttpHeaders, form: boolean): void {
  const range = parseRange(headers['content-type'] ?? '');
  const known = form ? range.type === formType : jsonTypes.has(range.type) && isR4(range);
  if (!known) throw unsupportedMedia(`The body must be sent as ${form ? formType : 'application/fhir+json'} (Content-Type).`);
  const charset = range.parameters.get('charset');
  if (charset !== undefined && charset !== 'utf-8')
    throw unsupportedMedia('The body must be sent in UTF-8 (Content-Type charset).');
}

interface MediaRange {
  readonly type: string;
  /** Names and values in lower case, without quotes. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1: the most specific range decides. */
function acceptsJson(accept: string): boolean {
  const ranges = accept.split(',').map(parseRange).filter(isR4);
  const weight = (type: string) => {
    const found = ranges.filter((range) => range.type === type).map((range) => Number(range.parameters.get('q') ?? 1));
    return found.length === 0 ? undefined : Math.max(...found);
  };
  const exact = [...jsonTypes].map(weight).filter((found) => found !== undefined);
  const best = exact.length > 0 ? Math.max(...exact) : (weight('application/*') ?? weight('*/*') ?? 0);
  return best > 0;
}

/** https://hl7.org/fhir/R4/versioning.html#mt-version: "application/fhir+json; fhirVersion=4.0". */
function isR4(range: MediaRange): boolean {
  const version = range.parameters.get('fhirversion');
  return version === undefined || version === '4.0';
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const pairs = parameters.map((parameter): [string, string] => {
    const [name = '', value = ''] = parameter.split('=').map((part) => part.trim());
    return [name, value.replace(/^"(.*)"$/, '$1')];
  });
  return { type, parameters: new Map(pairs) };
}
