/**
 * Follows the chains of a criterion: each becomes a list of resources. Two steps instead of a `$lookup`: each uses the indexes of its own
 * collection, works across shards, and has a limit. A search follows them from the far end, innermost first; a read, whose resources are known,
 * from the near end, so that it costs the same whatever else the criterion holds for.
 */
import type { ClientSession, Db, Document } from 'mongodb';
import { limits } from '../../fhir/limits.ts';
import { tooCostly } from '../../fhir/outcome.ts';
import type { Criterion } from '../../search/criterion.ts';
import { currentOf, historyOf } from './document.ts';
import { filterOf, type Resolved } from './filter.ts';
import { afterPrefix, referenceKey } from './keys.ts';

/** Where reads go: inside a transaction when there is a session. */
export interface Reading {
  readonly db: Db;
  readonly session?: ClientSession;
}

/** The resources of one type that a criterion is to be asked of. */
export interface Asked {
  readonly type: string;
  readonly ids: readonly string[];
  /** Their old versions too. */
  readonly past?: boolean;
}

/** `asked`: what the criterion is for; absent: for any resource. */
export async function followChains(criterion: Criterion, reading: Reading, asked?: Asked): Promise<Resolved> {
  switch (criterion.kind) {
    case 'and':
    case 'or': {
      if (criterion.kind === 'and' && asked !== undefined && excludes(criterion.of, asked.type)) return { kind: 'none' };
      return { kind: criterion.kind, of: await inTurn(criterion.of, (part) => followChains(part, reading, asked)) };
    }
    case 'not':
      return { kind: 'not', of: await followChains(criterion.of, reading, asked) };
    case 'chain':
      return asked === undefined ? followChain(criterion, reading) : followChainFrom(asked, criterion, reading);
    case 'reverse-chain':
      return asked === undefined ? followReverseChain(criterion, reading) : followReverseChainTo(asked, criterion, reading);
    default:
      return criterion;
  }
}

function excludes(parts: readonly Criterion[], type: string): boolean {
  return parts.some((part) => part.kind === 'type' && !part.types.includes(type));
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

/** Of what the resources name, what meets the target. */
async function followChainFrom(asked: Asked, chain: Criterion & { kind: 'chain' }, reading: Reading): Promise<Resolved> {
  const named = await namedBy(asked, chain.parameter, reading);
  const targets: string[] = [];
  for (const type of chain.types) {
    const ids = named.flatMap((target) => (target.startsWith(`${type}/`) ? [target.slice(type.length + 1)] : []));
    if (ids.length === 0) continue;
    const filter = currentFilter(await followChains(chain.target, reading, { type, ids }), type);
    const found = await first(reading, type, filter && { $and: [{ _id: { $in: ids } }, filter] }, { _id: 1 }, ids.length);
    targets.push(...found.map((document) => `${type}/${document['_id']}`));
  }
  return { kind: 'names', parameter: chain.parameter, targets };
}

/** The targets (`Type/id`) that the resources name in a reference parameter. */
async function namedBy({ type, ids, past }: Asked, parameter: string, reading: Reading): Promise<readonly string[]> {
  const prefix = referenceKey(parameter, '');
  const options = { ...readOptions(reading), projection: { _id: 0, t: 1 } };
  const found =
    past === true
      ? await historyOf(reading.db)
          .find({ '_id.type': type, '_id.id': { $in: ids } }, options)
          .toArray()
      : await currentOf(reading.db, type)
          .find({ _id: { $in: ids } }, options)
          .toArray();
  const targets = found.flatMap(({ t }) => t.flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : [])));
  return [...new Set(targets)];
}

/** Of the resources, those that something meeting the source names. */
async function followReverseChainTo(
  { type, ids }: Asked,
  chain: Criterion & { kind: 'reverse-chain' },
  reading: Reading,
): Promise<Resolved> {
  const filter = currentFilter(await followChains(chain.source, reading), chain.type);
  const keys: string[] = [];
  if (filter === undefined) return { kind: 'none' };
  for (const id of ids) {
    const naming = { t: { $eq: referenceKey(chain.parameter, `${type}/${id}`) } };
    const found = await currentOf(reading.db, chain.type).findOne(
      { $and: [naming, filter] },
      { ...readOptions(reading), projection: { _id: 1 } },
    );
    if (found !== null) keys.push(`${type}/${id}`);
  }
  return { kind: 'named', keys };
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
  return { maxTimeMS: limits.searchTimeMsMax, ...(reading.session === undefined ? {} : { session: reading.session }) };
}

/** A session takes one command at a time. */
async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
