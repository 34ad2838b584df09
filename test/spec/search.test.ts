/** Searches over HTTP: what comes back, and page after page of it. */
import { expect } from 'chai';
import type { Answer, TestServer } from '../support/server.ts';
import { bundle, describeOnStores, entry, observation, organization, patient, system, unique } from './on-stores.ts';

const transact = (server: TestServer, ...entries: readonly object[]) =>
  server.fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries) });

const linkOf = (answer: Answer, relation: string): string | undefined =>
  answer.body.link.find((link: { relation: string }) => link.relation === relation)?.url;

const idsOf = (answer: Answer, mode = 'match'): readonly string[] =>
  (answer.body.entry ?? [])
    .filter(({ search }: { search: { mode: string } }) => search.mode === mode)
    .map(({ resource }: { resource: { id: string } }) => resource.id);

/** Follows a link as it stands, by GET. */
function follow(server: TestServer, link: string | undefined, token?: string): Promise<Answer> {
  const { pathname, search } = new URL(link ?? expect.fail('There is no link.'));
  return server.fetchFhir(`${pathname}${search}`, token === undefined ? {} : { token });
}

describeOnStores('http.html#search', (server) => {
  const tag = unique('search');
  const tagged = (more: object) => ({ meta: { tag: [{ system, code: tag }] }, ...more });
  const query = `_tag=${system}|${tag}`;

  before(async () => {
    const answer = await transact(
      server(),
      entry('PUT Organization/so1', { id: 'so1', ...organization(unique()) }),
      entry('PUT Patient/sp1', {
        id: 'sp1',
        ...patient(unique(), tagged({ birthDate: '1980-01-01', managingOrganization: { reference: 'Organization/so1' } })),
      }),
      entry('PUT Patient/sp2', { id: 'sp2', ...patient(unique(), tagged({ birthDate: '1990-01-01' })) }),
      entry('PUT Patient/sp3', { id: 'sp3', ...patient(unique(), tagged({ birthDate: '1990-01-01' })) }),
      entry('PUT Patient/sp4', { id: 'sp4', ...patient(unique(), tagged({ birthDate: '1970-01-01' })) }),
      entry('PUT Patient/sp5', { id: 'sp5', ...patient(unique(), tagged({ birthDate: undefined })) }),
      entry('PUT Observation/sobs1', {
        id: 'sobs1',
        ...observation('Patient/sp1', tagged({ valueQuantity: { value: 1.5, unit: 'g' } })),
      }),
      entry('PUT Observation/sobs2', { id: 'sobs2', ...observation('Patient/sp2', tagged({})) }),
    );
    expect(answer.status, answer.text).to.equal(200);
  });

  it('answers a searchset whose entries say where they are and why they are in', async () => {
    const { body } = await server().fetchFhir(`Patient?${query}&birthdate=lt1975`);
    expect(body).to.include({ resourceType: 'Bundle', type: 'searchset' });
    expect(body).not.to.have.property('total');
    expect(body.entry).to.have.length(1);
    expect(body.entry[0]).to.deep.include({ fullUrl: `${server().baseUrl}/Patient/sp4`, search: { mode: 'match' } });
  });

  it('leaves `entry` out when nothing matches, with 200', async () => {
    const { status, body } = await server().fetchFhir('Patient?_id=none');
    expect(status).to.equal(200);
    expect(body).not.to.have.property('entry');
  });

  it('"SHALL return the parameters that were actually used to process the search" in the self link', async () => {
    const answer = await server().fetchFhir(`Patient?${query}&unheard=x&birthdate=`, { headers: { prefer: 'handling=lenient' } });
    expect(decodeURIComponent(linkOf(answer, 'self') ?? '')).to.equal(`${server().baseUrl}/Patient?${query}`);
    const outcome = answer.body.entry.find((one: { search: { mode: string } }) => one.search.mode === 'outcome').resource;
    expect(outcome.issue.map((issue: { expression: string[] }) => issue.expression[0])).to.deep.equal([
      'http.unheard',
      'http.birthdate',
    ]);
  });

  it('"Client requests that the server return an error for any unknown or unsupported parameter": handling=strict', async () => {
    const { status, body } = await server().fetchFhir('Patient?unheard=x', { headers: { prefer: 'handling=strict' } });
    expect([status, body.issue[0].code]).to.deep.equal([400, 'not-supported']);
  });

  it('sorts by several keys, resources without the value last', async () => {
    expect(idsOf(await server().fetchFhir(`Patient?${query}&_sort=-birthdate,-_id`))).to.deep.equal([
      'sp3',
      'sp2',
      'sp1',
      'sp4',
      'sp5',
    ]);
    expect(idsOf(await server().fetchFhir(`Patient?${query}&_sort=birthdate,_id`))).to.deep.equal([
      'sp4',
      'sp1',
      'sp2',
      'sp3',
      'sp5',
    ]);
  });

  for (const only of ['_count=0', '_summary=count']) {
    it(`${only}: the total "but with no entries, and no prev/next/last links"`, async () => {
      const { body } = await server().fetchFhir(`Patient?${query}&${only}`);
      expect(body.total).to.equal(5);
      expect(body).not.to.have.property('entry');
      expect(body.link.map((link: { relation: string }) => link.relation)).to.deep.equal(['self']);
    });
  }

  it('_total=accurate counts the matches of all pages', async () => {
    const answer = await server().fetchFhir(`Patient?${query}&_count=2&_total=accurate&_include=Patient:organization`);
    expect([answer.body.total, idsOf(answer).length]).to.deep.equal([5, 2]);
  });

  describe('paging', () => {
    for (const sort of ['', '&_sort=birthdate', '&_sort=-birthdate', '&_sort=-_lastUpdated', '&_sort=family']) {
      it(`gives each match once${sort}, two at a time, and a next link only when there is more`, async () => {
        const seen: string[] = [];
        let page = await server().fetchFhir(`Patient?${query}&_count=2${sort}`);
        for (;;) {
          expect(idsOf(page).length).to.be.within(1, 2);
          seen.push(...idsOf(page));
          const next = linkOf(page, 'next');
          if (next === undefined) break;
          page = await follow(server(), next);
        }
        expect([...seen].sort()).to.deep.equal(['sp1', 'sp2', 'sp3', 'sp4', 'sp5']);
      });
    }

    it('has no next link when the last page is full', async () => {
      expect(linkOf(await server().fetchFhir(`Patient?${query}&_count=5`), 'next')).to.equal(undefined);
    });

    it('keeps all result parameters, and shows nothing of the query', async () => {
      const first = await server().fetchFhir(
        `Patient?${query}&_count=1&_elements=gender&_total=accurate&_sort=_id&_include=Patient:organization`,
      );
      expect(linkOf(first, 'next')).not.to.include(tag);
      const second = await follow(server(), linkOf(first, 'next'));
      expect([idsOf(second), second.body.total]).to.deep.equal([['sp2'], 5]);
      expect(second.body.entry[0].resource.meta.tag).to.deep.include({
        system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
        code: 'SUBSETTED',
      });
      expect(idsOf(await follow(server(), linkOf(second, 'self')))).to.deep.equal(['sp2']);
      expect(idsOf(await follow(server(), linkOf(second, 'first')))).to.deep.equal(['sp1']);
    });

    it('goes on by GET after a POST', async () => {
      const first = await server().fetchFhir('Patient/_search', {
        method: 'POST',
        body: `${query}&_count=3&_sort=_id`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      expect(idsOf(first)).to.deep.equal(['sp1', 'sp2', 'sp3']);
      expect(idsOf(await follow(server(), linkOf(first, 'self')))).to.deep.equal(['sp1', 'sp2', 'sp3']);
      expect(idsOf(await follow(server(), linkOf(first, 'next')))).to.deep.equal(['sp4', 'sp5']);
    });

    it('neither repeats nor loses what was there while others write', async () => {
      const moving = unique('moving');
      const of = (id: string) =>
        entry(`PUT Patient/${id}`, { id, ...patient(unique(), { meta: { tag: [{ system, code: moving }] } }) });
      await transact(server(), of('mv1'), of('mv3'), of('mv5'));
      const first = await server().fetchFhir(`Patient?_tag=${moving}&_count=1&_sort=_id`);
      await transact(server(), of('mv0'), of('mv2'), of('mv4'));
      await server().fetchFhir('Patient/mv1', { method: 'DELETE' });
      const second = await follow(server(), linkOf(first, 'next'));
      const third = await follow(server(), linkOf(second, 'next'));
      expect([idsOf(first), idsOf(second), idsOf(third)]).to.deep.equal([['mv1'], ['mv2'], ['mv3']]);
    });

    it('a cursor is useless to another caller, and after any change', async () => {
      const next = linkOf(await server().fetchFhir(`Patient?${query}&_count=1`), 'next') ?? '';
      const other = await server().token('system/Patient.rs');
      expect((await follow(server(), next, other)).status).to.equal(400);
      expect((await follow(server(), next.replace('/Patient?', '/Observation?'))).status).to.equal(400);
      expect((await follow(server(), `${next.slice(0, -6)}AAAAAA`)).status).to.equal(400);
      expect((await follow(server(), `${next}&gender=male`)).status).to.equal(400);
      const renewed = await server().token('system/*.cruds');
      expect((await follow(server(), next, renewed)).status).to.equal(200);
    });
  });

  describe('search.html#include', () => {
    it('adds what the matches name, outside _count', async () => {
      const answer = await server().fetchFhir(
        `Observation?${query}&_include=Observation:patient&_include:iterate=Patient:organization&_count=2`,
      );
      expect([[...idsOf(answer)].sort(), [...idsOf(answer, 'include')].sort()]).to.deep.equal([
        ['sobs1', 'sobs2'],
        ['so1', 'sp1', 'sp2'],
      ]);
    });
    it('adds what names the matches', async () => {
      const answer = await server().fetchFhir('Patient?_id=sp1&_revinclude=Observation:patient');
      expect([idsOf(answer), idsOf(answer, 'include')]).to.deep.equal([['sp1'], ['sobs1']]);
    });
    it('leaves out types that the caller has no scope on, silently', async () => {
      const token = await server().token('system/Patient.rs');
      const answer = await server().fetchFhir('Patient?_id=sp1&_revinclude=*&_include=*', { token });
      expect([answer.status, idsOf(answer, 'include')]).to.deep.equal([200, []]);
    });
  });

  describe('chains and _has', () => {
    it('a chain', async () =>
      expect(idsOf(await server().fetchFhir(`Observation?${query}&patient.birthdate=1980-01-01`))).to.deep.equal(['sobs1']));
    it('_has', async () =>
      expect(idsOf(await server().fetchFhir(`Patient?${query}&_has:Observation:patient:value-quantity=1.5`))).to.deep.equal([
        'sp1',
      ]));
    it('are refused where they lead to a type that is closed to the caller', async () => {
      const token = await server().token('system/Patient.rs');
      expect((await server().fetchFhir('Patient?_has:Observation:patient:status=final', { token })).status).to.equal(403);
      expect((await server().fetchFhir('Patient?organization.name=x', { token })).status).to.equal(403);
    });
  });

  describe('on all types', () => {
    it('_type chooses the types', async () => {
      expect(idsOf(await server().fetchFhir(`?_type=Patient,Observation&${query}&_sort=_id`))).to.deep.equal([
        'sobs1',
        'sobs2',
        'sp1',
        'sp2',
        'sp3',
        'sp4',
        'sp5',
      ]);
      expect(idsOf(await server().fetchFhir(`?_type=Observation&patient=sp1`))).to.deep.equal(['sobs1']);
    });
    it('without _type all types that the caller may search', async () => {
      expect(idsOf(await server().fetchFhir(`?${query}`))).to.have.length(7);
      const token = await server().token('system/Observation.rs');
      expect(idsOf(await server().fetchFhir(`?${query}`, { token }))).to.have.length(2);
      expect((await server().fetchFhir(`?_type=Patient&${query}`, { token })).status).to.equal(403);
    });
    it('by POST, page after page', async () => {
      const first = await server().fetchFhir('_search', {
        method: 'POST',
        body: `${query}&_type=Patient,Observation&_count=4`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
      const second = await follow(server(), linkOf(first, 'next'));
      expect(new Set([...idsOf(first), ...idsOf(second)]).size).to.equal(7);
    });
    it('refuses unknown types, and _type on one type', async () => {
      expect((await server().fetchFhir('?_type=Patinet')).body.issue[0].details.text).to.include("Did you mean 'Patient'?");
      expect((await server().fetchFhir('Patient?_type=Patient')).status).to.equal(400);
      expect((await server().fetchFhir('?_type=Patient,,Group')).body.issue[0].details.text).to.include('an empty name');
      expect((await server().fetchFhir('Patient?_type=')).body.entry.at(-1).resource.issue[0].details.text).to.include("'_type'");
    });
    for (const path of ['?family=prova', '?_type=Patient,Observation&birthdate=1980', 'Patient/sp1/*?code=x']) {
      it(`${path}: "all other search parameters SHALL be common to all provided types"`, async () => {
        const { status, body } = await server().fetchFhir(path);
        expect([status, body.issue[0].code]).to.deep.equal([400, 'not-supported']);
        expect(body.issue[0].details.text).to.include("'_type' says which types to search");
      });
    }
  });

  it('sends numbers with the digits they came with', async () => {
    const text =
      '{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/sp4"},"valueQuantity":{"value":7.500}}';
    const { body } = await server().fetchFhir('Observation', { method: 'POST', body: text });
    expect((await server().fetchFhir(`Observation?_id=${body.id}`)).text).to.include('"value":7.500');
    expect((await server().fetchFhir(`Observation?_id=${body.id}&_elements=value`)).text).to.include('"value":7.500');
  });
});
