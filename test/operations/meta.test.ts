/** https://hl7.org/fhir/R4/resource-operation-meta.html, …-meta-add.html and …-meta-delete.html over HTTP */
import { expect } from 'chai';
import { bundle, describeOnStores, entry, observation, organization, patient, unique } from '../spec/on-stores.ts';
import type { Answer, FetchOptions, TestServer } from '../support/server.ts';
import { openTwoPatients, type TwoPatients } from '../support/two-patients.ts';

const returned = (answer: Answer) => {
  expect(answer.status, answer.text).to.equal(200);
  expect(answer.body.resourceType).to.equal('Parameters');
  expect(answer.body.parameter).to.have.length(1);
  expect(answer.body.parameter[0].name).to.equal('return');
  return answer.body.parameter[0].valueMeta;
};

const parameters = (valueMeta: unknown) => ({ resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta }] });

const tag = (code: string, more: object = {}) => ({ system: 'urn:test:tag', code, ...more });
const secret = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };
const profile = 'http://hl7.org/fhir/StructureDefinition/Patient';

describeOnStores('Resource/[id]/$meta-add and $meta-delete', (server) => {
  const create = async (meta?: object): Promise<string> => {
    const body = patient(unique(), meta === undefined ? {} : { meta });
    const answer = await server().fetchFhir('Patient', { method: 'POST', body });
    expect(answer.status, answer.text).to.equal(201);
    return `Patient/${answer.body.id}`;
  };
  const change = (path: string, operation: string, meta: unknown, options: FetchOptions = {}) =>
    server().fetchFhir(`${path}/$${operation}`, { method: 'POST', body: parameters(meta), ...options });

  it('adds the profiles, tags, and security labels found in it to the nominated resource', async () => {
    const path = await create();
    const meta = returned(await change(path, 'meta-add', { tag: [tag('a')], security: [secret], profile: [profile] }));
    expect(meta).to.deep.include({ tag: [tag('a')], security: [secret], profile: [profile], versionId: '2' });
    expect((await server().fetchFhir(path)).body.meta).to.deep.equal(meta);
  });

  it('"duplicates are not created [...] version and display are ignored": then there is no new version', async () => {
    const path = await create({ tag: [tag('a', { display: 'first' })] });
    const meta = returned(await change(path, 'meta-add', { tag: [tag('a', { display: 'second', version: '2' })] }));
    expect(meta.tag).to.deep.equal([tag('a', { display: 'first' })]);
    expect(meta.versionId).to.equal('1');
    const twice = returned(await change(path, 'meta-add', { tag: [tag('b'), tag('b'), tag('A')] }));
    expect(twice.tag.map(({ code }: { code: string }) => code)).to.deep.equal(['a', 'b', 'A']);
  });

  it('deletes them, and "it is not an error if these tags, profiles, and labels do not exist"', async () => {
    const path = await create({ tag: [tag('a', { display: 'x' }), tag('b')], security: [secret], profile: [profile] });
    const meta = returned(
      await change(path, 'meta-delete', { tag: [tag('a'), tag('z')], security: [secret], profile: [profile] }),
    );
    expect(meta.tag).to.deep.equal([tag('b')]);
    expect(meta).to.not.have.any.keys('security', 'profile');
    expect(returned(await change(path, 'meta-delete', { tag: [tag('z')] })).versionId).to.equal('2');
  });

  it('makes the new labels searchable', async () => {
    const code = unique('tag');
    const path = await create();
    await change(path, 'meta-add', { tag: [tag(code)] });
    const count = async () => (await server().fetchFhir(`Patient?_tag=urn:test:tag|${code}&_summary=count`)).body.total;
    expect(await count()).to.equal(1);
    await change(path, 'meta-delete', { tag: [tag(code)] });
    expect(await count()).to.equal(0);
  });

  it('keeps the digits of what it does not touch', async () => {
    const text = `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.500},"effectiveDateTime":"2026-01-01"}`;
    const created = await server().fetchFhir('Observation', { method: 'POST', body: text });
    expect(created.status, created.text).to.equal(201);
    const path = `Observation/${created.body.id}`;
    await change(path, 'meta-add', { tag: [tag('a')] });
    expect((await server().fetchFhir(path)).text).to.include('"value":1.500');
  });

  it('honours If-Match', async () => {
    const path = await create();
    const stale = { headers: { 'if-match': 'W/"7"' } };
    expect((await change(path, 'meta-add', { tag: [tag('a')] }, stale)).status).to.equal(412);
    expect((await change(path, 'meta-add', {}, stale)).status).to.equal(412);
    const right = await change(path, 'meta-add', { tag: [tag('a')] }, { headers: { 'if-match': 'W/"1"' } });
    expect([right.status, right.headers.get('etag')]).to.deep.equal([200, 'W/"2"']);
  });

  it('loses no label when many come at once', async () => {
    const path = await create();
    const codes = Array.from({ length: 6 }, (_, index) => `c${index}`);
    const answers = await Promise.all(codes.map((code) => change(path, 'meta-add', { tag: [tag(code)] })));
    for (const answer of answers) expect(answer.status, answer.text).to.equal(200);
    const { body } = await server().fetchFhir(path);
    expect(body.meta.tag.map(({ code }: { code: string }) => code)).to.have.members(codes);
  });

  const refusals: readonly (readonly [what: string, body: unknown, status: number, text: RegExp])[] = [
    ['a body without the parameter', { resourceType: 'Parameters' }, 400, /parameter 'meta'/],
    ['a resource in its place', patient('x'), 400, /parameter 'meta'/],
    ['a meta that is none', parameters('x'), 400, /valueMeta/],
    ['tags that are no list', parameters({ tag: tag('a') }), 400, /meta\.tag must be a list/],
    ['a tag without a code', parameters({ tag: [{ system: 'urn:x' }] }), 400, /each with a code/],
    ['a profile that is no URL', parameters({ profile: [{}] }), 400, /meta\.profile/],
  ];
  for (const [what, body, status, text] of refusals) {
    it(`refuses ${what} with ${status}`, async () => {
      const answer = await server().fetchFhir(`${await create()}/$meta-add`, { method: 'POST', body });
      expect(answer.status, answer.text).to.equal(status);
      expect(answer.body.issue[0].details.text).to.match(text);
    });
  }

  it('refuses a profile that the resource does not conform to (422)', async () => {
    const answer = await change(await create(), 'meta-add', { profile: ['http://hl7.org/fhir/StructureDefinition/vitalsigns'] });
    expect(answer.status, answer.text).to.equal(422);
  });

  it('answers 404 for an unknown, 410 for a deleted resource, 405 for GET', async () => {
    expect((await change('Patient/unknown', 'meta-add', {})).status).to.equal(404);
    const path = await create();
    await server().fetchFhir(path, { method: 'DELETE' });
    expect((await change(path, 'meta-delete', {})).status).to.equal(410);
    const get = await server().fetchFhir(`${await create()}/$meta-add`);
    expect([get.status, get.headers.get('allow')]).to.deep.equal([405, 'POST']);
  });

  it('works in a batch, and is refused in a transaction', async () => {
    const path = await create();
    const request = entry(`POST ${path}/$meta-add`, parameters({ tag: [tag('a')] }));
    const batch = await server().fetchFhir('', { method: 'POST', body: bundle('batch', request) });
    expect(batch.body.entry[0].response.status).to.equal('200 OK');
    expect(batch.body.entry[0].resource.parameter[0].valueMeta.tag).to.deep.equal([tag('a')]);
    const transaction = await server().fetchFhir('', { method: 'POST', body: bundle('transaction', request) });
    expect(transaction.status).to.equal(400);
  });
});

describeOnStores('$meta', (server) => {
  const code = unique('meta-Tag');
  const put = (path: string, resource: object, meta: object) =>
    server().fetchFhir(path, { method: 'PUT', body: { ...resource, id: path.split('/')[1], meta } });
  before(async () => {
    const answers = [
      await put('Patient/meta-1', patient(unique()), { tag: [tag(code, { display: 'Shown' }), tag('p2')], profile: [profile] }),
      await put('Patient/meta-2', patient(unique()), { tag: [tag(code)], security: [secret] }),
      await put('Organization/meta-o', organization(unique()), { tag: [tag('org-only')] }),
      await put('Observation/meta-g', observation('Patient/meta-1'), { tag: [tag('gone')] }),
    ];
    for (const { status, text } of answers) expect(status, text).to.equal(201);
    await server().fetchFhir('Observation/meta-g', { method: 'DELETE' });
  });
  const codes = (meta: { tag?: readonly { code: string }[] }) => (meta.tag ?? []).map((one) => one.code);

  it('of an instance "returns the same meta as would be returned by accessing the resource directly"', async () => {
    const meta = returned(await server().fetchFhir('Patient/meta-1/$meta'));
    expect(meta).to.deep.equal((await server().fetchFhir('Patient/meta-1')).body.meta);
  });

  it('of a type is "a list of all profiles, tags, and security labels for the resource type", as they are written', async () => {
    const meta = returned(await server().fetchFhir('Patient/$meta'));
    expect(meta.tag).to.deep.include.members([tag('p2')]);
    expect(codes(meta)).to.include(code).and.not.include('org-only');
    expect(meta.security).to.deep.equal([secret]);
    expect(meta.profile).to.deep.equal([profile]);
    expect(meta).to.not.have.any.keys('versionId', 'lastUpdated');
  });

  it('of the system has the labels of every type, those of deleted resources not', async () => {
    const meta = returned(await server().fetchFhir('$meta', { method: 'POST', body: { resourceType: 'Parameters' } }));
    expect(codes(meta)).to.include.members([code, 'p2', 'org-only']).and.not.include('gone');
  });

  it('of a type without labels is empty', async () => {
    expect(returned(await server().fetchFhir('Observation/$meta'))).to.deep.equal({});
  });

  it('answers 404 and 410 as a read does, and works in a batch', async () => {
    expect((await server().fetchFhir('Patient/unknown/$meta')).status).to.equal(404);
    expect((await server().fetchFhir('Observation/meta-g/$meta')).status).to.equal(410);
    const body = bundle('batch', entry('GET Patient/meta-2/$meta'), entry('GET Patient/$meta'));
    const { body: answer } = await server().fetchFhir('', { method: 'POST', body });
    expect(answer.entry.map((one: { response: { status: string } }) => one.response.status)).to.deep.equal(['200 OK', '200 OK']);
  });

  it('refuses unknown parameters under handling=strict', async () => {
    const strict = { headers: { prefer: 'handling=strict' } };
    expect((await server().fetchFhir('Patient/$meta?x=1', strict)).status).to.equal(400);
    expect((await server().fetchFhir('Patient/$meta?x=1&_format=json')).status).to.equal(200);
  });

  it('is for those who may search the type', async () => {
    const token = await server().token('system/Patient.r system/Organization.s');
    expect((await server().fetchFhir('Patient/$meta', { token })).status).to.equal(403);
    const meta = returned(await server().fetchFhir('$meta', { token }));
    expect(codes(meta)).to.deep.equal(['org-only']);
    expect((await server().fetchFhir('$meta', { token: await server().token('system/Patient.r') })).status).to.equal(403);
  });
});

describe('$meta under a patient’s token', () => {
  let two: TwoPatients;
  const label = (server: TestServer, path: string, code: string) =>
    server.fetchFhir(`${path}/$meta-add`, { method: 'POST', body: parameters({ tag: [tag(code)] }) });
  before(async () => {
    two = await openTwoPatients({ store: 'embedded' });
    expect((await label(two.server, 'Observation/of-A', 'of-a')).status).to.equal(200);
    expect((await label(two.server, 'Observation/of-B', 'of-b')).status).to.equal(200);
  });
  after(() => two.close());

  it('shows the patient’s labels alone', async () => {
    for (const path of ['$meta', 'Observation/$meta']) {
      const meta = returned(await two.asA(path));
      expect(meta.tag, path).to.deep.equal([tag('of-a')]);
    }
    expect(returned(await two.asA('Observation/of-A/$meta')).tag).to.deep.equal([tag('of-a')]);
  });

  it('answers for another’s resource as for an unknown one', async () => {
    expect((await two.asA('Observation/of-B/$meta')).status).to.equal(404);
  });

  it('may not change labels, not even its own (403)', async () => {
    for (const operation of ['meta-add', 'meta-delete']) {
      for (const id of ['of-A', 'of-B', 'unknown']) {
        const answer = await two.asA(`Observation/${id}/$${operation}`, {
          method: 'POST',
          body: parameters({ tag: [tag('x')] }),
        });
        expect(answer.status, answer.text).to.equal(403);
      }
    }
  });
});
