/** What becomes of requests when the thread that writes for them dies, and when the disk can't take its log. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { FhirError } from '../../src/fhir/outcome.ts';
import { prepareDatabase, prepareFolder } from '../../src/store/embedded/connection.ts';
import type { Answer, WriterData } from '../../src/store/embedded/messages.ts';
import { openWriterClient, startThread } from '../../src/store/embedded/writer-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { creation, update } from './contract-fixtures.ts';

const folder = temporaryFolder('fascicolo-writer-');

function prepared(): WriterData {
  const dataDir = folder();
  prepareFolder(dataDir);
  prepareDatabase(dataDir);
  return { dataDir };
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => undefined).catch((error: unknown) => error);

describe('embedded store: the writer thread', () => {
  it('that dies fails what it was asked with 503, and the next request has another one', async () => {
    const threads: Worker[] = [];
    const client = await openWriterClient(prepared(), (data) => {
      const thread = startThread(data);
      threads.push(thread);
      return thread;
    });
    await client.transact([creation('Patient/1')], 1000);
    const lost = failureOf(client.transact([creation('Patient/2')], 2000));
    await threads[0]?.terminate();
    const error = await lost;
    expect(error).to.be.instanceOf(FhirError).and.include({ status: 503 });
    expect((error as FhirError).issues[0]?.text).to.match(/may have happened or not/);
    const [applied] = await client.transact([update('Patient/1')], 3000);
    expect(applied).to.include({ versionId: '2', created: false });
    expect(threads).to.have.length(2);
    await client.close();
  });

  it('that can not open the database stops the start with a sentence', async () => {
    const data = prepared();
    const dying = () => new Worker('throw new Error("disk I/O error")', { eval: true });
    const error = await failureOf(openWriterClient(data, dying));
    expect(error).to.be.instanceOf(Error).and.not.instanceOf(FhirError);
    expect((error as Error).message).to.equal(
      `The database in ${data.dataDir} can't be written to (disk I/O error). Check its permissions and the free space.`,
    );
  });

  it('that finds the disk full tells the log which fault it is', async () => {
    const full: Answer = { kind: 'unavailable', code: 'SQLITE_FULL', message: 'database or disk is full' };
    const client = await openWriterClient(prepared(), () => answering({ kind: 'committed', applied: [] }, full));
    const error = await failureOf(client.transact([creation('Patient/1')], 1000));
    expect(error).to.be.instanceOf(FhirError).and.include({ status: 503 });
    expect((error as FhirError).cause).to.include({ code: 'SQLITE_FULL', message: 'database or disk is full' });
    await client.close();
  });

  it('outlives a log that can not be worked into the database', async () => {
    const threads: Worker[] = [];
    const client = await openWriterClient(prepared(), (data) => {
      const thread = failingCheckpoints(data);
      threads.push(thread);
      return thread;
    });
    await client.transact([creation('Patient/1')], 1000);
    const [thread] = threads;
    while (thread !== undefined && !(await nextMessage(thread)).checkpoint);
    const [applied] = await client.transact([update('Patient/1')], 2000);
    expect(applied).to.include({ versionId: '2' });
    expect(threads).to.have.length(1);
    await client.close();
  });
});

/** A thread that gives these answers, one after the other. */
function answering(...answers: readonly Answer[]): Worker {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    parentPort.on('message', ({ kind, id }) => {
      if (kind === 'close') parentPort.close();
      else parentPort.postMessage({ answers: [{ id, answer: workerData.shift() }] });
    });`;
  return new Worker(source, { eval: true, workerData: answers });
}

async function nextMessage(thread: Worker): Promise<{ readonly checkpoint?: true }> {
  const [message] = await once(thread, 'message');
  return message as { readonly checkpoint?: true }; // Either the writer's own, or that of `failingCheckpoints`.
}

/** The thread, but that every checkpoint meets a full disk, and is told of. */
function failingCheckpoints(workerData: WriterData): Worker {
  const source = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(async ({ register }) => {
      register();
      const { SqliteDatabase: Database } = await import(${JSON.stringify(new URL('../../src/store/embedded/sqlite.ts', import.meta.url).href)});
      const pragma = Database.prototype.pragma;
      Database.prototype.pragma = function (text, options) {
        if (!text.startsWith('wal_checkpoint')) return pragma.call(this, text, options);
        parentPort.postMessage({ answers: [], checkpoint: true });
        throw new Database.SqliteError('database or disk is full', 'SQLITE_FULL');
      };
      await import(${JSON.stringify(new URL('../../src/store/embedded/writer.ts', import.meta.url).href)});
    });`;
  return new Worker(source, { eval: true, workerData });
}
