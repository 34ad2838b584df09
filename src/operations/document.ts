/** https://hl7.org/fhir/R4/composition-operation-document.html */
import { narrow } from '../access/narrow.ts';
import { formatInstant } from '../fhir/date.ts';
import { parseJson } from '../fhir/json.ts';
import { deleted, invalidValue, notSupported, required, unknownParameter } from '../fhir/outcome.ts';
import { idPattern, parseReference } from '../fhir/reference.ts';
import type { ResourceKey } from '../fhir/types.ts';
import { commitOne } from '../interactions/commit.ts';
import type { FhirRequest, FhirResponse, OperationDefinition, ServerContext } from '../interactions/context.ts';
import { planCreate } from '../interactions/plan-write.ts';
import { unknownInstance } from '../interactions/read.ts';
import { instanceKey } from '../interactions/request-key.ts';
import { asResource } from '../interactions/request-resource.ts';
import type { QueryParameter } from '../search/parse-query.ts';
import type { StoredVersion } from '../store/store.ts';
import { collectDocument } from './document-resources.ts';
import { booleanValue, onlyValue, sortOut } from './parameters.ts';

export const document: OperationDefinition = {
  code: 'document',
  levels: ['type', 'instance'],
  types: ['Composition'],
  affectsState: false,
  openToPatients: true,
  definition: 'http://hl7.org/fhir/OperationDefinition/Composition-document',
  run,
};

/**
 * The Bundle itself is the answer, as for every operation whose one result is a resource; R4's remark that it "is wrapped inside the search
 * bundle" contradicts its own definition of the result and its examples.
 */
async function run(request: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const { known } = sortOut(request, ['id', 'persist', 'graph']);
  const key = compositionKey(request, known, context);
  const persist = readPersist(request, known);
  const composition = await context.store.read(key, narrow(request.access, [key.type], 'r'));
  if (composition === undefined) throw unknownInstance(key);
  if (composition.deleted) throw deleted(`This ${key.type} was deleted.`);
  const resources = await collectDocument(composition, request.access, context);
  const id = context.newId();
  const text = formatDocument(id, [composition, ...resources], context);
  return persist ? store(id, text, request, context) : { status: 200, text };
}

/** "GET [base]/Composition/[id]/$document is identical in meaning to GET [base]/Composition/$document?id=[id]" */
function compositionKey(request: FhirRequest, known: readonly QueryParameter[], { baseUrl }: ServerContext): ResourceKey {
  const id = onlyValue(known, 'id');
  if (request.level === 'instance') {
    if (id === undefined) return instanceKey(request);
    throw invalidValue("'id' is for Composition/$document alone: here the URL names the Composition.", 'http.id');
  }
  if (id === undefined) throw required("'id' must name the Composition: its id, or its URL on this server.", 'http.id');
  if (idPattern.test(id)) return { type: 'Composition', id };
  const named = parseReference(id, baseUrl);
  if (named.kind === 'local' && named.type === 'Composition' && named.versionId === undefined)
    return { type: named.type, id: named.id };
  throw invalidValue("'id' must be the id of a Composition or its URL on this server: no other server is asked.", 'http.id');
}

function readPersist(request: FhirRequest, known: readonly QueryParameter[]): boolean {
  if (onlyValue(known, 'graph') !== undefined) {
    throw unknownParameter(
      "'graph' is not supported: a document holds what its Composition refers to, and what that refers to.",
      'http.graph',
    );
  }
  const persist = booleanValue(known, 'persist') === true;
  if (persist && request.method === 'GET')
    throw notSupported("With 'persist=true' a Bundle is stored, so $document must be called with POST.", ['POST']);
  if (persist && request.at !== undefined)
    throw invalidValue("'persist=true' stores a Bundle, which an entry of a Bundle can't.", request.at);
  return persist;
}

/** "a document must have an identifier with a system and a value" and "a date" (bdl-9, bdl-10). Stored texts go in as they are. */
function formatDocument(id: string, resources: readonly StoredVersion[], { baseUrl, now, newId }: ServerContext): string {
  const timestamp = formatInstant(now());
  const head = {
    resourceType: 'Bundle',
    id,
    meta: { lastUpdated: timestamp },
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${newId()}` },
    type: 'document',
    timestamp,
  };
  const entries = resources.map(({ key, text }) => `{"fullUrl":"${baseUrl}/${key.type}/${key.id}","resource":${text}}`);
  return `${JSON.stringify(head).slice(0, -1)},"entry":[${entries.join(',')}]}`;
}

/** "If the document is stored, it's location [...] SHOULD be provided explicitly in the HTTP Location header in the response" */
async function store(id: string, text: string, { access }: FhirRequest, context: ServerContext): Promise<FhirResponse> {
  const key = { type: 'Bundle', id };
  const resource = asResource(parseJson(text));
  const wanted = { key, resource, access, headers: {}, at: 'Bundle', permission: 'c' } as const;
  const { version } = await commitOne(async () => planCreate(wanted, context), context);
  if (version === undefined) throw new Error('A stored document left no version behind.');
  const { versionId, lastUpdated } = version;
  return { status: 200, text: version.text, versionId, lastUpdated, location: `Bundle/${id}/_history/${versionId}` };
}
