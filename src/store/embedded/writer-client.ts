/** The store's end of the writer thread. */
import { Worker } from 'node:worker_threads';
import { FhirError, transient } from '../../fhir/outcome.ts';
import { expectationError } from '../expectation.ts';
import type { Reindexing, Write } from '../store.ts';
import type { Applied } from './apply-write.ts';
import { messageOf } from './connection.ts';
import type { Answer, FromWriter, Note, ToWriter, Work, WriterData } from './messages.ts';

type Committed = Answer & { readonly kind: 'committed' };

interface Pending {
  readonly resolve: (answer: Committed) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly ended: Promise<void>;
}

type StartThread = (data: WriterData) => Worker;

/** Starts the thread; resolves when it has opened the database. Throws an Error with a sentence when it can't. */
export async function openWriterClient(data: WriterData, start: StartThread = startThread): Promise<WriterClient> {
  const client = new WriterClient(data, start);
  try {
    await client.transact([], 0);
    return client;
  } catch (error) {
    await client.close();
    throw new Error(
      `The database in ${data.dataDir} can't be written to (${rootMessage(error)}). Check its permissions and the free space.`,
      { cause: error },
    );
  }
}

/** A thread that dies takes what it was asked with it, and nothing else: the next request starts another one. */
export class WriterClient {
  readonly #start: () => Worker;
  #thread: Thread | undefined;
  readonly #pending = new Map<number, Pending>();
  /** Requests are answered in the order they were sent, so that the last one's answer tells that all are answered. */
  #last: Promise<unknown> = Promise.resolve();
  #sent = 0;
  #closed = false;

  constructor(data: WriterData, start: StartThread) {
    this.#start = () => start(data);
  }

  /** `now` in milliseconds. Resolves when the writes are on disk. */
  async transact(writes: readonly Write[], now: number): Promise<readonly Applied[]> {
    return (await this.#ask({ now, writes })).applied;
  }

  async reindex(versions: readonly Reindexing[]): Promise<void> {
    await this.#ask({ reindex: versions });
  }

  async writeNote(note: Note): Promise<boolean> {
    return (await this.#ask({ note })).noted === true;
  }

  /** Takes nothing more; resolves when everything asked before is answered. */
  async drain(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }

  /** Resolves when the file is closed. The last connection to close leaves one file, its log worked in: close the others before. */
  async close(): Promise<void> {
    await this.drain();
    if (this.#thread === undefined) return;
    post(this.#thread, { kind: 'close' });
    await this.#thread.ended;
  }

  #ask(work: Work): Promise<Committed> {
    if (this.#closed) return Promise.reject(new Error('The store is closed.'));
    this.#thread ??= this.#open();
    this.#sent += 1;
    const id = this.#sent;
    const promise = new Promise<Committed>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#last = promise.catch(() => undefined);
    post(this.#thread, { kind: 'work', id, work });
    return promise;
  }

  #open(): Thread {
    const worker = this.#start();
    let cause: unknown;
    worker.on('message', (message: FromWriter) => {
      for (const { id, answer } of message.answers) this.#settle(id, answer);
    });
    worker.on('error', (error) => {
      cause = error;
    });
    const ended = new Promise<void>((resolve) => {
      worker.on('exit', () => {
        this.#lose(cause);
        resolve();
      });
    });
    return { worker, ended };
  }

  #settle(id: number, answer: Answer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (answer.kind === 'committed') pending?.resolve(answer);
    else pending?.reject(errorOf(answer));
  }

  /** The thread has ended: what it had not answered it may have done or not. */
  #lose(cause: unknown): void {
    this.#thread = undefined;
    for (const { reject } of this.#pending.values()) reject(unanswered(cause));
    this.#pending.clear();
  }
}

function post({ worker }: Thread, message: ToWriter): void {
  worker.postMessage(message);
}

function unanswered(cause: unknown): Error {
  const error = transient(
    'The store failed while it wrote, so the change may have happened or not. Read before sending it again.',
  );
  error.cause = new Error('The writer thread of the store ended unexpectedly.', { cause });
  return error;
}

/** What was wrong in the first place. */
function rootMessage(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? rootMessage(error.cause) : messageOf(error);
}

function errorOf(answer: Exclude<Answer, Committed>): Error {
  switch (answer.kind) {
    case 'expectation':
      return expectationError(answer.failure.writeIndex, answer.failure.kind, answer.failure.others);
    case 'refused':
      return new FhirError(answer.status, answer.issues);
    case 'unavailable': {
      const error = transient('The store can not write at the moment. Nothing was changed; send the request again later.');
      // The log shows the code: whether the disk is full, or broken.
      error.cause = Object.assign(new Error(answer.message), { code: answer.code });
      return error;
    }
    case 'failed':
      return new Error(`The store failed to write: ${answer.message}`);
  }
}

/** Starts `writer.ts`: compiled to JavaScript as it is; from the sources through tsx, which runs this file too. */
export function startThread(workerData: WriterData): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./writer.js', import.meta.url), { workerData });
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const source = JSON.stringify(new URL('./writer.ts', import.meta.url).href);
  return new Worker(`import(${loader}).then(({ register }) => { register(); return import(${source}); });`, {
    eval: true,
    workerData,
  });
}
