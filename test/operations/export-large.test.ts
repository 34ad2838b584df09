/** Exports of more than a page: in bounded memory, going on after a failure or a restart. The numbers are those of `fhir/limits.ts`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { transient } from '../../src/fhir/outcome.ts';
import { openMemory } from '../../src/store/memory/memory.ts';
import type { Store, StoreQuery } from '../../src/store/store.ts';
import { bundle, entry, observation, patient, unique } from '../spec/on-stores.ts';
import { begin, ended, finish, namesOf, result } from '../support/bulk.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { withMethods } from '../support/with-methods.ts';

/** The address stays the same over restarts, as it does outside of tests: it is the issuer of the tokens, and a client is known by that too. */
const environment = { VALIDATION: 'off', REFERENCES: 'free', PUBLIC_BASE_URL: 'http://fse.example/fhir' };

async function load(server: TestServer, entries: readonly object[]): Promise<void> {
  for (let at = 0; at < entries.length; at += 1000) {
    const answer = await server.fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries.slice(at, at + 1000)) });
    expect(answer.status, answer.text.slice(0, 500)).to.equal(200);
  }
}

const basics = (count: number, size: number) =>
  Array.from({ length: count }, (_, index) => {
    const id = `b${String(index).padStart(5, '0')}`;
    const extension = [{ url: 'urn:test:padding', valueString: 'x'.repeat(size) }];
    return entry(`PUT Basic/${id}`, { resourceType: 'Basic', id, extension, code: { text: 'x' } });
  });

describe('a large $export', () => {
  let folder: string;
  let store: Store;
  let time = Date.UTC(2026, 5, 1);
  const now = () => time;
  const clean: (() => Promise<unknown>)[] = [];
  const start = async (own: Store): Promise<TestServer> => {
    const server = await startTestServer({ dataDir: folder, ownStore: own, now, environment });
    clean.push(() => server.close());
    return server;
  };
  /** Counts the pages of a type, and refuses one of them. */
  const watched = (
    refused?: number | 'every',
  ): { readonly store: Store; readonly pages: () => number; readonly largest: () => number } => {
    let pages = 0;
    let largest = 0;
    const search = async (query: StoreQuery) => {
      if (query.types[0] !== 'Basic' || query.charactersMax === undefined) return store.search(query);
      pages += 1;
      if (pages === refused || refused === 'every') throw transient('The store is away.');
      const page = await store.search(query);
      largest = Math.max(
        largest,
        page.items.reduce((sum, { text }) => sum + text.length, 0),
      );
      return page;
    };
    return { store: withMethods(store, { search }), pages: () => pages, largest: () => largest };
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fascicolo-export-'));
    store = openMemory({ now });
  });
  afterEach(async () => {
    for (const close of clean.splice(0).reverse()) await close();
    await rm(folder, { recursive: true, force: true });
  });

  it('reads pages bounded by bytes, whatever the size of the resources', async () => {
    const seen = watched();
    const server = await start(seen.store);
    const size = 300_000;
    await load(server, basics(60, size));
    const { files } = await finish(server, '$export?_type=Basic');
    expect((await files('output'))['Basic']).to.have.length(60);
    expect(seen.pages()).to.be.above(3);
    expect(seen.largest()).to.be.below(limits.exportPageCharacters + 2 * size);
  });

  it('goes on behind what was saved when the store was away, and gives each resource once', async () => {
    const healthy = watched();
    const loader = await start(healthy.store);
    await load(loader, basics(2500, 4000));
    const status = await begin(loader, '$export?_type=Basic');
    await ended(loader, status);
    const all = healthy.pages();
    expect(all).to.equal(13);
    await loader.close();
    clean.pop();

    const faulty = watched(9);
    const first = await start(faulty.store);
    const again = await begin(first, '$export?_type=Basic');
    while (faulty.pages() < 9) await first.fetchFhir(again);
    await first.close();
    clean.pop();
    // Behind the pause after a failure.
    time += 60_000;
    const rest = watched();
    const second = await start(rest.store);
    const { files, manifest } = result(second, await ended(second, again));
    const names = namesOf(await files('output'));
    expect(names).to.have.length(2500);
    expect(new Set(names).size).to.equal(2500);
    expect(rest.pages()).to.be.below(all);
    expect(manifest.output.length).to.be.above(1);
  });

  it('is given back when the server closes, and goes on with the next one', async () => {
    const loader = await start(store);
    await load(loader, basics(1000, 100));
    const status = await begin(loader, '$export');
    await loader.close();
    clean.pop();
    const next = await start(store);
    const { files } = result(next, await ended(next, status));
    expect(namesOf(await files('output'))).to.have.length(1000);
  });

  it('gives up in the end, with the reason, instead of being in progress for ever', async () => {
    const away = watched('every').store;
    let status: string | undefined;
    for (let attempt = 0; attempt < limits.jobFailuresMax; attempt += 1) {
      const server = await start(away);
      status ??= await begin(server, '$export?_type=Basic');
      // Closed before the attempt has come to nothing, the server would give the job back uncounted.
      while (!server.log.some(({ message }) => message === 'job put off' || message === 'job failed'))
        await server.fetchFhir(status);
      await server.close();
      clean.pop();
      time += 60_000;
    }
    const last = await start(away);
    const answer = await ended(last, status ?? '');
    expect([answer.status, answer.body.resourceType, answer.body.issue[0].code]).to.deep.equal([
      503,
      'OperationOutcome',
      'transient',
    ]);
  });

  it('expires, with its files', async () => {
    const server = await start(store);
    const status = await begin(server, '$export');
    await ended(server, status);
    time += limits.jobKeptMs + 1;
    const token = await server.token('system/*.cruds');
    expect((await server.fetchFhir(status, { token })).status).to.equal(404);
  });

  it(`asks for the records of a Group by ${limits.exportPatientsMax} patients, and gives what belongs to several once`, async () => {
    const server = await start(store);
    const ids = Array.from({ length: 2 * limits.exportPatientsMax + 7 }, (_, index) => `p${index}`);
    const reference = (id: string) => ({ reference: `Patient/${id}` });
    const appointment = {
      resourceType: 'Appointment',
      id: 'all',
      status: 'booked',
      participant: ids.map((id) => ({ actor: reference(id), status: 'accepted' })),
    };
    const group = {
      resourceType: 'Group',
      id: 'many',
      type: 'person',
      actual: true,
      member: ids.map((id) => ({ entity: reference(id) })),
    };
    const records = ids.flatMap((id) => [
      entry(`PUT Patient/${id}`, { ...patient(unique()), id }),
      entry(`PUT Observation/o-${id}`, observation(`Patient/${id}`, { id: `o-${id}` })),
    ]);
    const others = [
      entry('PUT Patient/other', { ...patient(unique()), id: 'other' }),
      entry('PUT Observation/other', observation('Patient/other', { id: 'other' })),
    ];
    await load(server, [...records, ...others, entry('PUT Appointment/all', appointment), entry('PUT Group/many', group)]);
    const { files } = await finish(server, 'Group/many/$export');
    const names = namesOf(await files('output'));
    expect(new Set(names).size).to.equal(names.length);
    expect(names).to.have.length(2 * ids.length + 2);
    expect(names).to.include.members(['Appointment/all', 'Group/many']).and.not.include('Patient/other');
  });
});
