/** One path and method of the API. https://spec.openapis.org/oas/v3.1.0.html#operation-object */
import type { Definitions } from '../../definitions/definitions.ts';
import { type InteractionCode, isJsonObject, type JsonObject } from '../../fhir/types.ts';
import type { OperationDefinition } from '../../interactions/context.ts';
import type { InteractionRow } from '../../interactions/table.ts';
import { reference, searchReferences } from './parameters.ts';
import type { Statement } from './statement.ts';

/** What a path and method mean: a row of the interaction table, bound to a type and an operation as far as it has them. */
export interface Meaning {
  readonly row: InteractionRow;
  readonly type?: string;
  readonly operation?: OperationDefinition;
  /** In a compartment: the types it has members of. */
  readonly members?: readonly string[];
}

export interface Words {
  readonly statement: Statement;
  readonly definitions: Definitions;
}

/** Several meanings share a path and method when the body tells them apart. */
export function formatOperation(place: Place, meanings: readonly [Meaning, ...Meaning[]], words: Words): JsonObject {
  const [meaning] = meanings;
  const { row, type, operation } = meaning;
  const body = formatBody(meaning, words.statement);
  return {
    operationId: [place.method, ...place.path.split(/[/{}]+/)].filter((part) => part !== '').join('-'),
    tags: [type ?? 'System'],
    summary: operation === undefined ? meanings.map(({ row: { code } }) => code).join(', ') : `$${operation.code}`,
    externalDocs: { url: operation?.definition ?? `https://hl7.org/fhir/R4/http.html#${anchors[row.code] ?? row.code}` },
    parameters: [
      ...pathParameters(place.path, meaning),
      ...formatQuery(meaning, words),
      ...['general._format', 'general._pretty'].map(reference),
      ...formatHeaders(meaning),
    ],
    ...(body !== undefined && { requestBody: body }),
    responses: formatResponses(meaning, words.statement),
    // "applications... SHALL be able to read /metadata without authorization"
    ...(row.code === 'capabilities' && { security: [] }),
  };
}

export interface Place {
  /** In small letters. */
  readonly method: string;
  /** With its variables in braces. */
  readonly path: string;
}

const anchors: Partial<Readonly<Record<InteractionCode, string>>> = {
  'search-type': 'search',
  'search-system': 'search',
  'history-instance': 'history',
  'history-type': 'history',
  'history-system': 'history',
  batch: 'transaction',
};

function pathParameters(path: string, { members = [] }: Meaning): readonly JsonObject[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return names.map((name) =>
    name === 'type'
      ? { name, in: 'path', required: true, description: 'The type searched.', schema: { type: 'string', enum: members } }
      : reference(name),
  );
}

function formatQuery({ row, type, operation }: Meaning, { statement, definitions }: Words): readonly JsonObject[] {
  const { code, form, level, method } = row;
  if (operation !== undefined) return method === 'GET' ? operationParameters(operation, definitions) : [];
  if (code === 'search-type' || code === 'search-system') return form === true ? [] : searchReferences(statement, type);
  const own = (queries[code] ?? []).map(reference);
  // Conditional: the search says which resource is meant.
  const conditional = level === 'type' && ['update', 'patch', 'delete'].includes(code);
  if (!conditional) return own;
  const condition = searchReferences(statement, type).filter((found) => !String(found['$ref']).includes('/result.'));
  return code === 'delete' ? [...condition, ...own, reference('delete._count')] : [...condition, ...own];
}

const ofRead = ['result._summary', 'result._elements'];
const ofHistory = ['history._count', 'history._since', 'history._at', ...ofRead];

const queries: Partial<Readonly<Record<InteractionCode, readonly string[]>>> = {
  'history-instance': ofHistory,
  'history-type': ofHistory,
  'history-system': ofHistory,
  capabilities: ofRead,
  read: ofRead,
  vread: ofRead,
  delete: ['delete._references'],
};

/** "primitive types may be passed as parameters in the URL": https://hl7.org/fhir/R4/operations.html#request */
function operationParameters({ definition }: OperationDefinition, definitions: Definitions): readonly JsonObject[] {
  const parameters = definitions.conformance(definition)?.['parameter'];
  if (!Array.isArray(parameters)) return [];
  return parameters.filter(isJsonObject).flatMap(({ name, use, min, max, type, documentation }) => {
    if (use !== 'in' || typeof name !== 'string' || typeof type !== 'string' || !/^[a-z]/.test(type)) return [];
    const schema: JsonObject = max === '1' ? { type: 'string' } : { type: 'array', items: { type: 'string' } };
    return [{ name, in: 'query', required: min === 1, description: `${type}. ${documentation ?? ''}`.trim(), schema }];
  });
}

const headers: Partial<Readonly<Record<InteractionCode, readonly string[]>>> = {
  read: ['ifNoneMatch', 'ifModifiedSince'],
  vread: ['ifNoneMatch', 'ifModifiedSince'],
  create: ['ifNoneExist', 'prefer'],
  update: ['ifMatch', 'ifNoMatch', 'prefer'],
  patch: ['ifMatch', 'prefer'],
  delete: ['ifMatch', 'prefer'],
  transaction: ['prefer'],
  'search-type': ['prefer'],
  'search-system': ['prefer'],
  operation: ['prefer'],
};

function formatHeaders({ row: { code }, type }: Meaning): readonly JsonObject[] {
  const own = headers[code] ?? [];
  return [...own, ...(isRaw(type, code) && !isRead(code) ? ['securityContext'] : [])].map(reference);
}

function isRead(code: InteractionCode): boolean {
  return code === 'read' || code === 'vread';
}

/** Whether a Binary may come or go as what it holds: https://hl7.org/fhir/R4/binary.html#rest */
function isRaw(type: string | undefined, code: InteractionCode): boolean {
  return type === 'Binary' && ['read', 'vread', 'create', 'update'].includes(code);
}

const raw: JsonObject = { '*/*': {} };

function formatBody({ row, type, operation }: Meaning, { formats, patchFormats }: Statement): JsonObject | undefined {
  if (row.method === 'GET' || row.method === 'DELETE') return undefined;
  const required = true;
  if (row.form === true) {
    const schema = { type: 'object', description: 'Search parameters.', additionalProperties: { type: 'string' } };
    return { content: { 'application/x-www-form-urlencoded': { schema } } };
  }
  if (operation?.source !== undefined) return { required, content: { [operation.source]: {} } };
  if (operation !== undefined)
    return { description: 'Parameters, or the one resource that the operation takes.', content: content(formats) };
  if (row.code === 'patch') return { required, content: Object.fromEntries(patchFormats.map((format) => [format, {}])) };
  const resource = content(formats, type ?? 'Bundle');
  return { required, content: isRaw(type, row.code) ? { ...resource, ...raw } : resource };
}

function formatResponses({ row, type, operation }: Meaning, { formats }: Statement): JsonObject {
  const refused = { $ref: '#/components/responses/Refused' };
  const statuses = answers[row.code];
  const answered = answerType(row.code) ?? (operation === undefined ? type : undefined);
  const format = (status: string): JsonObject => {
    const empty = status === '204' || status === '304' || status === '202';
    const resource = content(formats, answered);
    const named = row.code === 'job' ? raw : isRead(row.code) && isRaw(type, row.code) ? { ...resource, ...raw } : resource;
    return { description: descriptions[status] ?? status, ...(!empty && { content: named }) };
  };
  return { ...Object.fromEntries(statuses.map((status) => [status, format(status)])), default: refused };
}

function answerType(code: InteractionCode): string | undefined {
  if (code === 'capabilities') return 'CapabilityStatement';
  if (code === 'delete') return 'OperationOutcome';
  return /^(?:search|history)-|^(?:batch|transaction)$/.test(code) ? 'Bundle' : undefined;
}

const answers: Readonly<Record<InteractionCode, readonly string[]>> = {
  read: ['200', '304'],
  vread: ['200', '304'],
  update: ['200', '201'],
  patch: ['200'],
  delete: ['200', '204'],
  create: ['200', '201'],
  'history-instance': ['200'],
  'history-type': ['200'],
  'history-system': ['200'],
  'search-type': ['200'],
  'search-system': ['200'],
  capabilities: ['200'],
  batch: ['200'],
  transaction: ['200'],
  operation: ['200', '202'],
  job: ['200', '202'],
};

const descriptions: Readonly<Record<string, string>> = {
  '200': 'Done.',
  '201': 'Created; Location names the version.',
  '202': 'Taken up; Content-Location names the job.',
  '204': 'Done; nothing to say.',
  '304': 'Not changed.',
};

/** What is sent or answered, in every format. */
export function content(formats: readonly string[], type?: string): JsonObject {
  const schema = { $ref: `#/components/schemas/${type ?? 'Resource'}` };
  return Object.fromEntries(formats.map((format) => [format, { schema }]));
}
