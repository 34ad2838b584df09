/** A job in the hands of one server: saved as it goes on, kept alive by a heartbeat, given up when somebody else has it or it is cancelled. */
import type { JsonObject } from '../fhir/types.ts';
import type { Job, JobFile, JobStore } from '../store/job-store.ts';

/** What a worker is given. */
export interface Task {
  /** The job as it was last saved. */
  readonly job: Job;
  /** Set when the work must stop: the job is cancelled or taken over, or the server closes. */
  readonly signal: AbortSignal;
  /**
   * Saves how far the work is: from here the next attempt goes on. Throws `JobStopped` when the work must stop; what was not saved by then is
   * done again.
   */
  save(progress: Progress): Promise<void>;
  append(file: string, offset: number, bytes: Uint8Array): Promise<void>;
  readFile(file: JobFile, start?: number): AsyncIterable<Uint8Array>;
}

export interface Progress {
  readonly progress: JsonObject;
  readonly note: string;
  readonly files: readonly JobFile[];
}

/** Does a job's work from where the last attempt saved it, to the end. Throws FhirError when it can't be done. */
export type Worker = (task: Task) => Promise<void>;

/** The work stops here, and that is no failure of it. */
export class JobStopped extends Error {}

export interface TaskSettings {
  readonly store: JobStore;
  readonly now: () => number;
  /** How long a claim holds without a sign of life, and how often there is one, in milliseconds. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly onHeartbeatFailure: (error: unknown) => void;
}

/** Opens a job that was just claimed; `close` it whatever comes. */
export class ClaimedTask implements Task {
  readonly #settings: TaskSettings;
  readonly #stop = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  #job: Job;
  /** One change after the other: each builds on the revision that the one before made. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(job: Job, settings: TaskSettings) {
    this.#job = job;
    this.#settings = settings;
    this.#heartbeat = setInterval(() => {
      this.#change((current) => current).catch((error: unknown) => {
        if (!(error instanceof JobStopped)) settings.onHeartbeatFailure(error);
      });
    }, settings.heartbeatMs);
  }

  get job(): Job {
    return this.#job;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  async save(progress: Progress): Promise<void> {
    if (this.signal.aborted) throw new JobStopped();
    await this.#change((job) => ({ ...job, ...progress, failures: 0 }));
  }

  /** The last change: another state. Nothing happens when the job is no longer this server's. */
  async finish(changes: Partial<Job>): Promise<void> {
    clearInterval(this.#heartbeat);
    try {
      await this.#change((job) => ({ ...job, ...changes }), false);
    } catch (error) {
      if (!(error instanceof JobStopped)) throw error;
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await this.#turn;
  }

  append(file: string, offset: number, bytes: Uint8Array): Promise<void> {
    if (this.signal.aborted) return Promise.reject(new JobStopped());
    return this.#settings.store.append(this.#job.id, file, offset, bytes);
  }

  readFile({ name, bytes }: JobFile, start = 0): AsyncIterable<Uint8Array> {
    return this.#settings.store.readFile(this.#job.id, name, { start, end: bytes });
  }

  #change(change: (job: Job) => Job, renew = true): Promise<void> {
    const { store, now, leaseMs } = this.#settings;
    const work = async (): Promise<void> => {
      const changed = change(this.#job);
      const replaced = await store.replace(renew ? { ...changed, until: now() + leaseMs } : changed);
      if (replaced === undefined) {
        this.stop();
        throw new JobStopped();
      }
      this.#job = replaced;
    };
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
