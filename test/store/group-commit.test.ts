/** What a failing database does to those who write. */
import type { Database } from 'better-sqlite3';
import { expect } from 'chai';
import type { IndexEntry } from '../../src/search/index-entry.ts';
import { openWriter, prepareDatabase } from '../../src/store/embedded/connection.ts';
import { GroupCommit } from '../../src/store/embedded/group-commit.ts';
import { SqliteDatabase } from '../../src/store/embedded/sqlite.ts';
import type { Write } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { creation, text, token, update } from './contract-fixtures.ts';

const folder = temporaryFolder('fascicolo-commit-');

describe('embedded store: group commit', () => {
  let database: Database;
  let group: GroupCommit;
  beforeEach(() => {
    const dataDir = folder();
    prepareDatabase(dataDir);
    database = openWriter(dataDir);
    group = new GroupCommit(database);
  });
  afterEach(() => {
    database.close();
  });

  const commit = (...requests: readonly (readonly Write[])[]) => group.commit(requests.map((writes) => ({ now: 1000, writes })));
  const kinds = (...requests: readonly (readonly Write[])[]) => commit(...requests).map(({ kind }) => kind);
  const stored = () => database.prepare('SELECT id FROM resource ORDER BY id').pluck().all();

  it('is durable: every commit is synchronised', () => {
    // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
    expect(database.pragma('synchronous', { simple: true })).to.equal(2);
    expect(database.pragma('journal_mode', { simple: true })).to.equal('wal');
    expect(database.pragma('page_size', { simple: true })).to.equal(8192);
  });

  it('a request that fails leaves those beside it alone', () => {
    const answers = kinds(
      [creation('Patient/1')],
      [creation('Patient/2'), creation('Patient/1')],
      [creation('Patient/3')],
      [update('Patient/3', { expect: { kind: 'version', versionId: '1' } })],
      [update('Patient/3', { expect: { kind: 'version', versionId: '1' } })],
    );
    expect(answers).to.deep.equal(['committed', 'expectation', 'committed', 'committed', 'expectation']);
    expect(stored()).to.deep.equal(['1', '3']);
  });

  it('names first used by a request that failed are numbered anew', () => {
    const entries = [token('new-parameter', 'urn:new-system', 'x')];
    expect(
      kinds(
        [creation('Patient/1')],
        [creation('Patient/2', { entries }), creation('Patient/1')],
        [creation('Patient/3', { entries })],
      ),
    ).to.deep.equal(['committed', 'expectation', 'committed']);
    const row = database
      .prepare('SELECT p.code, t.text FROM ix_token x JOIN parameter p ON p.p = x.p JOIN term t ON t.id = x.term')
      .get();
    expect(row).to.deep.equal({ code: 'new-parameter', text: 'urn:new-system' });
  });

  it('a full disk refuses the requests as unavailable, keeps what was there, and passes', () => {
    expect(kinds([creation('Patient/1', { entries: [token('tag', 's', 'x')] })])).to.deep.equal(['committed']);
    const pages = database.pragma('page_count', { simple: true });
    database.pragma(`max_page_count = ${String(pages)}`);
    const large = creation('Patient/2', { note: 'x'.repeat(10_000), entries: [text('name', 'y'.repeat(50_000))] });
    expect(kinds([large], [creation('Patient/3', { note: 'z'.repeat(9000) })])).to.satisfy((answers: readonly string[]) =>
      answers.every((kind) => kind === 'unavailable'),
    );
    expect(commit([large])[0]).to.deep.include({ kind: 'unavailable', code: 'SQLITE_FULL' });
    expect(stored()).to.deep.equal(['1']);
    database.pragma('max_page_count = 1000000');
    expect(kinds([large], [update('Patient/1')])).to.deep.equal(['committed', 'committed']);
    expect(stored()).to.deep.equal(['1', '2']);
    expect(database.pragma('integrity_check', { simple: true })).to.equal('ok');
  });

  it('a lock that another process holds on the database is waited for, then answered as unavailable', () => {
    database.pragma('busy_timeout = 50');
    const other = new SqliteDatabase(database.name);
    other.exec('BEGIN IMMEDIATE');
    expect(kinds([creation('Patient/1')])).to.deep.equal(['unavailable']);
    other.exec('ROLLBACK');
    other.close();
    expect(kinds([creation('Patient/1')])).to.deep.equal(['committed']);
  });

  it('a fault of our own is told as one, and the next request is served', () => {
    // What no type lets through: an entry without its code.
    const entry = { ...token('tag', 's', 'x'), code: undefined } as unknown as IndexEntry;
    const broken: Write = creation('Patient/1', { entries: [entry] });
    const [answer] = commit([broken]);
    expect(answer?.kind).to.equal('failed');
    expect(kinds([creation('Patient/1')])).to.deep.equal(['committed']);
  });

  it('time never goes back, also after a start with an earlier clock', () => {
    group.commit([{ now: 5000, writes: [creation('Patient/1')] }]);
    const [early] = group.commit([{ now: 3000, writes: [creation('Patient/2')] }]);
    const [again] = new GroupCommit(database).commit([{ now: 2000, writes: [creation('Patient/3')] }]);
    for (const answer of [early, again]) {
      expect(answer?.kind === 'committed' ? answer.applied[0]?.lastUpdated : undefined).to.equal(5000);
    }
  });
});
