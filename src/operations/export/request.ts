/** What an export is asked for: read and checked when it is begun, kept with the job. https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters */
import type { AccessContext } from '../../access/access-context.ts';
import { insufficientScope, isGranted } from '../../access/grants.ts';
import { border } from '../../access/narrow.ts';
import { packAccess } from '../../access/system-access.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import { parseDateRange } from '../../fhir/date.ts';
import { FhirError, type Issue, invalidValue, unknownParameter } from '../../fhir/outcome.ts';
import type { JsonObject } from '../../fhir/types.ts';
import { readQueryText } from '../../interactions/conditional.ts';
import type { FhirRequest, ServerContext } from '../../interactions/context.ts';
import { urlOf } from '../../interactions/paging.ts';
import { parsePrefer } from '../../interactions/prefer.ts';
import { and, type Criterion, or } from '../../search/criterion.ts';
import { type ParsedQuery, parseQuery, type QueryParameter } from '../../search/parse-query.ts';
import { formatUrl } from '../../search/result-bundle.ts';
import { didYouMean } from '../../search/suggest.ts';
import { onlyValue, operationQuery } from '../parameters.ts';

/** `record`: what belongs to patients, all or some, and what that refers to. */
export type ExportScope = 'system' | 'record';

/** As it is kept with the job. */
export interface ExportRequest extends JsonObject {
  readonly url: string;
  readonly access: JsonObject;
  readonly scope: ExportScope;
  /** The types to give. */
  readonly types: readonly string[];
  /** Milliseconds since 1970, or null: whenever they changed. */
  readonly since: number | null;
  /** Queries by type, each as text: a resource meets one of them. */
  readonly filters: { readonly [type: string]: readonly string[] };
  /** Elements by type; those under `*` are of every type. Empty: all. */
  readonly elements: { readonly [type: string]: readonly string[] };
  /** The Group whose members' records are asked for. */
  readonly group: string | null;
  /** The patients named in the request; null: all, or all members of the group. */
  readonly patients: readonly string[] | null;
  /** What was left out under `handling=lenient`, for the files of messages. */
  readonly remarks: readonly JsonObject[];
}

const names: readonly string[] = [
  '_outputFormat',
  '_since',
  '_type',
  '_typeFilter',
  '_elements',
  'patient',
  'includeAssociatedData',
];

export interface Wanted {
  readonly request: FhirRequest;
  /** By the token's system/ scopes alone. */
  readonly access: AccessContext;
  readonly scope: ExportScope;
  readonly group?: string;
  readonly patients?: readonly string[];
  readonly context: ServerContext;
}

/**
 * Throws 400 for what can't be understood or is not supported, all of it at once; under `Prefer: handling=lenient` what is not supported
 * is left out instead. Throws 403 when a type is named that the client may not read and search.
 */
export function readExport(wanted: Wanted): ExportRequest {
  const { request, access, scope, context } = wanted;
  const reading = openReading(parsePrefer(request.headers.prefer).lenient);
  const query = operationQuery(request).filter(([name]) => name !== '_format' && name !== '_pretty');
  for (const [name] of query) {
    if (!names.includes(name)) reading.unsupported(`$export has no parameter '${name}'.${didYouMean(name, names)}`, name);
  }
  if (valuesOf(query, 'includeAssociatedData').length > 0) {
    reading.unsupported(
      "'includeAssociatedData' is not supported: Provenance comes with the rest, by its type.",
      'includeAssociatedData',
    );
  }
  reading.run(() => checkFormat(query));
  const since = reading.run(() => readSince(query, context));
  const types = reading.run(() => readTypes(query, wanted, reading)) ?? [];
  const filters = reading.run(() => readFilters(query, types, wanted, reading)) ?? {};
  const elements = reading.run(() => readElements(query, context.definitions)) ?? {};
  reading.end();
  return {
    url: formatUrl(urlOf(request, context), request.query),
    access: packAccess(access),
    scope,
    types,
    since: since ?? null,
    filters,
    elements,
    group: wanted.group ?? null,
    patients: wanted.patients ?? null,
    remarks: reading.remarks,
  };
}

/** The condition that the queries of `_typeFilter` put on a type: one of them. */
export function filterCriterion(
  queries: readonly string[],
  type: string,
  now: number,
  access: AccessContext,
  context: ServerContext,
): Criterion {
  return or(...queries.map((text) => parseFilter(type, text, now, access, context).criterion));
}

/** Gathers what is wrong, so that one answer names it all. */
interface Reading {
  /** What was left out, each with a sentence. */
  readonly remarks: readonly JsonObject[];
  /** "When a Prefer: handling=lenient header is included in the request, the server MAY process the request instead of returning an error." */
  unsupported(text: string, name: string): void;
  run<T>(read: () => T): T | undefined;
  /** Throws when anything was wrong. */
  end(): void;
}

function openReading(lenient: boolean): Reading {
  const remarks: JsonObject[] = [];
  const issues: Issue[] = [];
  return {
    remarks,
    unsupported(text, name) {
      if (lenient) remarks.push({ text: `${text} It was left out.`, expression: `http.${name}` });
      else issues.push(...unknownParameter(text, `http.${name}`).issues);
    },
    run(read) {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof FhirError) || error.status !== 400) throw error;
        issues.push(...error.issues);
        return undefined;
      }
    },
    end() {
      if (issues.length > 0) throw new FhirError(400, issues);
    },
  };
}

function valuesOf(query: readonly QueryParameter[], name: string): readonly string[] {
  return query.filter(([own, value]) => own === name && value !== '').map(([, value]) => value);
}

/** "The server SHALL treat the values provided as if they were comma delimited values within a single instance of the parameter." */
function listOf(query: readonly QueryParameter[], name: string): readonly string[] {
  const items = valuesOf(query, name).flatMap((value) => value.split(','));
  return [...new Set(items.map((item) => item.trim()).filter((item) => item !== ''))];
}

/** "The server SHALL accept the full content type of application/fhir+ndjson as well as the abbreviated representations". */
const formats: readonly string[] = ['application/fhir+ndjson', 'application/ndjson', 'ndjson'];

function checkFormat(query: readonly QueryParameter[]): void {
  // In a query `+` stands for a space.
  const format = onlyValue(query, '_outputFormat')?.replaceAll(' ', '+');
  if (format === undefined || formats.includes(format)) return;
  throw invalidValue(`'_outputFormat' must be ${formats.join(', ')}: files are given as NDJSON.`, 'http._outputFormat');
}

function readSince(query: readonly QueryParameter[], { timeZone }: ServerContext): number | undefined {
  const text = onlyValue(query, '_since');
  const range = text === undefined ? undefined : parseDateRange(text, timeZone);
  if (text !== undefined && range === undefined)
    throw invalidValue("'_since' must be an instant, such as 2026-01-31T08:00:00Z.", 'http._since');
  return range?.low;
}

function readTypes(query: readonly QueryParameter[], { access, scope, context }: Wanted, reading: Reading): readonly string[] {
  const { definitions } = context;
  const named = listOf(query, '_type');
  for (const name of named) {
    if (!definitions.isResourceType(name)) {
      reading.unsupported(`'_type': '${name}' is not a resource type.${didYouMean(name, definitions.resourceTypes)}`, '_type');
    }
  }
  const known = named.filter((name) => definitions.isResourceType(name));
  const refused = known.find((type) => !isExportable(access, type));
  if (refused !== undefined) throw insufficientScope(access, refused, ['r', 's']);
  if (named.length === 0) return everyType(access, context);
  // "[If the client] asks for only resource types that are outside the Patient Compartment, the server SHOULD return details [...] in an error".
  if (scope === 'record' && known.every((type) => definitions.compartment('Patient', type) === undefined)) {
    reading.unsupported(
      "'_type' names only types that belong to no patient's record; ask for them with [base]/$export.",
      '_type',
    );
  }
  return known;
}

function everyType(access: AccessContext, { definitions }: ServerContext): readonly string[] {
  const types = definitions.resourceTypes.filter((type) => isExportable(access, type));
  if (types.length === 0) throw insufficientScope(access, undefined, ['r', 's']);
  return types;
}

/** "rs on every output type": what is exported is searched and read. */
export function isExportable(access: AccessContext, type: string): boolean {
  return isGranted(access, type, 'r') && isGranted(access, type, 's');
}

/** A comma may stand between two queries or inside one: only before a type's name and a question mark does it end one. */
function readFilters(
  query: readonly QueryParameter[],
  types: readonly string[],
  { access, context }: Wanted,
  reading: Reading,
): { readonly [type: string]: readonly string[] } {
  const filters: Record<string, string[]> = {};
  for (const text of valuesOf(query, '_typeFilter').flatMap((value) => value.split(/,(?=[A-Za-z]+\?)/))) {
    const mark = text.indexOf('?');
    const type = mark < 0 ? text : text.slice(0, mark);
    if (mark < 0 || !types.includes(type)) {
      const reason = mark < 0 ? 'is not written [type]?[search]' : 'is of a type that is not exported';
      throw invalidValue(`'_typeFilter': '${type.slice(0, 64)}' ${reason}.`, 'http._typeFilter');
    }
    const parsed = reading.run(() => parseFilter(type, text.slice(mark + 1), context.now(), access, context));
    if (parsed !== undefined) filters[type] = [...(filters[type] ?? []), text.slice(mark + 1)];
  }
  return filters;
}

/** "FHIR search response parameters such as _include and _sort SHALL NOT be used." Unknown parameters are errors: left out, they would give more. */
function parseFilter(type: string, text: string, now: number, access: AccessContext, context: ServerContext): ParsedQuery {
  const { definitions, baseUrl, timeZone } = context;
  const query = readQueryText(text, 'http._typeFilter');
  const result = query.find(([name]) => resultParameters.test(name));
  if (result !== undefined)
    throw invalidValue(`'_typeFilter': '${result[0]}' shapes a search's answer and has no place here.`, 'http._typeFilter');
  const settings = { definitions, baseUrl, timeZone, now, strict: true, border: (target: string) => border(access, target, 's') };
  const parsed = parseQuery([type], query, settings);
  if (parsed.criterion.kind === 'all')
    throw invalidValue(`'_typeFilter': ${type} needs a search parameter with a value.`, 'http._typeFilter');
  return parsed;
}

const resultParameters = /^_(?:sort|count|include|revinclude|summary|elements|total|contained|containedType)(?::|$)/;

/** "Elements SHOULD be of the form [resource type].[element name] or [element name], and only root elements in a resource are permitted." */
function readElements(
  query: readonly QueryParameter[],
  definitions: Definitions,
): { readonly [type: string]: readonly string[] } {
  const elements: Record<string, string[]> = {};
  for (const item of listOf(query, '_elements')) {
    const [, type = '*', name = ''] = /^(?:([A-Za-z]+)\.)?([A-Za-z]+)$/.exec(item) ?? [];
    const known = type === '*' ? name !== '' : definitions.isResourceType(type) && hasElement(definitions, type, name);
    if (!known)
      throw invalidValue(
        `'_elements': '${item.slice(0, 64)}' is no root element, written Patient.name or name.`,
        'http._elements',
      );
    elements[type] = [...(elements[type] ?? []), name];
  }
  return elements;
}

function hasElement(definitions: Definitions, type: string, name: string): boolean {
  return definitions.type(type)?.elements.some((element) => element.name === name) === true;
}

/** Everything that the request asks of a type besides whose it is. */
export function typeCriterion(
  { filters, since }: ExportRequest,
  type: string,
  now: number,
  access: AccessContext,
  context: ServerContext,
): Criterion {
  const queries = filters[type];
  const filter: Criterion = queries === undefined ? { kind: 'all' } : filterCriterion(queries, type, now, access, context);
  return since === null ? filter : and(filter, { kind: 'last-updated', comparison: 'ge', low: since, high: since });
}
