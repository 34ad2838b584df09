/** Work that outlives its request: begun, found again by who began it, cancelled, and its files. https://hl7.org/fhir/R4/async.html */
import { limits } from '../fhir/limits.ts';
import { FhirError, throttled, tooLarge } from '../fhir/outcome.ts';
import type { JsonObject } from '../fhir/types.ts';
import type { Job, JobFile, JobStore } from '../store/job-store.ts';

export interface Jobs {
  /** Queues work. Throws `throttled` (429) when the owner has too many jobs. */
  start(wanted: WantedJob): Promise<Job>;
  /**
   * Takes in the source of some work, then queues it. Throws `throttled`, and `tooLarge` (413) over `limits.jobSourceBytesMax`; then, and when
   * the source breaks off, nothing is left.
   */
  receive(wanted: WantedJob, source: AsyncIterable<Uint8Array>): Promise<Job>;
  /** The job, when it is the owner's; for everybody else there is none. */
  find(id: string, owner: string): Promise<Job | undefined>;
  /** Ends the job and removes all of it. */
  remove(job: Job): Promise<void>;
  readFile(job: Job, file: JobFile): AsyncIterable<Uint8Array>;
}

export interface WantedJob {
  /** Names the worker. */
  readonly kind: string;
  readonly owner: string;
  readonly request: JsonObject;
}

export interface JobsSettings {
  readonly store: JobStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Called when there is something to take up. */
  readonly wake: () => void;
}

/** The name of the file that `receive` makes. */
export const sourceFile = 'source.ndjson';

export function openJobs({ store, now, newId, wake }: JobsSettings): Jobs {
  const insert = async (wanted: WantedJob, state: 'receiving' | 'waiting'): Promise<Job> => {
    await checkNumber(wanted.owner, store);
    const createdAt = now();
    const until = state === 'receiving' ? createdAt + limits.jobReceiveMsMax : createdAt;
    const counts = { revision: 0, attempt: 0, failures: 0 };
    const job: Job = {
      ...wanted,
      ...counts,
      id: newId(),
      state,
      createdAt,
      until,
      progress: {},
      note: 'Waiting to begin.',
      files: [],
    };
    await store.insert(job);
    return job;
  };
  return {
    async start(wanted) {
      const job = await insert(wanted, 'waiting');
      wake();
      return job;
    },
    async receive(wanted, source) {
      const job = await insert(wanted, 'receiving');
      try {
        const { bytes, lines } = await receiveSource(job.id, source, store);
        const files: readonly JobFile[] = [{ name: sourceFile, role: 'source', type: '', count: lines, bytes }];
        const queued = await store.replace({ ...job, state: 'waiting', until: now(), files });
        if (queued === undefined) throw tooSlow();
        wake();
        return queued;
      } catch (error) {
        await store.remove(job.id);
        throw error;
      }
    },
    async find(id, owner) {
      const job = await store.read(id);
      const kept = job?.owner === owner && (job.state === 'waiting' || job.state === 'running' || job.until > now());
      return kept ? job : undefined;
    },
    remove: (job) => store.remove(job.id),
    readFile: (job, { name, bytes }) => store.readFile(job.id, name, { start: 0, end: bytes }),
  };
}

async function checkNumber(owner: string, store: JobStore): Promise<void> {
  const own = (await store.list()).filter((job) => job.owner === owner);
  const unfinished = own.filter(({ state }) => state !== 'done' && state !== 'failed').length;
  if (unfinished >= limits.jobsUnfinishedMax) {
    throw throttled(
      `This client has ${unfinished} unfinished jobs, which is as many as it may have. Wait for one to end, or cancel one with DELETE.`,
      60,
    );
  }
  if (own.length >= limits.jobsKeptMax) {
    throw throttled(
      `This client has ${own.length} jobs whose results are kept, which is as many as it may have. Remove those that are no longer needed with DELETE.`,
      600,
    );
  }
}

/** Saved piece by piece: no more than one piece is ever in memory. */
async function receiveSource(
  id: string,
  source: AsyncIterable<Uint8Array>,
  store: JobStore,
): Promise<{ bytes: number; lines: number }> {
  let pieces: Uint8Array[] = [];
  let waiting = 0;
  let bytes = 0;
  let lines = 0;
  const flush = async (): Promise<void> => {
    const piece = Buffer.concat(pieces);
    await store.append(id, sourceFile, bytes, piece);
    bytes += piece.length;
    pieces = [];
    waiting = 0;
  };
  for await (const piece of source) {
    pieces.push(piece);
    waiting += piece.length;
    lines += countLines(piece);
    if (bytes + waiting > limits.jobSourceBytesMax) throw sourceTooLarge();
    if (waiting >= limits.jobPieceBytes) await flush();
  }
  await flush();
  return { bytes, lines };
}

function countLines(piece: Uint8Array): number {
  let count = 0;
  for (let at = piece.indexOf(newline); at >= 0; at = piece.indexOf(newline, at + 1)) count += 1;
  return count;
}

const newline = 10;

function sourceTooLarge(): FhirError {
  return tooLarge(
    `The body has more than ${limits.jobSourceBytesMax / 1024 / 1024} MB, which is the limit of one import. Send it in parts: each may refer to what came before it.`,
  );
}

function tooSlow(): FhirError {
  const text = 'The body took too long to arrive. Send it in smaller parts.';
  return new FhirError(408, [{ severity: 'error', code: 'timeout', text }]);
}
