/** The store's end of the writer thread. */
import { Worker } from 'node:worker_threads';
import { FhirError, transient } from '../../fhir/outcome.ts';
import { expectationError } from '../expectation.ts';
import type { Reindexing, Write } from '../store.ts';
import type { Applied } from './apply-write.ts';
import type { Answer, FromWriter, Note, ToWriter, Work, WriterData } from './messages.ts';

type Committed = Answer & { readonly kind: 'committed' };

interface Pending {
  readonly resolve: (answer: Committed) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread; resolves when it has opened the database. Throws an Error when it can't. */
export async function openWriterClient(data: WriterData): Promise<WriterClient> {
  const client = new WriterClient(data);
  await client.transact([], 0);
  return client;
}

export class WriterClient {
  readonly #worker: Worker;
  readonly #ended: Promise<unknown>;
  readonly #pending = new Map<number, Pending>();
  /** Requests are answered in the order they were sent, so that the last one's answer tells that all are answered. */
  #last: Promise<unknown> = Promise.resolve();
  #sent = 0;
  #closed: Error | undefined;

  constructor(data: WriterData) {
    this.#worker = startThread(data);
    this.#worker.on('message', (message: FromWriter) => {
      for (const { id, answer } of message.answers) this.#settle(id, answer);
    });
    this.#worker.on('error', (error) => this.#fail(new Error('The writer thread of the store failed.', { cause: error })));
    this.#ended = new Promise<void>((resolve) => {
      this.#worker.on('exit', () => {
        this.#fail(new Error('The writer thread of the store has ended.'));
        resolve();
      });
    });
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
    this.#closed ??= new Error('The store is closed.');
    await this.#last;
  }

  /** Resolves when the file is closed. The last connection to close leaves one file, its log worked in: close the others before. */
  async close(): Promise<void> {
    await this.drain();
    this.#post({ kind: 'close' });
    await this.#ended;
  }

  #ask(work: Work): Promise<Committed> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    this.#sent += 1;
    const id = this.#sent;
    const promise = new Promise<Committed>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#last = promise.catch(() => undefined);
    this.#post({ kind: 'work', id, work });
    return promise;
  }

  #post(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #settle(id: number, answer: Answer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (answer.kind === 'committed') pending?.resolve(answer);
    else pending?.reject(errorOf(answer));
  }

  #fail(error: Error): void {
    this.#closed ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

function errorOf(answer: Exclude<Answer, Committed>): Error {
  switch (answer.kind) {
    case 'expectation':
      return expectationError(answer.failure.writeIndex, answer.failure.kind, answer.failure.others);
    case 'refused':
      return new FhirError(answer.status, answer.issues);
    case 'unavailable': {
      const error = transient('The store can not write at the moment. Nothing was changed; send the request again later.');
      error.cause = new Error(answer.message);
      return error;
    }
    case 'failed':
      return new Error(`The store failed to write: ${answer.message}`);
  }
}

/** Starts `writer.ts`: compiled to JavaScript as it is; from the sources through tsx, which runs this file too. */
function startThread(workerData: WriterData): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./writer.js', import.meta.url), { workerData });
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const source = JSON.stringify(new URL('./writer.ts', import.meta.url).href);
  return new Worker(`import(${loader}).then(({ register }) => { register(); return import(${source}); });`, {
    eval: true,
    workerData,
  });
}
