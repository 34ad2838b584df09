/** Which format a request wants and brings. https://hl7.org/fhir/R4/http.html#mime-type */
import type { IncomingHttpHeaders } from 'node:http';
import { invalidValue, notAcceptable, unsupportedMedia } from '../fhir/outcome.ts';
import type { InteractionRow } from '../interactions/table.ts';
import { type MediaRange, parseRange, parseRanges, weightOf } from './media-range.ts';
import { isJsonPatch, patchRefusal } from './patch-format.ts';
import type { QueryPairs } from './paths.ts';

/** The two formats of FHIR that are spoken here. */
export type Format = 'json' | 'xml';

/** How an answer is written. */
export interface AnswerFormat {
  readonly format: Format;
  readonly contentType: string;
  readonly pretty: boolean;
}

export const fhirJson: AnswerFormat = { format: 'json', contentType: 'application/fhir+json; charset=utf-8', pretty: false };

/**
 * The media types of a format, FHIR's own first. "Servers MAY also support the older mime types": those of DSTU 2 are read, and answered by
 * the new ones.
 */
const mediaTypes: Readonly<Record<Format, readonly string[]>> = {
  json: ['application/fhir+json', 'application/json', 'text/json', 'application/json+fhir'],
  xml: ['application/fhir+xml', 'application/xml', 'text/xml', 'application/xml+fhir'],
};

const formats: readonly Format[] = ['json', 'xml'];

/** "the values `xml`, `text/xml`... SHALL be interpreted to mean the XML format": the short ones. */
const shortNames: ReadonlyMap<string, string> = new Map(formats.map((format) => [format, `application/fhir+${format}`]));

const formType = 'application/x-www-form-urlencoded';

/**
 * The format of the answer: what `_format` says, else what `Accept` wants most. Where the client leaves it open it is that of the request's
 * body (`brought`), else JSON. "If a client provides a generic mime type in the Accept header... the server SHOULD respond with the requested
 * mime type." Throws 406 for a format, version or charset that is not spoken here, and 400 for a `_pretty` that is neither true nor false.
 */
export function negotiate(headers: IncomingHttpHeaders, query: QueryPairs, brought: Format = 'json'): AnswerFormat {
  // What nearly all say.
  if (headers.accept === 'application/fhir+json' && query.length === 0) return fhirJson;
  const pretty = readPretty(query);
  const asked = askedRanges(headers, query);
  const found = asked === undefined ? plainly(brought) : choose(asked.filter(isSpoken), brought);
  if (found === undefined) {
    const place = query.some(([name]) => name === '_format') ? '_format' : 'Accept';
    throw notAcceptable(
      `This server answers in application/fhir+json or application/fhir+xml (FHIR 4.0, UTF-8); ${place} asks for something else.`,
    );
  }
  return pretty ? { ...found, pretty } : found;
}

/** The same for an answer that must be given in any case, such as a refusal: JSON when nothing fits. */
export function negotiateAnyhow(headers: IncomingHttpHeaders, query: QueryPairs): AnswerFormat {
  const asked = askedRanges(headers, query);
  return (asked === undefined ? undefined : choose(asked.filter(isSpoken), 'json')) ?? fhirJson;
}

/** Whether the client asks for FHIR by name, and not just for anything: what a Binary needs to be given as a resource. */
export function namesFhir(headers: IncomingHttpHeaders, query: QueryPairs): boolean {
  const named = query.some(([name]) => name === '_format') ? Object.values(mediaTypes).flat() : fhirTypes;
  return (askedRanges(headers, query) ?? []).some(({ type, weight }) => weight > 0 && named.includes(type));
}

/** How much the client wants a media type, compared with FHIR's own. */
export function prefers(headers: IncomingHttpHeaders, type: string): boolean {
  const ranges = parseRanges(headers.accept ?? '*/*');
  const fhir = Math.max(...fhirTypes.map((name) => weightOf(name, ranges) ?? 0));
  return (weightOf(type, ranges) ?? 0) > fhir;
}

/**
 * The format of the body. Throws 415 unless it is FHIR in UTF-8, or what else the interaction takes: a search by POST a form and nothing but a
 * form, a patch an array of operations as well.
 */
export function contentFormat(headers: IncomingHttpHeaders, { form, code }: Pick<InteractionRow, 'form' | 'code'>): Format {
  const range = parseRange(headers['content-type'] ?? '');
  const format = code === 'patch' && isJsonPatch(headers) ? 'json' : formatOf(range);
  const known = form === true ? range.type === formType : format !== undefined && isR4(range);
  if (!known && code === 'patch') throw patchRefusal();
  if (!known) {
    const wanted = form === true ? formType : 'application/fhir+json or application/fhir+xml (FHIR 4.0)';
    throw unsupportedMedia(`The body must be sent as ${wanted}; Content-Type says something else.`);
  }
  if (!isUtf8(range)) throw unsupportedMedia('The body must be sent in UTF-8 (Content-Type charset).');
  return format ?? 'json';
}

/** The format in which the request's body comes, if it is FHIR. */
export function broughtFormat(headers: IncomingHttpHeaders): Format | undefined {
  const type = headers['content-type'];
  return type === undefined ? undefined : formatOf(parseRange(type));
}

export function formatOf({ type }: Pick<MediaRange, 'type'>): Format | undefined {
  return formats.find((format) => mediaTypes[format].includes(type));
}

const fhirTypes: readonly string[] = formats.map((format) => `application/fhir+${format}`);

/** Undefined when the client leaves it open. */
function askedRanges(headers: IncomingHttpHeaders, query: QueryPairs): readonly MediaRange[] | undefined {
  const format = query.find(([name]) => name === '_format')?.[1];
  if (format !== undefined) {
    // In a query `+` stands for a space: `_format=application/fhir+json` arrives with one.
    const type = format.replace(/^[^;]*/, (name) => name.trim().replaceAll(' ', '+'));
    return [parseRange(shortNames.get(type.toLowerCase()) ?? type)];
  }
  const { accept } = headers;
  return accept === undefined || accept === '*/*' ? undefined : parseRanges(accept);
}

function choose(ranges: readonly MediaRange[], brought: Format): AnswerFormat | undefined {
  const best = formats
    .map((format) => ({ format, ...bestOf(format, ranges) }))
    .filter(({ weight }) => weight > 0)
    // Of two wanted alike: what is named before what is only covered, in the order of the client; then what the client sent.
    .sort((one, other) => other.weight - one.weight || one.place - other.place || (one.format === brought ? -1 : 1));
  const [first] = best;
  if (first === undefined) return undefined;
  return first.range === undefined ? plainly(first.format) : named(first.format, first.range);
}

interface Wanted {
  readonly weight: number;
  /** Where the client names it; infinite when a wildcard covers it. */
  readonly place: number;
  readonly range?: MediaRange;
}

function bestOf(format: Format, ranges: readonly MediaRange[]): Wanted {
  const naming = ranges.filter(({ type }) => mediaTypes[format].includes(type));
  const [range] = [...naming].sort((one, other) => other.weight - one.weight);
  if (range !== undefined) return { weight: range.weight, place: ranges.indexOf(range), range };
  return { weight: weightOf(`application/fhir+${format}`, ranges) ?? 0, place: Number.POSITIVE_INFINITY };
}

function plainly(format: Format): AnswerFormat {
  return format === 'json' ? fhirJson : { format, contentType: 'application/fhir+xml; charset=utf-8', pretty: false };
}

function named(format: Format, { type, parameters }: MediaRange): AnswerFormat {
  const generic = type === `application/${format}` || type === `text/${format}`;
  const version = parameters.has('fhirversion') ? ' fhirVersion=4.0;' : '';
  return { format, contentType: `${generic ? type : `application/fhir+${format}`};${version} charset=utf-8`, pretty: false };
}

function isSpoken(range: MediaRange): boolean {
  return isR4(range) && isUtf8(range);
}

/** https://hl7.org/fhir/R4/http.html#version-parameter: "application/fhir+json; fhirVersion=4.0". */
function isR4({ parameters }: MediaRange): boolean {
  const version = parameters.get('fhirversion');
  return version === undefined || version === '4.0';
}

/** "UTF-8 encoding SHALL be used" */
function isUtf8({ parameters }: MediaRange): boolean {
  const charset = parameters.get('charset');
  return charset === undefined || charset === 'utf-8' || charset === 'utf8';
}

function readPretty(query: QueryPairs): boolean {
  const asked = query.find(([name]) => name === '_pretty')?.[1];
  if (asked !== undefined && asked !== 'true' && asked !== 'false')
    throw invalidValue("'_pretty' must be true or false.", 'http._pretty');
  return asked === 'true';
}
