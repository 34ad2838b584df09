/** Search parameters of the server's own: https://hl7.org/fhir/R4/searchparameter.html */
import { expect } from 'chai';
import { startTestServer, type TestServer } from '../support/server.ts';
import { bundle, describeOnStores, entry, observation, patient, unique } from './on-stores.ts';

const later = 60_000;

/** A clock that runs on by leaps, so that no test has to wait for what takes its time. */
function openClock() {
  let ahead = 0;
  return { now: () => Date.now() + ahead, leap: () => (ahead += later) };
}
const clock = openClock();

interface Wanted {
  readonly code: string;
  readonly base?: readonly string[];
  readonly [member: string]: unknown;
}

function searchParameter({ code, base = ['Observation'], ...more }: Wanted): object {
  const url = `https://example.org/fhir/SearchParameter/${code}`;
  const texts = { name: 'Example', description: 'For a test.' };
  return { resourceType: 'SearchParameter', url, ...texts, status: 'active', code, base, type: 'string', ...more };
}

const comment = { expression: 'Observation.note.text' };
const withNote = (text: string) => observation('Patient/none', { subject: undefined, note: [{ text }] });

/** Calls `$reindex` until it says that it is finished, and gives all answers. */
async function reindex(server: TestServer, query = ''): Promise<readonly Map<string, unknown>[]> {
  const steps: Map<string, unknown>[] = [];
  do {
    const answer = await server.fetchFhir(`$reindex${steps.length === 0 ? query : ''}`, { method: 'POST' });
    expect(answer.status, answer.text).to.equal(200);
    const parameters = answer.body.parameter as readonly Record<string, unknown>[];
    steps.push(new Map(parameters.map(({ name, ...value }) => [String(name), Object.values(value)[0]])));
  } while (steps.at(-1)?.get('finished') !== true && steps.at(-1)?.get('wait') === 0);
  return steps;
}

async function claimed(server: TestServer, type: string): Promise<readonly string[]> {
  const { body } = await server.fetchFhir('metadata', { token: null });
  const resource = body.rest[0].resource.find((one: { type: string }) => one.type === type);
  return resource.searchParam.map(({ name }: { name: string }) => name);
}

async function foundBy(server: TestServer, query: string): Promise<readonly string[]> {
  const { status, body, text } = await server.fetchFhir(query, { headers: { prefer: 'handling=strict' } });
  expect(status, text).to.equal(200);
  return (body.entry ?? []).map((one: { resource: { id: string } }) => one.resource.id);
}

describeOnStores(
  'searchparameter.html: a SearchParameter that is posted',
  (server) => {
    const post = (resource: object, token?: string) =>
      server().fetchFhir('SearchParameter', { method: 'POST', body: resource, ...(token === undefined ? {} : { token }) });

    it('is on its way until what is stored is indexed by it, and then found and claimed', async () => {
      const before = (await server().fetchFhir('Observation', { method: 'POST', body: withNote('before it') })).body;
      expect((await post(searchParameter({ code: 'comment', ...comment }))).status).to.equal(201);
      const after = (await server().fetchFhir('Observation', { method: 'POST', body: withNote('behind it') })).body;

      for (const prefer of ['handling=strict', 'handling=lenient']) {
        const asked = await server().fetchFhir('Observation?comment=be', { headers: { prefer } });
        expect(asked.status, 'left out, it would find everything').to.equal(400);
        expect(asked.body.issue[0].details.text).to.contain("'comment' is no search parameter on Observation. It is new");
        expect(asked.text).to.contain('npm run -s cli -- reindex');
      }
      expect((await server().fetchFhir('Observation?_sort=comment')).status).to.equal(400);
      const chained = await server().fetchFhir('Patient?_has:Observation:subject:comment=be');
      expect(chained.status).to.equal(400);
      expect(chained.text).to.contain('It is new');
      expect(await claimed(server(), 'Observation')).to.not.include('comment');

      const [early] = await reindex(server());
      expect(early?.get('finished')).to.equal(false);
      expect(early?.get('wait'), 'somebody may have planned a write without it').to.be.within(1, 30);
      clock.leap();
      const last = (await reindex(server())).at(-1);
      expect(last?.get('skipped')).to.equal(0);
      expect(last?.get('done')).to.equal(last?.get('total'));

      expect(await foundBy(server(), 'Observation?comment=before')).to.deep.equal([before.id]);
      expect(await foundBy(server(), 'Observation?comment:contains=hind')).to.deep.equal([after.id]);
      expect(await foundBy(server(), 'Observation?comment=be&_sort=-comment')).to.deep.equal([after.id, before.id]);
      expect(await claimed(server(), 'Observation')).to.include('comment');
      expect((await server().fetchFhir(`Observation/${before.id}`)).body.meta.versionId, 'no new version').to.equal('1');
    });

    it('that is changed is on its way again; removed or no longer active it is gone', async () => {
      const created = await post(searchParameter({ code: 'changing', expression: 'Observation.method.text' }));
      clock.leap();
      await reindex(server());
      expect(await claimed(server(), 'Observation')).to.include('changing');
      const path = `SearchParameter/${created.body.id}`;
      const changed = { ...created.body, expression: 'Observation.method.text | Observation.code.text' };
      expect((await server().fetchFhir(path, { method: 'PUT', body: changed })).status).to.equal(200);
      expect(await claimed(server(), 'Observation')).to.not.include('changing');
      clock.leap();
      await reindex(server());
      expect(await foundBy(server(), 'Observation?changing=prova')).to.not.have.length(0);
      expect(
        (await server().fetchFhir(path, { method: 'PUT', body: { ...changed, description: 'Said better.' } })).status,
      ).to.equal(200);
      expect(await claimed(server(), 'Observation'), 'it finds the same').to.include('changing');
      expect((await server().fetchFhir(path, { method: 'PUT', body: { ...changed, status: 'retired' } })).status).to.equal(200);
      expect(await claimed(server(), 'Observation')).to.not.include('changing');
      expect((await server().fetchFhir(path, { method: 'PUT', body: changed })).status).to.equal(200);
      expect(await claimed(server(), 'Observation'), 'back, but what came meanwhile is not indexed').to.not.include('changing');
      clock.leap();
      await reindex(server());
      expect(await claimed(server(), 'Observation')).to.include('changing');
      expect((await server().fetchFhir(path, { method: 'DELETE' })).status).to.be.within(200, 204);
      expect(await claimed(server(), 'Observation')).to.not.include('changing');
      expect((await server().fetchFhir('Observation?changing=x', { headers: { prefer: 'handling=strict' } })).status).to.equal(
        400,
      );
    });

    it('that goes while a search by it is paged ends the search: its next page has the parameter or is none', async () => {
      const created = await post(searchParameter({ code: 'going', expression: 'Observation.note.text' }));
      clock.leap();
      await reindex(server());
      for (const note of ['going one', 'going two'])
        await server().fetchFhir('Observation', { method: 'POST', body: withNote(note) });
      const { body } = await server().fetchFhir('Observation?going=going&_count=1');
      const next = body.link.find(({ relation }: { relation: string }) => relation === 'next').url;
      await server().fetchFhir(`SearchParameter/${created.body.id}`, { method: 'DELETE' });
      const second = await server().fetchFhir(next.slice(server().baseUrl.length + 1));
      expect([second.status, second.body.issue[0].expression]).to.deep.equal([400, ['http.going']]);
    });

    it('may begin with a "-", as R4 says that the codes of servers should', async () => {
      await post(searchParameter({ code: '-remark', expression: 'Observation.note.text' }));
      clock.leap();
      await reindex(server());
      const ids: string[] = [];
      for (const note of ['remark b', 'remark a'])
        ids.push((await server().fetchFhir('Observation', { method: 'POST', body: withNote(note) })).body.id);
      const upwards = ids.toReversed();
      expect(await foundBy(server(), 'Observation?-remark=remark&_sort=-remark')).to.deep.equal(upwards);
      expect(await foundBy(server(), 'Observation?-remark:contains=mark&_sort=--remark')).to.deep.equal(ids);
      expect(await foundBy(server(), 'Observation?_filter=-remark sw "remark a"')).to.deep.equal([ids[1]]);
      expect(await foundBy(server(), 'Patient?_has:Observation:subject:-remark=remark')).to.deep.equal([]);
    });

    it('of a draft status is content like any other', async () => {
      const draft = searchParameter({ code: 'subject', status: 'draft', ...comment });
      expect((await post(draft)).status).to.equal(201);
    });

    it('keeps what a resource was stored with besides its text: a Bundle sent twice is still known', async () => {
      const identifier = { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${unique()}` };
      const send = () =>
        server().fetchFhir('', {
          method: 'POST',
          body: { ...bundle('transaction', entry('POST Patient', patient(unique()))), identifier },
        });
      await send();
      await post(
        searchParameter({ code: 'nickname', base: ['Patient'], expression: "Patient.name.where(use = 'nickname').given" }),
      );
      clock.leap();
      await reindex(server());
      await reindex(server(), '?all=true');
      expect((await send()).text).to.contain('A transaction with this Bundle.identifier was stored before.');
    });

    it('whose expression fails on a resource keeps nobody from storing it', async () => {
      await post(searchParameter({ code: 'only-name', base: ['Patient'], expression: 'Patient.name.single().family' }));
      const two = patient(unique(), { name: [{ family: 'Uno' }, { family: 'Due' }] });
      const stored = await server().fetchFhir('Patient', { method: 'POST', body: two });
      expect(stored.status).to.equal(201);
      clock.leap();
      expect((await reindex(server())).at(-1)?.get('skipped')).to.equal(1);
      expect(await foundBy(server(), 'Patient?only-name=uno')).to.deep.equal([]);
      expect(await foundBy(server(), 'Patient?family=due')).to.include(stored.body.id);
      expect(
        server().log.some(
          ({ message, resource }) => message === 'A resource could not be indexed.' && resource === `Patient/${stored.body.id}`,
        ),
      ).to.equal(true);
    });

    it('takes a system/ scope', async () => {
      const token = await server().token('user/*.cruds', { fhirUser: 'Practitioner/1' });
      const refused = await post(searchParameter({ code: 'by-user', ...comment }), token);
      expect(refused.status).to.equal(403);
      expect(refused.body.issue[0].details.text).to.contain('system/SearchParameter.c');
      expect((await server().fetchFhir('$reindex', { method: 'POST', token })).status).to.equal(403);
      const narrow = await server().token('system/SearchParameter.cruds');
      expect((await post(searchParameter({ code: 'by-system', ...comment }), narrow)).status).to.equal(201);
      expect((await server().fetchFhir('$reindex', { method: 'POST', token: narrow })).status).to.equal(403);
    });
  },
  { now: clock.now, logLevel: 'warn' },
);

describe('searchparameter.html: a SearchParameter that can not be used is refused with the reason', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
    await server.fetchFhir('SearchParameter', { method: 'POST', body: searchParameter({ code: 'taken', ...comment }) });
  });
  after(() => server.close());

  const cases: readonly (readonly [string, Wanted, string, string])[] = [
    [
      'a base that is no type',
      { code: 'a', base: ['Element'], expression: 'Element.id' },
      'base',
      'Element is no type of resources',
    ],
    [
      "a code of R4's",
      { code: 'status', ...comment },
      'code',
      'taken on Observation by http://hl7.org/fhir/SearchParameter/Observation-status',
    ],
    [
      'a code of one posted before',
      { code: 'taken', ...comment, url: 'urn:x' },
      'code',
      "'taken' is taken on Observation by https://example.org",
    ],
    [
      'a code that every type has',
      { code: '_tag', base: ['Resource'], expression: 'Resource.meta.tag' },
      'code',
      'beginning with a letter',
    ],
    ['a code that no query can name', { code: 'a:b', ...comment }, 'code', 'beginning with a letter'],
    [
      "a canonical of R4's",
      { code: 'b', ...comment, url: 'http://hl7.org/fhir/SearchParameter/Observation-status' },
      'url',
      'canonical of its own',
    ],
    [
      'a canonical of one posted before',
      { code: 'c', ...comment, url: 'https://example.org/fhir/SearchParameter/taken' },
      'url',
      'canonical of its own',
    ],
    ['no expression', { code: 'd' }, 'expression', 'Without an expression'],
    ['an expression that can not be read', { code: 'e', expression: 'Observation.note.(' }, 'expression', 'cannot be compiled'],
    ['an element that the type does not have', { code: 'f', expression: 'Observation.nota' }, 'expression', 'cannot be compiled'],
    [
      'a base without a part of the expression',
      { code: 'g', base: ['Observation', 'Patient'], ...comment },
      'expression',
      'has no part for',
    ],
    [
      'an element that one of its bases does not have',
      { code: 'h', base: ['Observation', 'Patient'], expression: 'note.text' },
      'expression',
      'cannot be compiled',
    ],
    ['a special type', { code: 'i', type: 'special', ...comment }, 'type', 'a way of its own'],
    [
      'a target that is no type',
      { code: 'j', type: 'reference', expression: 'Observation.subject', target: ['Resource'] },
      'target',
      'Resource is no resource type',
    ],
    [
      'a composite of one',
      {
        code: 'k',
        type: 'composite',
        expression: 'Observation',
        component: [{ definition: 'http://hl7.org/fhir/SearchParameter/clinical-code', expression: 'code' }],
      },
      'component',
      'at least two',
    ],
    [
      'a composite of what is not there',
      {
        code: 'l',
        type: 'composite',
        expression: 'Observation',
        component: [
          { definition: 'http://hl7.org/fhir/SearchParameter/clinical-code', expression: 'code' },
          { definition: 'urn:none', expression: 'value' },
        ],
      },
      'component[1].definition',
      'urn:none is no search parameter',
    ],
  ];
  for (const [title, wanted, element, reason] of cases) {
    it(title, async () => {
      const body = searchParameter(wanted);
      const refused = await server.fetchFhir('SearchParameter', { method: 'POST', body });
      const issues = refused.body.issue as readonly { expression: readonly string[]; details: { text: string } }[];
      expect(refused.status, refused.text).to.be.oneOf([422, 400]);
      const found = issues.find(({ expression }) => expression[0] === `SearchParameter.${element}`);
      expect(found?.details.text, refused.text).to.contain(reason);
      const validated = await server.fetchFhir('SearchParameter/$validate', { method: 'POST', body });
      expect(validated.text, '$validate says it too').to.contain(JSON.stringify(reason).slice(1, -1));
    });
  }

  it('by 422', async () => {
    const body = searchParameter({ code: 'status', ...comment });
    expect((await server.fetchFhir('SearchParameter', { method: 'POST', body })).status).to.equal(422);
  });
});
