/**
 * Where work that outlives its request keeps its state and its files: so that a restart goes on with it, and with MongoDB another server does.
 * Adapters: a folder beside the embedded store (`embedded/job-folder.ts`), collections of MongoDB (`mongodb/jobs.ts`).
 */
import type { Issue } from '../fhir/outcome.ts';
import type { JsonObject } from '../fhir/types.ts';

export interface Job {
  readonly id: string;
  /** Raised by every `replace`. */
  readonly revision: number;
  /** Which work it is: names the worker. */
  readonly kind: string;
  /** Whose it is: nobody else may know of it. */
  readonly owner: string;
  /** `receiving`: its source is still coming in. `waiting`: for a server to take it up. */
  readonly state: 'receiving' | 'waiting' | 'running' | 'done' | 'failed';
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970. Receiving, running: the claim holds until then. Waiting: not to be taken up before. Done, failed: kept until then. */
  readonly until: number;
  /** How often it was taken up. Each attempt names its files after this number, so that none writes into another's. */
  readonly attempt: number;
  /** Attempts since it last got any further. */
  readonly failures: number;
  /** What was asked: the worker's own. */
  readonly request: JsonObject;
  /** How far it is: the worker's own. */
  readonly progress: JsonObject;
  /** How far it is, for people; under 100 characters, no personal data. */
  readonly note: string;
  readonly files: readonly JobFile[];
  /** Of a failed one: what its owner is told. */
  readonly failure?: { readonly status: number; readonly issues: readonly Issue[] };
}

export interface JobFile {
  readonly name: string;
  /** `source` and `scratch` are the worker's own; the others are for the owner. */
  readonly role: 'source' | 'scratch' | 'output' | 'deleted' | 'error';
  /** The resource type of its lines: what reading it needs a right on. */
  readonly type: string;
  /** Lines. */
  readonly count: number;
  /** Bytes that count: what may stand behind them was written by an attempt that came to nothing. */
  readonly bytes: number;
}

export interface JobStore {
  /** No other server uses it, so that a claim found when it is opened is a dead one's. */
  readonly exclusive: boolean;
  /** Durable when it resolves. */
  insert(job: Job): Promise<void>;
  read(id: string): Promise<Job | undefined>;
  /** All of them. What a removal that was cut off has left of others goes. */
  list(): Promise<readonly Job[]>;
  /**
   * Puts the job in the place of the one with its id and revision, and gives it with its new revision. Undefined when that one is gone or was
   * replaced by somebody else: then nothing was written. Durable when it resolves.
   */
  replace(job: Job): Promise<Job | undefined>;
  /** The job and its files; nothing happens when there is none. */
  remove(id: string): Promise<void>;
  /**
   * Puts the bytes behind the first `offset` bytes of the job's file, making it when it is new. The offset is where the file ended once; what
   * stands behind it is gone. Durable when it resolves. Throws when the job is gone.
   */
  append(id: string, file: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** The bytes from `start` up to `end`, in pieces. Throws when they are gone. */
  readFile(id: string, file: string, range: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** What names a file in a job's folder: nothing that could lead out of it. */
export const fileNamePattern = /^[A-Za-z0-9][A-Za-z0-9.-]{0,79}$/;
