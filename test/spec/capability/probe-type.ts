/** Tries everything that can be done with a type, over HTTP, on resources of its own: what worked is told, whatever is claimed. */
import type { Answer, FetchOptions, TestServer } from '../../support/server.ts';
import { type ClaimedType, compare, examplesOf, type Statement } from './statement.ts';

const tag = { system: 'urn:oid:2.16.840.1.113883.2.9.4.3.99', code: 'probe' };
/** A Binary is asked for as a resource. */
const accept = 'application/fhir+json';

/** Untrue: claims of the type that do not work, and what works and is not claimed. Sentences; none when all is true. */
export async function untruthsOfType(
  server: TestServer,
  { patchFormat }: Statement,
  claimed: ClaimedType,
): Promise<readonly string[]> {
  const { type } = claimed;
  const probe = await openProbe(server, type);
  const interactions = await probeInteractions(probe);
  const features = await probeFeatures(probe);
  const codes = claimed.interaction.map(({ code }) => code);
  const about = (name: keyof ClaimedType, value: unknown) =>
    claimed[name] === value ? [] : [`${type}.${name} is ${String(value)}`];
  return [
    ...compare(`interaction of ${type}`, codes, interactions),
    ...compare(`patchFormat of ${type}`, codes.includes('patch') ? patchFormat : [], await probePatchFormats(probe)),
    ...about('versioning', features.versioning),
    ...about('readHistory', features.readHistory),
    ...about('updateCreate', features.updateCreate),
    ...about('conditionalCreate', features.conditionalCreate),
    ...about('conditionalRead', features.conditionalRead),
    ...about('conditionalUpdate', features.conditionalUpdate),
    ...about('conditionalDelete', features.conditionalDelete),
  ];
}

interface Probe {
  readonly type: string;
  /** What a create made. */
  readonly id: string;
  readonly content: object;
  /** Whether the create was answered with 201. */
  readonly created: boolean;
  send(method: string, path: string, options?: FetchOptions): Promise<Answer>;
  /** A new resource of the type, under this id. */
  put(id: string, more?: object): Promise<Answer>;
}

async function openProbe(server: TestServer, type: string): Promise<Probe> {
  const send = (method: string, path: string, { headers = {}, ...more }: FetchOptions = {}) =>
    server.fetchFhir(path, { method, headers: { accept, ...headers }, ...more });
  const found = { type, id: '', content: {}, created: false, send };
  for (const example of examplesOf(type)) {
    const content = { ...example, meta: { tag: [tag] } };
    const put = (id: string, more: object = {}) => send('PUT', `${type}/${id}`, { body: { ...content, ...more, id } });
    const answer = await send('POST', type, { body: content });
    if (answer.status === 201) return { ...found, id: answer.body.id, content, created: true, put };
  }
  return { ...found, put: (id) => send('PUT', `${type}/${id}`, { body: { resourceType: type, id } }) };
}

/** The interactions that did what R4 says they do. */
async function probeInteractions({ type, id, content, created, send }: Probe): Promise<ReadonlySet<string>> {
  const works = new Set<string>(created ? ['create'] : []);
  const note = (code: string, done: boolean) => done && works.add(code);
  const has = (answer: Answer, count = 1) => answer.status === 200 && answer.body.entry?.length >= count;
  const instance = `${type}/${id}`;
  note('read', (await send('GET', instance)).body?.id === id);
  note('update', (await send('PUT', instance, { body: { ...content, id, language: 'it' } })).headers.get('etag') === 'W/"2"');
  note('vread', (await send('GET', `${instance}/_history/1`)).body?.meta?.versionId === '1');
  const operations = [{ op: 'replace', path: '/language', value: 'en' }];
  const patched = await send('PATCH', instance, { body: operations, headers: { 'content-type': 'application/json-patch+json' } });
  note('patch', patched.status === 200 && patched.body.language === 'en');
  note('history-instance', has(await send('GET', `${instance}/_history`), 3));
  note('history-type', has(await send('GET', `${type}/_history`), 3));
  const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `_id=${id}` };
  const posted = await send('POST', `${type}/_search`, form);
  note('search-type', has(await send('GET', `${type}?_id=${id}`)) && has(posted));
  const deleted = await send('DELETE', instance);
  note('delete', deleted.status === 204 && (await send('GET', instance)).status === 410);
  return works;
}

interface Features {
  readonly versioning: string;
  readonly readHistory: boolean;
  readonly updateCreate: boolean;
  readonly conditionalCreate: boolean;
  readonly conditionalRead: string;
  readonly conditionalUpdate: boolean;
  readonly conditionalDelete: string;
}

async function probeFeatures({ type, content, send, put }: Probe): Promise<Features> {
  const [one, two] = ['probe-1', 'probe-2'];
  const created = await put(one);
  await put(two);
  const ifNoneExist = await send('POST', type, { body: content, headers: { 'if-none-exist': `_id=${one}` } });
  const updated = await send('PUT', `${type}?_id=${one}`, { body: { ...content, id: one, language: 'it' } });
  const stale = await send('PUT', `${type}/${one}`, { body: { ...content, id: one }, headers: { 'if-match': 'W/"1"' } });
  const unconditional = await put(one);
  const conditionalRead = await probeConditionalRead(`${type}/${one}`, send);
  const single = await send('DELETE', `${type}?_id=${one}`);
  await put(one);
  // `_count` says how many may go at most: delete-options.ts.
  const several = await send('DELETE', `${type}?_id=${one},${two}&_count=2`);
  const gone = await send('GET', `${type}/${two}`);
  const past = await send('GET', `${type}/${two}/_history/1`);
  return {
    versioning: stale.status !== 412 ? 'no-version' : unconditional.status === 200 ? 'versioned' : 'versioned-update',
    readHistory: past.status === 200,
    updateCreate: created.status === 201,
    conditionalCreate: ifNoneExist.status === 200,
    conditionalRead,
    conditionalUpdate: updated.status === 200 && updated.headers.get('etag') === 'W/"2"',
    conditionalDelete:
      several.status === 204 && gone.status === 410 ? 'multiple' : single.status === 204 ? 'single' : 'not-supported',
  };
}

async function probeConditionalRead(path: string, send: Probe['send']): Promise<string> {
  const { headers } = await send('GET', path);
  const ask = async (name: string, value: string | null) =>
    (await send('GET', path, { headers: { [name]: value ?? '' } })).status;
  const notMatch = (await ask('if-none-match', headers.get('etag'))) === 304;
  const modified = (await ask('if-modified-since', headers.get('last-modified'))) === 304;
  if (notMatch && modified) return 'full-support';
  if (notMatch) return 'not-match';
  return modified ? 'modified-since' : 'not-supported';
}

const part = (name: string, value: string) => ({ name, valueString: value });
const pathPatch = (type: string) => ({
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'operation',
      part: [part('type', 'add'), part('path', type), part('name', 'language'), { name: 'value', valueCode: 'de' }],
    },
  ],
});
const xmlPart = (name: string, value: string) => `<part><name value="${name}"/><valueString value="${value}"/></part>`;
const xmlPatch = (type: string) =>
  `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>${xmlPart('type', 'add')}${xmlPart('path', type)}${xmlPart('name', 'language')}<part><name value="value"/><valueCode value="de"/></part></parameter></Parameters>`;

/** Media types that a patch could come in, R4's and others', each with a body that adds the language. */
const patches: readonly (readonly [mediaType: string, body: (type: string) => unknown])[] = [
  ['application/json-patch+json', () => [{ op: 'add', path: '/language', value: 'de' }]],
  ['application/fhir+json', pathPatch],
  ['application/fhir+xml', xmlPatch],
  ['application/merge-patch+json', () => ({ language: 'de' })],
  ['application/xml-patch+xml', () => '<diff><add sel="/*">x</add></diff>'],
];

async function probePatchFormats({ type, send, put }: Probe): Promise<readonly string[]> {
  const works: string[] = [];
  for (const [index, [mediaType, body]] of patches.entries()) {
    const path = `${type}/patched-${index}`;
    const sent = { body: body(type), headers: { 'content-type': mediaType } };
    const answers: Answer[] = [];
    for (const target of [path, `${type}?_id=patched-${index}`]) {
      await put(`patched-${index}`, { language: undefined });
      answers.push(await send('PATCH', target, sent));
    }
    if (answers.every(({ status, body: patched }) => status === 200 && patched.language === 'de')) works.push(mediaType);
  }
  return works;
}
