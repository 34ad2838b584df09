/** What comes in paths, queries and headers, as components that operations refer to. https://spec.openapis.org/oas/v3.1.0.html#parameter-object */
import { limits } from '../../fhir/limits.ts';
import type { JsonObject } from '../../fhir/types.ts';
import { resultParameterNames } from '../../interactions/claims.ts';
import type { ClaimedParameter, Statement } from './statement.ts';

/** Every component, by its name. */
export function formatParameters({ types, searchParameters }: Statement): JsonObject {
  const components: Record<string, JsonObject> = {};
  for (const [name, parameter] of Object.entries(fixed)) components[name] = parameter;
  for (const name of resultParameterNames) components[resultComponent(name)] ??= query(name, { type: 'string' });
  for (const parameter of searchParameters) components[searchComponent(parameter)] = search(parameter);
  for (const { type, searchParameters: own } of types) {
    for (const parameter of own) components[searchComponent(parameter, type)] = search(parameter);
  }
  return components;
}

export function reference(component: string): JsonObject {
  return { $ref: `#/components/parameters/${component}` };
}

/** References to what shapes and filters a search on a type, or on all of them. */
export function searchReferences({ types, searchParameters }: Statement, type?: string): readonly JsonObject[] {
  const own = type === undefined ? searchParameters : (types.find((served) => served.type === type)?.searchParameters ?? []);
  return [
    ...own.map((parameter) => reference(searchComponent(parameter, type))),
    ...resultParameterNames.map((name) => reference(resultComponent(name))),
  ];
}

/** Parameters of every type begin with `_`, and are one component. */
function searchComponent({ name }: ClaimedParameter, type?: string): string {
  return type === undefined || name.startsWith('_') ? `search.${name}` : `search.${type}.${name}`;
}

function resultComponent(name: string): string {
  return `result.${name}`;
}

/** Given again, all must hold; a modifier stands behind the name, which OpenAPI has no word for. */
function search({ name, type, definition, documentation }: ClaimedParameter): JsonObject {
  const described = documentation ?? `A ${type} parameter: ${definition}`;
  return { ...query(name, { type: 'array', items: { type: 'string' } }), style: 'form', explode: true, description: described };
}

function query(name: string, schema: JsonObject): JsonObject {
  return { name, in: 'query', schema };
}

const header = (name: string, description: string): JsonObject => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
});
const segment = (name: string, description: string, schema: JsonObject = { type: 'string' }): JsonObject => ({
  name,
  in: 'path',
  required: true,
  description,
  schema,
});

const page: JsonObject = { type: 'integer', minimum: 0, maximum: limits.pageSizeMax, default: limits.pageSizeDefault };

/** https://hl7.org/fhir/R4/http.html#Http-Headers */
const fixed: Readonly<Record<string, JsonObject>> = {
  id: segment('id', 'The logical id of the resource.', { type: 'string', pattern: '^[A-Za-z0-9.-]{1,64}$' }),
  vid: segment('vid', 'The version, as `meta.versionId` says it.'),
  job: segment('job', 'The job, as `Content-Location` named it.'),
  file: segment('file', "A file of the job's result."),
  'result._count': { ...query('_count', page), description: 'Matches on a page; 0 asks for their number alone.' },
  'history._count': { ...query('_count', page), description: 'Versions on a page.' },
  'history._since': {
    ...query('_since', { type: 'string', format: 'date-time' }),
    description: 'Versions made at or after this time.',
  },
  'history._at': { ...query('_at', { type: 'string' }), description: 'Versions that were current at some time in this period.' },
  'delete._count': {
    ...query('_count', { type: 'integer', minimum: 1, maximum: limits.conditionalDeletesMax, default: 1 }),
    description: 'How many matches may be deleted at most; 412, and nothing is deleted, when there are more.',
  },
  'delete._references': {
    ...query('_references', { type: 'string', enum: ['checked', 'free'], default: 'checked' }),
    description: 'free: what refers to the resource is left as it is (system/ scopes); otherwise 409 when something does.',
  },
  'general._format': {
    ...query('_format', { type: 'string' }),
    description: 'The format of the answer, before Accept: json, xml or a media type.',
  },
  'general._pretty': {
    ...query('_pretty', { type: 'boolean', default: false }),
    description: 'The answer with line breaks and indents.',
  },
  ifMatch: header('If-Match', 'The version that the change is for, as W/"3"; 412 when it is no longer the newest.'),
  ifNoneExist: header('If-None-Exist', 'A search: the resource is created only when nothing meets it.'),
  ifNoneMatch: header('If-None-Match', 'The version that the client has, as W/"3"; 304 when it is the newest.'),
  ifNoMatch: header('If-None-Match', '*: only when there is no such resource; or a version as W/"3": 412 when it is the newest.'),
  securityContext: header('X-Security-Context', 'With raw content: the reference that becomes Binary.securityContext.'),
  ifModifiedSince: header('If-Modified-Since', 'A time; 304 when the resource has not changed since.'),
  prefer: header(
    'Prefer',
    'return=minimal, return=representation or return=OperationOutcome; handling=strict or handling=lenient; respond-async.',
  ),
};
