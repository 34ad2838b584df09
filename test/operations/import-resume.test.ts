/** An import goes on after the store was away, after a restart and when it is sent again; nothing comes twice. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { transient } from '../../src/fhir/outcome.ts';
import { openMemory } from '../../src/store/memory/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { begin, ended, finish, kickOff, result } from '../support/bulk.ts';
import { type FetchOptions, startTestServer, type TestServer } from '../support/server.ts';
import { withMethods } from '../support/with-methods.ts';

const environment = { VALIDATION: 'off', PUBLIC_BASE_URL: 'http://fse.example/fhir' };
const count = 12 * limits.importBatchLines + 5;
const body = Array.from({ length: count }, (_, index) =>
  JSON.stringify({ resourceType: 'Basic', code: { text: `line ${index}` } }),
).join('\n');
const source: FetchOptions = { method: 'POST', body, headers: { 'content-type': 'application/fhir+ndjson' } };

describe('an $import that is interrupted', () => {
  let folder: string;
  let store: Store;
  let time = Date.UTC(2026, 5, 1);
  const now = () => time;
  const open: TestServer[] = [];
  const start = async (own: Store = store): Promise<TestServer> => {
    const server = await startTestServer({ dataDir: folder, ownStore: own, now, environment });
    open.push(server);
    return server;
  };
  const stop = async (server: TestServer) => {
    open.splice(open.indexOf(server), 1);
    await server.close();
  };
  const stored = async (server: TestServer): Promise<number> =>
    (await server.fetchFhir('Basic?_summary=count', { token: await server.token('system/*.rs') })).body.total;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fascicolo-import-'));
    store = openMemory({ now });
  });
  afterEach(async () => {
    for (const server of [...open]) await stop(server);
    await rm(folder, { recursive: true, force: true });
  });

  it('by the store goes on; lines without an id that had been written are not written twice', async () => {
    let batches = 0;
    const failing = withMethods(store, {
      transact: async (writes) => {
        batches += 1;
        const results = await store.transact(writes);
        // Committed, but the answer is lost.
        if (batches === 5) throw transient('The store is away.');
        return results;
      },
    });
    const first = await start(failing);
    const status = await begin(first, '$import', source);
    while (batches < 5) await first.fetchFhir(status);
    await stop(first);
    time += 60_000;
    const second = await start();
    const { manifest } = result(second, await ended(second, status));
    expect(await stored(second)).to.equal(count);
    expect(manifest.output[0].count).to.equal(count);
    expect(manifest.error).to.deep.equal([]);
  });

  it('by the end of the server goes on with the next', async () => {
    const first = await start();
    const status = await begin(first, '$import', source);
    await stop(first);
    const second = await start();
    result(second, await ended(second, status));
    expect(await stored(second)).to.equal(count);
  });

  it('by its client leaves what was written, and nothing of the source', async () => {
    const server = await start();
    const status = await begin(server, '$import', source);
    expect((await server.fetchFhir(status, { method: 'DELETE' })).status).to.equal(202);
    expect((await server.fetchFhir(status)).status).to.equal(404);
    await stop(server);
    expect(await readdir(join(folder, 'jobs'))).to.deep.equal([]);
  });

  it('while it is sent leaves nothing', async () => {
    const server = await start();
    const jobs = () => readdir(join(folder, 'jobs')).catch((): string[] => []);
    const pieces = async function* () {
      yield Buffer.from(body.slice(0, 1000));
      while ((await jobs()).length === 0) await server.fetchFhir('/livez');
      throw new Error('The client goes away.');
    };
    const sent = await fetch(`${server.origin}/fhir/$import`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await server.token('system/*.cruds')}`,
        'content-type': 'application/fhir+ndjson',
        prefer: 'respond-async',
      },
      body: ReadableStream.from(pieces()),
      duplex: 'half',
    } as RequestInit).then(
      () => 'answered',
      () => 'broken off',
    );
    expect(sent).to.equal('broken off');
    while (!server.log.some(({ interaction, status }) => interaction === 'operation' && status !== undefined))
      await server.fetchFhir('/livez');
    while ((await jobs()).length > 0) await server.fetchFhir('/livez');
    expect(await stored(server)).to.equal(0);
    expect(server.log.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });

  it('keeps no resources in its folder once it has ended', async () => {
    const server = await start();
    await finish(server, '$import', source);
    const files = (await readdir(join(folder, 'jobs'), { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
    const texts = await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name), 'utf8')));
    expect(texts.join('')).to.include('"done"').and.not.include('line 7');
  });

  it(`is refused to a client with ${limits.jobsUnfinishedMax} unfinished jobs (429)`, async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const away = withMethods(store, { transact: (writes) => gate.then(() => store.transact(writes)) });
    const server = await start(away);
    for (let index = 0; index < limits.jobsUnfinishedMax; index += 1) await begin(server, '$import', source);
    const refused = await kickOff(server, '$import', source);
    release();
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([429, '60']);
  });
});
