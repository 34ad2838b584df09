/**
 * Follows the chains of a criterion, innermost first: each becomes the list of resources it leads to. Two steps instead of a `$lookup`:
 * each uses the indexes of its own collection, works across shards, and has a limit.
 */
import type { ClientSession, Db, Document } from 'mongodb';
import { limits } from '../../fhir/limits.ts';
import { tooCostly } from '../../fhir/outcome.ts';
import type { Criterion } from '../../search/criterion.ts';
import { currentOf } from './document.ts';
import { filterOf, type Resolved } from './filter.ts';
import { afterPrefix, referenceKey } from './keys.ts';

/** Where reads go: inside a transaction when there is a session. */
export interface Reading {
  readonly db: Db;
  readonly session?: ClientSession;
}

export async function followChains(criterion: Criterion, reading: Reading): Promise<Resolved> {
  switch (criterion.kind) {
    case 'and':
    case 'or':
      return { kind: criterion.kind, of: await inTurn(criterion.of, (part) => followChains(part, reading)) };
    case 'not':
      return { kind: 'not', of: await followChains(criterion.of, reading) };
    case 'chain':
      return followChain(criterion, reading);
    case 'reverse-chain':
      return followReverseChain(criterion, reading);
    default:
      return criterion;
  }
}

/** The filter on the current, undeleted resources of a type; undefined when none can meet the criterion. */
export function currentFilter(criterion: Resolved, type: string): Document | undefined {
  const filter = filterOf(criterion, type, '_id');
  if (filter === false) return undefined;
  return filter === true ? { del: false } : { $and: [filter, { del: false }] };
}

async function followChain(chain: Criterion & { kind: 'chain' }, reading: Reading): Promise<Resolved> {
  const target = await followChains(chain.target, reading);
  const targets: string[] = [];
  for (const type of chain.types) {
    const found = await first(reading, type, currentFilter(target, type), { _id: 1 }, limits.chainResourcesMax - targets.length);
    targets.push(...found.map((document) => `${type}/${document['_id']}`));
  }
  return { kind: 'names', parameter: chain.parameter, targets };
}

async function followReverseChain(chain: Criterion & { kind: 'reverse-chain' }, reading: Reading): Promise<Resolved> {
  const source = await followChains(chain.source, reading);
  const prefix = referenceKey(chain.parameter, '');
  const bounds = [{ $gte: ['$$this', { $literal: prefix }] }, { $lt: ['$$this', { $literal: afterPrefix(prefix) }] }];
  const keys = { $filter: { input: '$t', cond: { $and: bounds } } };
  const filter = currentFilter(source, chain.type);
  const naming = filter && { $and: [filter, { p: { $eq: chain.parameter } }] };
  const found = await first(reading, chain.type, naming, { keys }, limits.chainResourcesMax);
  // The projection above makes `keys` an array of keys that start with the prefix.
  const targets = found.flatMap((document) => document['keys'] as string[]).map((key) => key.slice(prefix.length));
  return { kind: 'named', keys: [...new Set(targets)] };
}

/** The matches when they are no more than `countMax`; otherwise the search is refused. */
async function first(
  reading: Reading,
  type: string,
  filter: Document | undefined,
  projection: Document,
  countMax: number,
): Promise<Document[]> {
  if (filter === undefined) return [];
  const pipeline = [{ $match: filter }, { $limit: countMax + 1 }, { $project: projection }];
  const found = await currentOf(reading.db, type).aggregate(pipeline, readOptions(reading)).toArray();
  if (found.length <= countMax) return found;
  throw tooCostly(
    `A chained condition on ${type} is met by more than ${limits.chainResourcesMax} resources. Narrow it with further conditions.`,
  );
}

export function readOptions(reading: Reading): { session?: ClientSession; maxTimeMS: number } {
  return { maxTimeMS: readTimeMsMax, ...(reading.session === undefined ? {} : { session: reading.session }) };
}

/** A session takes one command at a time. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

const readTimeMsMax = 30_000;
