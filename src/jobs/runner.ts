/**
 * Takes jobs up, one after the other, and sees each to an end: done, failed, or given to the next attempt. Of several servers over one store
 * each job is in the hands of one; when that one dies, its claim runs out and another goes on from what was saved. A job that gets nowhere
 * several times in a row has failed: it is never "in progress" for ever.
 */
import { limits } from '../fhir/limits.ts';
import { type Log, logFailure } from '../fhir/log-failure.ts';
import { exception, FhirError } from '../fhir/outcome.ts';
import type { JsonValue } from '../fhir/types.ts';
import type { Job, JobStore } from '../store/job-store.ts';
import { ClaimedTask, JobStopped, type Worker } from './task.ts';

export interface RunnerSettings {
  readonly store: JobStore;
  /** By kind of job. */
  readonly workers: ReadonlyMap<string, Worker>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
  readonly log: Log;
  /** How long a claim holds without a sign of life; default: a minute. */
  readonly leaseMs?: number;
  /** How often the store is asked for jobs that others left, and for what has expired; default: 15 seconds. */
  readonly tickMs?: number;
}

const defaultLeaseMs = 60_000;
const defaultTickMs = 15_000;
/** How long a worker may take to come to where it can stop. */
const stopMsMax = 10_000;
/** After an attempt that came to nothing. */
const retryMs = 10_000;

export class JobRunner {
  readonly #settings: RunnerSettings;
  readonly #leaseMs: number;
  readonly #running = new Map<ClaimedTask, Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #closed = false;
  /** At the start of the only server, whoever claimed a job is gone. */
  #claimsAreDead: boolean;

  constructor(settings: RunnerSettings) {
    this.#settings = settings;
    this.#claimsAreDead = settings.store.exclusive;
    this.#leaseMs = settings.leaseMs ?? defaultLeaseMs;
    this.#timer = setInterval(() => this.wake(), settings.tickMs ?? defaultTickMs);
    // Nothing to run is no reason to keep the process alive.
    this.#timer.unref();
  }

  /** Looks for work now. */
  wake(): void {
    this.#lookAgain = true;
    this.#looking ??= this.#lookRepeatedly();
  }

  /** Stops what runs where it is and gives it back. What does not stop in time is left to its claim, which runs out. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const task of this.#running.keys()) task.stop();
    let late: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      late = setTimeout(resolve, stopMsMax);
    });
    const stopped = (async () => {
      await this.#looking;
      await Promise.all(this.#running.values());
    })();
    await Promise.race([stopped, patience]);
    clearTimeout(late);
  }

  async #lookRepeatedly(): Promise<void> {
    while (this.#lookAgain && !this.#closed) {
      this.#lookAgain = false;
      try {
        await this.#look();
      } catch (error) {
        // The store can't be reached: the next tick asks again.
        logFailure(this.#settings.log, 'Jobs can not be looked for.', error, {});
      }
    }
    this.#looking = undefined;
  }

  async #look(): Promise<void> {
    const { store, now } = this.#settings;
    const jobs = [...(await store.list())].sort((one, other) => one.createdAt - other.createdAt);
    for (const job of jobs) {
      if (this.#closed) return;
      // Its own time is not over, whoever has it.
      if (job.until > now() && !(this.#claimsAreDead && isClaimed(job))) continue;
      if (job.state === 'waiting' || job.state === 'running') await this.#takeUp(job);
      else await store.remove(job.id);
    }
    this.#claimsAreDead = false;
  }

  async #takeUp(job: Job): Promise<void> {
    const { store, now, workers } = this.#settings;
    const worker = workers.get(job.kind);
    // A newer server's job, on the way through an update: it will take it up.
    if (worker === undefined || this.#running.size >= limits.jobsRunningMax) return;
    const claim = { ...job, attempt: job.attempt + 1, failures: job.failures + 1, until: now() + this.#leaseMs };
    const claimed = await store.replace({ ...claim, state: 'running' });
    if (claimed === undefined) return;
    const task = new ClaimedTask(claimed, {
      store,
      now,
      leaseMs: this.#leaseMs,
      heartbeatMs: this.#leaseMs / 4,
      onHeartbeatFailure: (error) => logFailure(this.#settings.log, 'A job could not be kept alive.', error, { job: job.id }),
    });
    if (this.#closed) task.stop();
    this.#running.set(task, this.#carryOut(task, worker));
  }

  async #carryOut(task: ClaimedTask, worker: Worker): Promise<void> {
    const { now, log } = this.#settings;
    const { id, kind, attempt } = task.job;
    log('info', 'job taken up', { job: id, kind, attempt });
    try {
      // A job that ended its last attempts without a word, as when the process died, gets no further one.
      if (task.job.failures > limits.jobFailuresMax) throw exception('The job ended unexpectedly several times in a row.');
      await worker(task);
      await task.finish({ state: 'done', until: now() + limits.jobKeptMs });
      log('info', 'job done', { job: id, kind });
    } catch (error) {
      await this.#end(task, error).catch((failure: unknown) =>
        // Its claim runs out, and somebody takes it up again.
        logFailure(this.#settings.log, 'The end of a job could not be saved.', failure, { job: id, kind }),
      );
    } finally {
      await task.close();
      this.#running.delete(task);
      this.wake();
    }
  }

  /** Stopped or cancelled: given back at once. Refused: failed. Unexpected or transient: tried again, a few times. */
  async #end(task: ClaimedTask, error: unknown): Promise<void> {
    const { store, now, log } = this.#settings;
    const { id, kind, failures } = task.job;
    // Whatever a cancelled job meets among files that are no longer there is no failure.
    if (error instanceof JobStopped || task.signal.aborted || (await store.read(id)) === undefined) {
      log('info', 'job stopped', { job: id, kind });
      await task.finish({ state: 'waiting', until: now(), failures: Math.max(0, failures - 1) });
      return;
    }
    const failure = error instanceof FhirError ? error : this.#concealed(error, { job: id, kind });
    if (failure.status >= 500 && failures < limits.jobFailuresMax) {
      await task.finish({ state: 'waiting', until: now() + retryMs });
      log('warn', 'job put off', { job: id, kind, status: failure.status, failures });
      return;
    }
    log('warn', 'job failed', { job: id, kind, status: failure.status });
    const { status, issues } = failure;
    await task.finish({ state: 'failed', until: now() + limits.jobKeptMs, failure: { status, issues } });
  }

  #concealed(error: unknown, details: Record<string, JsonValue>): FhirError {
    const incident = this.#settings.newId();
    logFailure(this.#settings.log, 'incident', error, { ...details, incident });
    return exception(
      `The server failed on this job. Nothing is known to be wrong with the request; report incident ${incident}.`,
    );
  }
}

function isClaimed({ state }: Job): boolean {
  return state === 'running' || state === 'receiving';
}
