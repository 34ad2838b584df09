/** What every store of jobs must do: `describeJobStore('name', open)` in a test file of each adapter. */
import { expect } from 'chai';
import type { Job, JobStore } from '../../src/store/job-store.ts';

/** Opens the same store again with each call. */
export type OpenJobStore = () => Promise<JobStore>;

let last = 0;

export function jobOf(parts: Partial<Job> = {}): Job {
  last += 1;
  return {
    id: `0190-${last}`,
    revision: 0,
    kind: 'test',
    owner: 'somebody',
    state: 'waiting',
    createdAt: 1,
    until: 2,
    attempt: 0,
    failures: 0,
    request: { 'a.b': { $set: 'x' } },
    progress: {},
    note: '',
    files: [],
    ...parts,
  };
}

export async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

export function describeJobStore(name: string, open: OpenJobStore): void {
  describe(`job store contract: ${name}`, () => {
    let store: JobStore;
    before(async () => {
      store = await open();
    });
    after(() => store.close());

    const bytes = (text: string) => Buffer.from(text);
    const fails = async (work: Promise<unknown>) =>
      expect(
        await work.then(
          () => 'done',
          () => 'failed',
        ),
      ).to.equal('failed');

    it('keeps a job as it is, also when it is opened again', async () => {
      const job = jobOf({
        files: [{ name: 'a', role: 'output', type: 'Patient', count: 1, bytes: 2 }],
        failure: { status: 500, issues: [] },
      });
      await store.insert(job);
      expect(await store.read(job.id)).to.deep.equal(job);
      await fails(store.insert(job));
      const again = await open();
      expect(await again.read(job.id)).to.deep.equal(job);
      await again.close();
    });

    it('knows of no job with another id', async () => {
      for (const id of ['unknown', '..', '../jobs', '', 'a/b']) expect(await store.read(id)).to.equal(undefined);
    });

    it('lists all jobs', async () => {
      const jobs = [jobOf(), jobOf()];
      for (const job of jobs) await store.insert(job);
      const listed = await store.list();
      for (const job of jobs) expect(listed).to.deep.include(job);
    });

    it('replaces a job only by the revision that stands, so that of many who claim it one gets it', async () => {
      const job = jobOf();
      await store.insert(job);
      const claims = await Promise.all(
        Array.from({ length: 16 }, (_, index) => store.replace({ ...job, state: 'running', owner: `node ${index}` })),
      );
      const won = claims.filter((claim) => claim !== undefined);
      expect(won).to.have.length(1);
      expect(won[0]?.revision).to.equal(1);
      expect(await store.read(job.id)).to.deep.equal(won[0]);
      expect(await store.replace(job)).to.equal(undefined);
    });

    it('removes a job with its files; then nothing can be replaced, appended or read', async () => {
      const job = jobOf();
      await store.insert(job);
      await store.append(job.id, 'f.ndjson', 0, bytes('abc'));
      await store.remove(job.id);
      await store.remove(job.id);
      expect(await store.read(job.id)).to.equal(undefined);
      expect((await store.list()).map(({ id }) => id)).not.to.include(job.id);
      expect(await store.replace(job)).to.equal(undefined);
      await fails(store.append(job.id, 'f.ndjson', 3, bytes('d')));
      await fails(textOf(store.readFile(job.id, 'f.ndjson', { start: 0, end: 3 })));
    });

    it('appends, writes over what an interrupted attempt left, and reads ranges', async () => {
      const job = jobOf();
      await store.insert(job);
      await store.append(job.id, 'f.ndjson', 0, bytes('one\n'));
      await store.append(job.id, 'f.ndjson', 4, bytes('lost and longer\n'));
      await store.append(job.id, 'f.ndjson', 4, bytes('two\n'));
      await store.append(job.id, 'g.ndjson', 0, bytes('other'));
      const read = (start: number, end: number) => textOf(store.readFile(job.id, 'f.ndjson', { start, end }));
      expect(await read(0, 8)).to.equal('one\ntwo\n');
      expect(await read(2, 6)).to.equal('e\ntw');
      expect(await read(3, 3)).to.equal('');
      await fails(read(0, 9));
      expect(await textOf(store.readFile(job.id, 'g.ndjson', { start: 0, end: 5 }))).to.equal('other');
    });

    it('keeps files longer than one piece', async () => {
      const job = jobOf();
      await store.insert(job);
      const long = Buffer.alloc(9 * 1024 * 1024, 'abcdefghijklmnopqrstuvwxyz');
      await store.append(job.id, 'long', 0, long);
      await store.append(job.id, 'long', long.length, bytes('end'));
      const start = 4 * 1024 * 1024 - 5;
      const found = await textOf(store.readFile(job.id, 'long', { start, end: long.length + 3 }));
      expect(found === `${long.subarray(start).toString()}end`).to.equal(true);
    });

    it('refuses names that lead elsewhere', async () => {
      const job = jobOf();
      await store.insert(job);
      for (const file of ['../job.json', '.hidden', 'a/b', '']) await fails(store.append(job.id, file, 0, bytes('x')));
    });
  });
}
