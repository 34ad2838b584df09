/** Transactions of the database: begun, committed, and run again when another one came first. */
import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { ClientSession } from 'mongodb';
import { conflict, transient } from '../../fhir/outcome.ts';
import type { Database } from './database.ts';
import { isRetryable, isUnknownCommit, isUnreachable } from './errors.ts';

/**
 * Runs `work` on one snapshot of the database and commits what it wrote. It may be run several times (`attempt`): a failure before the commit leaves
 * nothing, since ending the session aborts what was begun.
 */
export async function inTransaction<T>(
  database: Database,
  work: (session: ClientSession, attempt: number) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + retryTimeMsMax;
  for (let attempt = 0; ; attempt += 1) {
    const session = database.client.startSession();
    try {
      // The write concern is the client's: majority and journal.
      session.startTransaction({ readConcern: { level: 'snapshot' } });
      const result = await work(session, attempt);
      await commit(session);
      return result;
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (performance.now() > deadline) giveUp(error, attempt);
    } finally {
      await session.endSession();
    }
    await pause(attempt);
  }
}

/** A long transaction may take more than the time there is: it is not given up for the first that comes in between. */
function giveUp(error: unknown, attempt: number): void {
  if (isUnreachable(error)) throw error;
  if (attempt >= attemptsMin) throw contended();
}

/** Asked again, a server that has committed says so: the command does nothing twice. */
async function commit(session: ClientSession): Promise<void> {
  const deadline = performance.now() + retryTimeMsMax;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      if (!isUnknownCommit(error)) throw error;
      if (performance.now() > deadline) throw unconfirmed();
    }
    await pause(attempt);
  }
}

/** Longer with each attempt, and never the same for two writers, so that they stop meeting. */
function pause(attempt: number): Promise<void> {
  return setTimeout(randomInt(1, Math.min(4 * 2 ** attempt, pauseMsMax) + 1));
}

const contended = () => conflict('Other requests kept changing the same resources. Send the request again.');

const unconfirmed = () =>
  transient('The database did not confirm the write, so it may have happened or not. Read the resource before sending it again.');

/** How long a write is tried again while others come first. */
const retryTimeMsMax = 10_000;
/** Times it is tried again at least. */
const attemptsMin = 2;
const pauseMsMax = 250;
