/** The writer thread: the only one that writes to the database. It takes everything that waits, commits it once, and answers all. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';
import { openWriter } from './connection.ts';
import { GroupCommit } from './group-commit.ts';
import type { FromWriter, ToWriter, WriterData } from './messages.ts';
import { SqliteDatabase } from './sqlite.ts';

/** Requests in one commit: more would make the first wait for the last. */
const groupMax = 256;

/** How long nothing must have come before the log is worked into the database. */
const idleMs = 250;

function run(port: NonNullable<typeof parentPort>, { dataDir }: WriterData): void {
  const database = openWriter(dataDir);
  const group = new GroupCommit(database);
  const waiting: (ToWriter & { readonly kind: 'work' })[] = [];
  let closing = false;
  let scheduled = false;
  let idle: NodeJS.Timeout | undefined;

  function flush(): void {
    scheduled = false;
    const taken = waiting.splice(0, groupMax);
    if (taken.length > 0) {
      const answers = group.commit(taken.map(({ work }) => work));
      const message: FromWriter = {
        answers: taken.flatMap(({ id }, index) => {
          const answer = answers[index];
          return answer === undefined ? [] : [{ id, answer }];
        }),
      };
      port.postMessage(message);
    }
    if (waiting.length > 0) schedule();
    else if (closing) close();
    else rest();
  }

  /** After the messages that have already come. */
  function schedule(): void {
    if (!scheduled) setImmediate(flush);
    scheduled = true;
  }

  function rest(): void {
    clearTimeout(idle);
    idle = setTimeout(() => checkpoint(database, 'PASSIVE'), idleMs);
  }

  function close(): void {
    clearTimeout(idle);
    checkpoint(database, 'TRUNCATE');
    database.close();
    port.close();
  }

  port.on('message', (message: ToWriter) => {
    if (message.kind === 'work') waiting.push(message);
    else closing = true;
    schedule();
  });
}

/** A log that can't be worked in now is whole all the same, and worked in later: a full disk must not end the thread. */
function checkpoint(database: Database, mode: 'PASSIVE' | 'TRUNCATE'): void {
  try {
    database.pragma(`wal_checkpoint(${mode})`);
  } catch (error) {
    if (!(error instanceof SqliteDatabase.SqliteError)) throw error;
  }
}

// This file is only ever started as a thread, by `writer-client.ts`, with its data.
if (parentPort !== null) run(parentPort, workerData as WriterData);
