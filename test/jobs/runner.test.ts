import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { invalidValue, transient } from '../../src/fhir/outcome.ts';
import { JobRunner } from '../../src/jobs/runner.ts';
import { JobStopped, type Task, type Worker } from '../../src/jobs/task.ts';
import type { Job, JobStore } from '../../src/store/job-store.ts';
import { openJobStore } from '../../src/store/open.ts';
import { jobOf } from '../store/job-store-contract.ts';

/** A store whose changes a test can wait for. */
function observed(store: JobStore, exclusive: boolean) {
  const waiting: (() => void)[] = [];
  const told = <T>(result: T): T => {
    for (const check of waiting.splice(0)) check();
    return result;
  };
  const watched: JobStore = {
    exclusive,
    insert: (job) => store.insert(job),
    read: (id) => store.read(id),
    list: () => store.list(),
    replace: async (job) => told(await store.replace(job)),
    remove: async (id) => told(await store.remove(id)),
    append: (...wanted) => store.append(...wanted),
    readFile: (...wanted) => store.readFile(...wanted),
    close: () => store.close(),
  };
  const until = async (id: string, holds: (job: Job | undefined) => boolean): Promise<Job | undefined> => {
    for (;;) {
      const change = new Promise<void>((resolve) => waiting.push(resolve));
      const job = await store.read(id);
      if (holds(job)) return job;
      await change;
    }
  };
  return { store: watched, until };
}

describe('jobs/runner', () => {
  let folder: string;
  let watched: ReturnType<typeof observed>;
  let time = 1_000_000;
  const lines: string[] = [];
  const runners: JobRunner[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fascicolo-runner-'));
    watched = observed(await openJobStore({ dataDir: folder }), false);
    lines.length = 0;
  });
  afterEach(async () => {
    for (const runner of runners.splice(0)) await runner.close();
    await rm(folder, { recursive: true, force: true });
  });

  function run(worker: Worker, more: { readonly leaseMs?: number } = {}): JobRunner {
    const runner = new JobRunner({
      store: watched.store,
      workers: new Map([['test', worker]]),
      now: () => time,
      newId: () => 'incident-1',
      log: (_level, message, details) => lines.push(`${message} ${JSON.stringify(details ?? {})}`),
      ...more,
    });
    runners.push(runner);
    runner.wake();
    return runner;
  }
  const add = async (parts: Partial<Job> = {}): Promise<string> => {
    const job = jobOf({ createdAt: time, until: time, ...parts });
    await watched.store.insert(job);
    return job.id;
  };
  const ended = (id: string) => watched.until(id, (job) => job?.state === 'done' || job?.state === 'failed');
  const progress = (step: number) => ({ progress: { step }, note: `step ${step}`, files: [] });

  it('does the work and keeps the result until it expires', async () => {
    const id = await add();
    const runner = run((task) => task.save(progress(1)));
    expect(await ended(id)).to.deep.include({ state: 'done', progress: { step: 1 }, attempt: 1, until: time + limits.jobKeptMs });
    time += limits.jobKeptMs;
    runner.wake();
    expect(await watched.until(id, (job) => job === undefined)).to.equal(undefined);
  });

  it('tells the owner of a refusal at once', async () => {
    const id = await add();
    run(async () => {
      throw invalidValue('Not so.');
    });
    const job = await ended(id);
    expect(job?.failure?.status).to.equal(400);
    expect(job?.failure?.issues[0]?.text).to.equal('Not so.');
  });

  it('tries again after an unexpected failure, from where it was saved, and gives up when it gets nowhere', async () => {
    const id = await add();
    const seen: unknown[] = [];
    const runner = run(async (task) => {
      seen.push(task.job.progress['step'] ?? 0);
      if (seen.length === 1) await task.save(progress(1));
      throw new Error('Rossi Maria');
    });
    for (let attempt = 1; attempt < 1 + limits.jobFailuresMax; attempt += 1) {
      await watched.until(id, (job) => job?.state === 'waiting' && job.attempt === attempt);
      time += 60_000;
      runner.wake();
    }
    const job = await ended(id);
    // The first attempt got further, so it does not count.
    expect(seen).to.deep.equal([0, 1, 1, 1]);
    expect(job?.failure).to.deep.include({ status: 500 });
    expect(JSON.stringify(job?.failure)).to.include('incident-1').and.not.to.include('Rossi');
    expect(lines.filter((line) => line.startsWith('incident ')).join())
      .to.include('runner.test')
      .and.not.to.include('Rossi');
  });

  it('waits while the store can not be reached, and says so when that does not end', async () => {
    const id = await add();
    const runner = run(async () => {
      throw transient('Not now.');
    });
    for (let attempt = 1; attempt < limits.jobFailuresMax; attempt += 1) {
      await watched.until(id, (job) => job?.state === 'waiting' && job.attempt === attempt);
      time += 60_000;
      runner.wake();
    }
    expect((await ended(id))?.failure?.status).to.equal(503);
  });

  it('never leaves a job in progress: one whose servers keep dying has failed', async () => {
    // As three killed servers leave it: claimed, never saved, its claim run out.
    const id = await add({ state: 'running', attempt: 3, failures: limits.jobFailuresMax, until: time - 1 });
    let taken = 0;
    run(async () => {
      taken += 1;
    });
    expect((await ended(id))?.failure?.status).to.equal(500);
    expect(taken).to.equal(0);
  });

  it('leaves a job alone while another server’s claim on it holds, and goes on with it afterwards', async () => {
    const id = await add({ state: 'running', attempt: 1, failures: 1, until: time + 60_000, progress: { step: 7 } });
    const other = await add();
    const seen: unknown[] = [];
    const runner = run(async (task) => {
      if (task.job.id === id) seen.push(task.job.progress['step']);
    });
    await ended(other);
    expect(seen).to.deep.equal([]);
    time += 60_000;
    runner.wake();
    await ended(id);
    expect(seen).to.deep.equal([7]);
  });

  it('that is the only server takes up at its start what its dead predecessor had claimed', async () => {
    watched = observed(await openJobStore({ dataDir: folder }), true);
    const id = await add({ state: 'running', attempt: 1, failures: 0, until: time + 60_000, progress: { step: 7 } });
    const half = await add({ state: 'receiving', until: time + 60_000 });
    run(async () => undefined);
    expect(await ended(id)).to.deep.include({ state: 'done', attempt: 2, progress: { step: 7 } });
    expect(await watched.until(half, (job) => job === undefined)).to.equal(undefined);
  });

  it('is kept alive by its heartbeat, and stops its work once somebody else has the job', async () => {
    const id = await add();
    let stopped: unknown;
    run(
      async (task) => {
        // Somebody who thinks that this server is dead.
        await watched.store.replace({ ...task.job, attempt: 2, until: time + 60_000 });
        await new Promise((resolve) => task.signal.addEventListener('abort', resolve));
        stopped = await task.save(progress(1)).catch((error: unknown) => error);
        throw stopped;
      },
      { leaseMs: 40 },
    );
    await watched.until(id, () => stopped !== undefined);
    expect(stopped).to.be.instanceOf(JobStopped);
    expect(await watched.store.read(id)).to.deep.include({ attempt: 2, state: 'running', progress: {} });
  });

  it('stops a cancelled job', async () => {
    const id = await add();
    const result = new Promise((resolve) => {
      run(async (task) => {
        await watched.store.remove(id);
        resolve(await task.save(progress(1)).catch((error: unknown) => error));
        throw new JobStopped();
      });
    });
    expect(await result).to.be.instanceOf(JobStopped);
    expect(await watched.store.read(id)).to.equal(undefined);
  });

  it('takes what a cancelled job meets among files that are gone for its end, not for a failure', async () => {
    const id = await add();
    const runner = run(async (task) => {
      await watched.store.remove(id);
      await task.append('Patient-1.ndjson', 0, Buffer.from('x'));
    });
    await watched.until(id, (job) => job === undefined);
    await runner.close();
    expect(lines.map((line) => line.split(' {')[0])).to.deep.equal(['job taken up', 'job stopped']);
  });

  it('gives its jobs back when the server closes, without counting that as a failure', async () => {
    const id = await add();
    let task: Task | undefined;
    const runner = run(async (given) => {
      task = given;
      await given.save(progress(3));
      await new Promise((resolve) => given.signal.addEventListener('abort', resolve));
      await given.save(progress(4));
    });
    await watched.until(id, (job) => job?.progress['step'] === 3);
    await runner.close();
    expect(task?.signal.aborted).to.equal(true);
    expect(await watched.store.read(id)).to.deep.include({ state: 'waiting', progress: { step: 3 }, failures: 0, until: time });
    run(async (given) => given.save(progress(Number(given.job.progress['step']) + 10)));
    expect(await ended(id)).to.deep.include({ state: 'done', attempt: 2, progress: { step: 13 } });
  });

  it(`works on ${limits.jobsRunningMax} jobs at a time, the oldest first`, async () => {
    const ids = [await add({ createdAt: time - 1 }), await add({ createdAt: time - 3 }), await add({ createdAt: time - 2 })];
    const order: number[] = [];
    const open: (() => void)[] = [];
    run(async (task) => {
      order.push(ids.indexOf(task.job.id));
      await new Promise<void>((resolve) => open.push(resolve));
    });
    await watched.until(ids[2] ?? '', (job) => job?.state === 'running');
    expect(order).to.deep.equal([1, 2]);
    open.shift()?.();
    await watched.until(ids[0] ?? '', (job) => job?.state === 'running');
    while (open.length > 0) open.shift()?.();
    for (const id of ids) await ended(id);
  });

  it('leaves a kind of work that it does not know to a newer server', async () => {
    const unknown = await add({ kind: 'newer' });
    const known = await add();
    run(async () => undefined);
    await ended(known);
    expect((await watched.store.read(unknown))?.state).to.equal('waiting');
  });
});
