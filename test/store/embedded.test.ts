import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { all } from '../../src/search/criterion.ts';
import { backup } from '../../src/store/embedded/backup.ts';
import { databaseFile } from '../../src/store/embedded/connection.ts';
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { schemaVersion } from '../../src/store/embedded/schema.ts';
import { SqliteDatabase } from '../../src/store/embedded/sqlite.ts';
import type { Store } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeStore } from './contract.ts';
import {
  anyone,
  commit,
  creation,
  deletion,
  found,
  hasText,
  hasToken,
  keyOf,
  nameOf,
  queryOf,
  text,
  token,
  update,
} from './contract-fixtures.ts';

const folder = temporaryFolder('fascicolo-store-');

describeStore('embedded', (settings) => openEmbedded({ ...settings, dataDir: folder() }));

// Hundreds of resources take the ways that hundreds of thousands take.
describeStore('embedded, walking rather than gathering', (settings) =>
  openEmbedded({
    ...settings,
    dataDir: folder(),
    effort: { gatherMax: 2, gatherLateMax: 12, stepFirst: 1, stepMax: 3, walkMax: 12, rowsMax: 1e6, totalRowsMax: 1e6 },
  }),
);

/** The sentence with which opening fails. */
async function refusalOf(opening: Promise<unknown>): Promise<string> {
  try {
    await opening;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('It was expected to be refused.');
}

/** Looks into the database of a closed or running store. */
function inspect<Row>(dataDir: string, query: string): Row[] {
  const database = new SqliteDatabase(databaseFile(dataDir), { readonly: true });
  try {
    return database.prepare(query).all() as Row[]; // Each query says its columns.
  } finally {
    database.close();
  }
}

const integrity = (dataDir: string) => inspect<{ integrity_check: string }>(dataDir, 'PRAGMA integrity_check');
const sound = [{ integrity_check: 'ok' }];

describe('embedded store: its folder', () => {
  it('keeps everything through closing and opening', async () => {
    const dataDir = join(folder(), 'made', 'by', 'the', 'store');
    const first = await openEmbedded({ dataDir });
    const before = await commit(
      first,
      creation('Patient/1', { note: 'kept', entries: [token('code', 's', 'a'), text('name', 'rossi')] }),
    );
    await commit(first, creation('Patient/2'));
    await commit(first, deletion('Patient/2'));
    await first.close();
    expect(readdirSync(dataDir).sort()).to.deep.equal(['fascicolo.db', 'fascicolo.lock']);

    const second = await openEmbedded({ dataDir });
    expect(await second.read(keyOf('Patient/1'), anyone)).to.deep.include({ text: before.text, versionId: '1' });
    expect(await second.read(keyOf('Patient/2'), anyone)).to.include({ deleted: true, versionId: '2' });
    expect(await found(second, 'Patient', hasToken('code', 'a', 's'))).to.deep.equal(['Patient/1']);
    expect(await commit(second, update('Patient/1', { entries: [token('code', 's', 'b')] }))).to.include({ versionId: '2' });
    expect(await found(second, 'Patient', hasToken('code', 'a', 's'))).to.deep.equal([]);
    expect((await second.history({ kind: 'system' }, anyone, { count: 10 })).items).to.have.length(4);
    await second.close();
    expect(integrity(dataDir)).to.deep.equal(sound);
  });

  it('is readable by its owner alone', async () => {
    const dataDir = join(folder(), 'data');
    const store = await openEmbedded({ dataDir });
    await commit(store, creation('Patient/1'));
    const modes = readdirSync(dataDir).filter((name) => name.startsWith('fascicolo.db'));
    expect(modes).to.include('fascicolo.db-wal');
    for (const name of modes) expect(statSync(join(dataDir, name)).mode & 0o077, name).to.equal(0);
    expect(statSync(dataDir).mode & 0o077).to.equal(0);
    await store.close();
  });

  it('is refused to a second server, in words that name the first', async () => {
    const dataDir = folder();
    const first = await openEmbedded({ dataDir });
    const message = await refusalOf(openEmbedded({ dataDir }));
    expect(message)
      .to.contain(dataDir)
      .and.to.contain('in use by another Fascicolo server')
      .and.to.contain(`process ${process.pid}`);
    await commit(first, creation('Patient/1'));
    await first.close();
    const next = await openEmbedded({ dataDir });
    expect(await next.read(keyOf('Patient/1'), anyone)).to.include({ versionId: '1' });
    await next.close();
  });

  it('with a newer schema stops the start with a sentence, and is left as it was', async () => {
    const dataDir = folder();
    await (await openEmbedded({ dataDir })).close();
    const database = new SqliteDatabase(databaseFile(dataDir));
    database.prepare("UPDATE meta SET value = ? WHERE name = 'schema'").run(String(schemaVersion + 1));
    database.close();
    const message = await refusalOf(openEmbedded({ dataDir }));
    expect(message)
      .to.contain(`schema version ${schemaVersion + 1}`)
      .and.to.contain('newer Fascicolo');
    expect(inspect(dataDir, "SELECT value FROM meta WHERE name = 'schema'")).to.deep.equal([
      { value: String(schemaVersion + 1) },
    ]);
    // The refusal gave the lock back.
    expect(await refusalOf(openEmbedded({ dataDir }))).to.equal(message);
  });

  it('with something else under the name of the database stops the start with a sentence', async () => {
    const dataDir = folder();
    writeFileSync(
      databaseFile(dataDir),
      'This is no database, but a text that is long enough to have a header of its own.'.repeat(20),
    );
    expect(await refusalOf(openEmbedded({ dataDir }))).to.match(/fascicolo\.db can't be opened \(file is not a database\)/);
  });

  it("that can't be made stops the start with a sentence", async () => {
    const file = join(folder(), 'a-file');
    writeFileSync(file, '');
    expect(await refusalOf(openEmbedded({ dataDir: join(file, 'data') }))).to.match(
      /The data folder .* can't be written to .* Check DATA_DIR/,
    );
  });
});

describe('embedded store: what is written down', () => {
  let dataDir: string;
  let store: Store;
  beforeEach(async () => {
    dataDir = folder();
    store = await openEmbedded({ dataDir });
  });
  afterEach(() => store.close());

  it('every version has its place in one order, without gaps, and the SHA-256 of its text', async () => {
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) => commit(store, update(`Patient/${index % 7}`, { note: `${index}` }))),
    );
    await store.transact([creation('Patient/x', { note: 'long '.repeat(20_000) })]);
    await store.transact([creation('Patient/y'), creation('Patient/x')]).catch(() => undefined);
    await commit(store, deletion('Patient/x'));
    const rows = inspect<{ seq: number; id: string; vid: number; hash: Buffer }>(
      dataDir,
      'SELECT seq, id, vid, hash FROM version ORDER BY seq',
    );
    expect(rows.map(({ seq }) => seq)).to.deep.equal(Array.from({ length: results.length + 2 }, (_, index) => index + 1));
    for (const { id, vid, hash } of rows) {
      const version = await store.readVersion({ type: 'Patient', id }, String(vid), anyone);
      expect(hash.toString('hex')).to.equal(
        createHash('sha256')
          .update(version?.text ?? 'none')
          .digest('hex'),
      );
    }
  });

  it('a deleted or changed name leaves no trace in the indexes', async () => {
    await commit(store, creation('Patient/1', { entries: [text('name', 'verdi'), text('name', 'bianchi')] }));
    await commit(store, creation('Patient/2', { entries: [text('name', 'bianchi')] }));
    await commit(store, update('Patient/1', { entries: [text('name', 'neri')] }));
    expect(await found(store, 'Patient', hasText('name', 'contains', 'ianc'))).to.deep.equal(['Patient/2']);
    await commit(store, deletion('Patient/2'));
    expect(inspect(dataDir, 'SELECT value FROM string_value')).to.deep.equal([{ value: 'neri' }]);
    expect(inspect(dataDir, 'SELECT gram FROM trigram ORDER BY gram')).to.deep.equal([{ gram: 'eri' }, { gram: 'ner' }]);
    expect(inspect(dataDir, 'SELECT value FROM ix_string')).to.deep.equal([{ value: 'neri' }]);
  });

  it('an index row that an update keeps is not written again', async () => {
    const entries = Array.from({ length: 30 }, (_, index) => token('code', 's', `c${index}`));
    await commit(store, creation('Patient/1', { entries }));
    await commit(store, update('Patient/1', { entries: [...entries.slice(1), token('code', 's', 'new')] }));
    expect(inspect<{ n: number }>(dataDir, 'SELECT count(*) AS n FROM ix_token')).to.deep.equal([{ n: 30 }]);
    expect(await found(store, 'Patient', hasToken('code', 'c0'))).to.deep.equal([]);
    expect(await found(store, 'Patient', hasToken('code', 'new'))).to.deep.equal(['Patient/1']);
  });

  it('what is asked before closing is committed before it is closed', async () => {
    const own = join(folder(), 'own');
    const closing = await openEmbedded({ dataDir: own });
    const writes = Array.from({ length: 500 }, (_, index) => closing.transact([creation(`Patient/${index}`)]));
    await closing.close();
    await Promise.all(writes);
    expect(await refusalOf(closing.transact([creation('Patient/late')]))).to.equal('The store is closed.');
    expect(inspect(own, 'SELECT count(*) AS n FROM resource')).to.deep.equal([{ n: 500 }]);
  });
});

describe('embedded store: crashes and copies', () => {
  /** Starts a process that creates resources; `acknowledged` fills as they are committed. */
  function startLoad(dataDir: string) {
    const script = fileURLToPath(new URL('../support/store-load.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx/esm', script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
    const acknowledged: string[] = [];
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => acknowledged.push(line));
    const reached = async (count: number) => {
      while (acknowledged.length < count) await once(lines, 'line');
    };
    return { child, acknowledged, reached };
  }

  it('SIGKILL in the middle of creates loses nothing that was acknowledged', async function () {
    this.timeout(60_000);
    for (const count of [50, 400]) {
      const dataDir = folder();
      const { child, acknowledged, reached } = startLoad(dataDir);
      await reached(count);
      child.kill('SIGKILL');
      await once(child, 'close');
      expect(acknowledged.length).to.be.at.least(count);
      const store = await openEmbedded({ dataDir });
      const versions = await store.readMany(acknowledged.map(keyOf), anyone);
      expect(versions.map(nameOf)).to.deep.equal(acknowledged);
      // Each is whole: text, index and compartment.
      const { total } = await store.search(
        queryOf(['Observation'], { criterion: hasText('note', 'contains', 'made as number'), count: 0, total: 'accurate' }),
      );
      const everything = await store.search(queryOf(['Observation'], { criterion: all, count: 0, total: 'accurate' }));
      expect(total).to.equal(everything.total).and.to.be.at.least(acknowledged.length);
      await commit(store, creation('Observation/after'));
      await store.close();
      expect(integrity(dataDir)).to.deep.equal(sound);
    }
  });

  it('another process copies a store that goes on writing; the copy is a store', async function () {
    this.timeout(60_000);
    const dataDir = folder();
    const { child, acknowledged, reached } = startLoad(dataDir);
    try {
      await reached(200);
      const before = [...acknowledged];
      const copyDir = folder();
      const shares: number[] = [];
      await backup(dataDir, databaseFile(copyDir), ({ pagesDone, pagesTotal }) => shares.push(pagesDone / pagesTotal));
      expect(shares).to.deep.equal([...shares].sort((one, other) => one - other));
      expect(shares.at(-1)).to.equal(1);
      await reached(acknowledged.length + 50);
      expect(integrity(copyDir)).to.deep.equal(sound);
      const copy = await openEmbedded({ dataDir: copyDir });
      expect((await copy.readMany(before.map(keyOf), anyone)).map(nameOf)).to.deep.equal(before);
      await commit(copy, creation('Patient/in-the-copy'));
      await copy.close();
    } finally {
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });

  it('a copy never overwrites, and what failed leaves no file', async () => {
    const dataDir = folder();
    await (await openEmbedded({ dataDir })).close();
    const target = join(folder(), 'copy.db');
    await backup(dataDir, target);
    expect(statSync(target).mode & 0o077, 'the copy is readable by its owner alone').to.equal(0);
    expect(await refusalOf(backup(dataDir, target))).to.match(/exists\. A backup never overwrites/);
    expect(await refusalOf(backup(folder(), join(folder(), 'copy.db')))).to.match(/There is no database at/);
    expect(await refusalOf(backup(dataDir, join(folder(), 'missing', 'copy.db')))).to.match(
      /The backup to .* failed .* Check the folder/,
    );
    const stopped = folder();
    const stop = () => {
      throw new Error('interrupted');
    };
    expect(await refusalOf(backup(dataDir, join(stopped, 'copy.db'), stop))).to.match(/failed \(interrupted\)/);
    expect(readdirSync(stopped)).to.deep.equal([]);
    const broken = folder();
    writeFileSync(databaseFile(broken), 'no database '.repeat(500));
    const nowhere = folder();
    expect(await refusalOf(backup(broken, join(nowhere, 'copy.db')))).to.match(/The backup to .* failed/);
    expect(readdirSync(nowhere)).to.deep.equal([]);
  });
});
