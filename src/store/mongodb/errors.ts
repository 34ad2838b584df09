/** From what the driver throws to what the server answers: an outage, a limit, a conflict; anything else is our bug and stays as it is. */
import {
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
} from 'mongodb';
import { type FhirError, tooCostly, tooLarge, transient } from '../../fhir/outcome.ts';

/** Runs one use of the database; failures that a client can understand leave as FhirError. */
export async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error) ?? error;
  }
}

/** The transaction left nothing, because another came first or the server changed: the same work, done again, may succeed. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof MongoError)) return false;
  // A duplicate key inside a transaction is an insert that another one committed after our snapshot was taken.
  return (
    error.hasErrorLabel('TransientTransactionError') ||
    isCutOff(error) ||
    error.code === codes.writeConflict ||
    error.code === codes.duplicateKey
  );
}

/** A document with this key is there already. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === codes.duplicateKey;
}

/** The server was told to commit, but did not say whether it did. */
export function isUnknownCommit(error: unknown): boolean {
  return error instanceof MongoError && error.hasErrorLabel('UnknownTransactionCommitResult');
}

export function isUnreachable(error: unknown): boolean {
  if (isCutOff(error)) return true;
  if (error instanceof MongoServerError) return typeof error.code === 'number' && outages.has(error.code);
  // The driver lets some failures of a socket through as Node's own.
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return unreachable.some((type) => error instanceof type) || (typeof code === 'string' && brokenSockets.has(code));
}

/** A document holds at most 16 MB: https://www.mongodb.com/docs/manual/reference/limits/#std-label-limit-bson-document-size */
export function documentTooLarge(): FhirError {
  return tooLarge(
    'The resource is larger than the store can keep: at most 16 MB, compressed and together with its search values.',
  );
}

/** The driver closed its connections because the server did not answer its monitor; of a bulk write it says so in the label alone. */
function isCutOff(error: unknown): boolean {
  return error instanceof MongoError && error.hasErrorLabel('PoolRequestedRetry');
}

function translate(error: unknown): FhirError | undefined {
  if (isUnreachable(error)) return transient('The database cannot be reached at the moment. Send the request again later.');
  if (!(error instanceof MongoServerError)) return undefined;
  if (error.code === codes.timeLimit)
    return tooCostly('The search took longer than the time allowed. Narrow it with further parameters.');
  return error.code === codes.documentTooLarge ? documentTooLarge() : undefined;
}

/** https://github.com/mongodb/mongo/blob/v7.0/src/mongo/base/error_codes.yml */
const codes = { timeLimit: 50, writeConflict: 112, documentTooLarge: 10334, duplicateKey: 11000 } as const;

/** Elections, shutdowns, lost connections between servers and write concerns that were not met in time. */
const outages = new Set([6, 7, 64, 89, 91, 100, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436]);

const brokenSockets = new Set([
  'EPIPE',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

const unreachable = [MongoServerSelectionError, MongoNetworkError, MongoNotConnectedError, MongoTopologyClosedError];
