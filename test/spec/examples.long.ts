/**
 * Every instance of HL7's examples package over HTTP: stored, given back as it was sent, found by whatever it can be found by.
 * https://hl7.org/fhir/R4/downloads.html
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { formatJson, parseJson } from '../../src/fhir/json.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../../src/fhir/types.ts';
import { exampleFiles, examplesFolder, openedFormat, sorted } from '../http/xml/round-trip.ts';
import { faultsOf } from '../support/example-faults.ts';
import { openQueries } from '../support/queries-of-resource.ts';
import { sharedDefinitions, startTestServer, type TestServer } from '../support/server.ts';

/** What goes into one Bundle at most. */
const charactersMax = 4_000_000;
const entriesMax = 300;

/** Those that say how FHIR is made come last: once stored they are in effect. */
const definitional = /^(?:StructureDefinition|ValueSet|CodeSystem|SearchParameter|ConceptMap|OperationDefinition|ig)-/;
/** Written as XML in memory by `round-trip.long.ts`: over HTTP the others, which hold every type. */
const files = exampleFiles().toSorted((a, b) => Number(definitional.test(a)) - Number(definitional.test(b)));

interface Example {
  readonly file: string;
  readonly text: string;
  readonly type: string;
  readonly id: string;
}

function* inBatches(names: readonly string[]): Generator<readonly Example[]> {
  let batch: Example[] = [];
  let characters = 0;
  for (const file of names) {
    const text = readFileSync(join(examplesFolder, file), 'utf8');
    if (batch.length > 0 && (characters + text.length > charactersMax || batch.length === entriesMax)) {
      yield batch;
      [batch, characters] = [[], 0];
    }
    const { resourceType, id } = JSON.parse(text);
    batch.push({ file, text, type: resourceType, id });
    characters += text.length;
  }
  yield batch;
}

/** Without what the server sets, and without a meta that has nothing else. */
function asSent(resource: JsonObject): string {
  const { versionId, lastUpdated, ...meta } = isJsonObject(resource['meta']) ? resource['meta'] : {};
  const entries = Object.entries(resource).flatMap(([name, value]): readonly [string, JsonValue][] =>
    name !== 'meta' ? [[name, value]] : Object.keys(meta).length === 0 ? [] : [[name, meta]],
  );
  return formatJson(Object.fromEntries(entries));
}

describe("HL7's examples over HTTP", function () {
  this.timeout(1_200_000);
  let server: TestServer;
  const stored: string[] = [];
  before(async () => {
    server = await startTestServer({ store: 'embedded', environment: { VALIDATION: 'base', REFERENCES: 'free' } });
  });
  after(() => server.close());

  const send = async (entries: readonly string[], accept = 'application/fhir+json') => {
    const body = `{"resourceType":"Bundle","type":"batch","entry":[${entries.join(',')}]}`;
    const answer = await server.fetchFhir('', { method: 'POST', body, headers: { accept } });
    expect(answer.status, answer.text.slice(0, 500)).to.equal(200);
    return answer;
  };
  const get = (url: string) => JSON.stringify({ request: { method: 'GET', url } });
  /** The resources of a batch's answer, with their digits. */
  const resourcesIn = (bundle: JsonValue): readonly JsonObject[] => {
    const entries = isJsonObject(bundle) && Array.isArray(bundle['entry']) ? bundle['entry'] : [];
    return entries.map((entry) => (isJsonObject(entry) && isJsonObject(entry['resource']) ? entry['resource'] : {}));
  };

  it('are stored, but for those with a fault that is listed', async () => {
    const wrong: string[] = [];
    for (const batch of inBatches(files)) {
      const answer = await send(
        batch.map(({ text, type, id }) => `{"resource":${text},"request":{"method":"PUT","url":"${type}/${id}"}}`),
      );
      for (const [index, { file }] of batch.entries()) {
        const { status, outcome } = answer.body.entry[index].response;
        if (status === '201 Created' || status === '200 OK') stored.push(file);
        const said: readonly string[] = (outcome?.issue ?? [])
          .filter(({ severity }: { severity: string }) => severity === 'error')
          .map(
            (issue: { code: string; details?: { coding?: { code: string }[] } }) =>
              issue.details?.coding?.[0]?.code ?? issue.code,
          );
        const listed = faultsOf(file);
        if (said.some((one) => !listed.includes(one))) wrong.push(`${file}: ${status}, ${[...new Set(said)].join(', ')}`);
      }
    }
    expect(wrong.join('\n')).to.equal('');
    expect([stored.length, files.length]).to.deep.equal([5_233, 5_306]);
  });

  it('are given back with the same members in the same order, numbers with the same digits', async () => {
    const wrong: string[] = [];
    for (const batch of inBatches(stored)) {
      const { text } = await send(batch.map(({ type, id }) => get(`${type}/${id}`)));
      const found = resourcesIn(parseJson(text));
      for (const [index, example] of batch.entries()) {
        const sent = parseJson(example.text);
        if (!isJsonObject(sent) || asSent(found[index] ?? {}) !== asSent(sent)) wrong.push(example.file);
      }
    }
    expect(wrong.join('\n')).to.equal('');
  });

  it('are given back as XML, which reads as the same members with the same digits', async () => {
    const wrong: string[] = [];
    const plain = stored.filter((file) => !definitional.test(file));
    expect(plain.length).to.be.above(650);
    for (const batch of inBatches(plain)) {
      const { text } = await send(
        batch.map(({ type, id }) => get(`${type}/${id}`)),
        'application/fhir+xml',
      );
      const found = resourcesIn(openedFormat().parse(text));
      for (const [index, example] of batch.entries()) {
        const [sent, given] = [parseJson(example.text), found[index] ?? {}].map((one) => sorted(one));
        if (!isJsonObject(sent) || !isJsonObject(given) || asSent(given) !== asSent(sent)) wrong.push(example.file);
      }
    }
    expect(wrong.join('\n')).to.equal('');
  });

  it('are found by every search parameter that has a value in them', async () => {
    const queries = openQueries(sharedDefinitions(), server.baseUrl);
    const wrong: string[] = [];
    const first = new Map<string, { readonly file: string; readonly query: string; readonly id: string }>();
    let asked = 0;
    for (const batch of inBatches(stored)) {
      const all = batch.flatMap(({ file, text, type, id }) => {
        const { found, missing } = queries(parseJson(text) as Resource); // The file is one.
        wrong.push(...missing.map((code) => `${file}: ${code} has a value, but no query was made of it`));
        return found.map(({ code, query }) => ({ file, name: `${type}.${code}`, query: `${type}?${query}`, id }));
      });
      asked += all.length;
      for (let at = 0; at < all.length; at += 1_000) {
        const part = all.slice(at, at + 1_000);
        const { body } = await send(part.map(({ query, id }) => get(`${query}&_id=${id}&_summary=count`)));
        for (const [index, { file, name, query, id }] of part.entries()) {
          const { resource, response } = body.entry[index];
          if (resource?.total !== 1) wrong.push(`${file}: ${query} answers ${response.status}, ${resource?.total}`);
          else if (!first.has(name)) first.set(name, { file, query, id });
        }
      }
    }
    // The same without the id, which might lead past the index of the parameter: once for each parameter of each type.
    for (const { file, query, id } of first.values()) if (!(await finds(query, id))) wrong.push(`${file}: ${query} finds others`);
    expect(wrong.join('\n')).to.equal('');
    expect([asked > 50_000, first.size > 1_500], `${asked} searches, ${first.size} parameters`).to.deep.equal([true, true]);
  });

  async function finds(query: string, id: string): Promise<boolean> {
    let path: string | undefined = `${query}&_count=1000&_elements=id`;
    while (path !== undefined) {
      const { body, status, text } = await server.fetchFhir(path);
      expect(status, `${query}: ${text.slice(0, 300)}`).to.equal(200);
      if ((body.entry ?? []).some(({ resource }: { resource: { id: string } }) => resource.id === id)) return true;
      const next: string | undefined = body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
      path = next?.slice(server.baseUrl.length + 1);
    }
    return false;
  }
});
