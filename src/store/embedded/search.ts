/** Search over types, page by page. https://hl7.org/fhir/R4/search.html */
import { tooCostly } from '../../fhir/outcome.ts';
import { type Criterion, forType } from '../../search/criterion.ts';
import { comparePlaces, type SortValue } from '../../search/order.ts';
import { loadPage } from '../page.ts';
import type { DistinctQuery, DistinctValue, Page, PlanStep, StoredVersion, StoreQuery } from '../store.ts';
import { type Conjunct, conjunctsOf } from './conjunct.ts';
import { distinctRows } from './distinct.ts';
import { type Effort, usualEffort } from './effort.ts';
import { explainType } from './explain.ts';
import { type Found, OrderedSearch } from './ordered.ts';
import { Planner } from './planner.ts';
import { raw, type Sql, sql } from './sql.ts';
import type { Versions } from './versions.ts';

/** Resources an estimate looks at, spread over all that are stored. */
const sampleMax = 4000;

export class Search {
  readonly #versions: Versions;
  readonly #planner: Planner;
  readonly #effort: Effort;

  constructor(versions: Versions, effort: Effort = usualEffort) {
    this.#versions = versions;
    this.#effort = effort;
    this.#planner = new Planner(versions.statements, versions.names, effort);
  }

  /** One page, read from one state of the database. Throws `tooCostly` when no index helps and the walk gets long. */
  search(query: StoreQuery): Page<StoredVersion> {
    return this.#versions.statements.snapshot(() => {
      const found = query.count === 0 ? [] : this.#take(query);
      const page = loadPage(
        found,
        query,
        ({ place }) => place,
        ({ seq }) => this.#versions.load(seq),
      );
      return { ...page, ...(query.total === 'none' ? {} : { total: this.#total(query) }) };
    });
  }

  /** How `search` would begin; a walk may still turn to gathering on its way. */
  explain(query: StoreQuery): readonly PlanStep[] {
    return this.#versions.statements.snapshot(() =>
      [...new Set(query.types)].sort().flatMap((type) => {
        const conjuncts = conjunctsOf(forType(query.criterion, type));
        return explainType({ type, conjuncts, sort: query.sort }, this.#planner, this.#versions.statements, this.#effort);
      }),
    );
  }

  /** The values of a parameter: from the index alone when every resource may be seen, else those of the resources that may. */
  distinct({ types, parameter, shape, criterion, count }: DistinctQuery): readonly DistinctValue[] {
    return this.#versions.statements.snapshot(() => {
      const values: DistinctValue[] = [];
      for (const type of new Set(types)) {
        if (values.length >= count) break;
        const p = this.#versions.names.parameter(type, parameter, shape);
        if (p === undefined) continue;
        const conjuncts = conjunctsOf(forType(criterion, type));
        const among = conjuncts.every(({ kind }) => kind === 'all')
          ? undefined
          : this.#planner.selection(conjuncts, type, this.#planner.lead(conjuncts, type));
        const found = distinctRows(this.#versions.statements, { p, shape, count: count - values.length, among });
        values.push(...found.map(([value, term]) => ({ type, system: this.#versions.names.termText(term), value })));
      }
      return values;
    });
  }

  /** Whether a current resource of the type meets the criterion. */
  finds(type: string, criterion: Criterion): boolean {
    const ordered = new OrderedSearch(this.#versions.statements, this.#planner, this.#effort);
    return ordered.find({ type, conjuncts: conjunctsOf(criterion), sort: [], wanted: 1 }).next().done !== true;
  }

  /** The page's matches and one more, which tells that there is more. */
  #take({ types, criterion, sort, count, after }: StoreQuery): readonly Found[] {
    const wanted = count + 1;
    const ordered = new OrderedSearch(this.#versions.statements, this.#planner, this.#effort);
    const sources = [...new Set(types)].sort().map((type) => {
      const request = { type, conjuncts: conjunctsOf(forType(criterion, type)), sort, wanted };
      return ordered.find(after === undefined ? request : { ...request, after: afterOf(type, sort.length, after) });
    });
    const found: Found[] = [];
    const merged =
      sort.length === 0 ? inTurn(sources) : merge(sources, (one, other) => comparePlaces(sort, one.place, other.place));
    for (const one of merged) {
      found.push(one);
      if (found.length === wanted) break;
    }
    return found;
  }

  #total({ types, criterion, total }: StoreQuery): number {
    const count = (type: string) => {
      const conjuncts = conjunctsOf(forType(criterion, type));
      return total === 'accurate' ? this.#count(type, conjuncts) : this.#estimate(type, conjuncts);
    };
    return [...new Set(types)].reduce((sum, type) => sum + count(type), 0);
  }

  #count(type: string, conjuncts: readonly Conjunct[]): number {
    const lead = this.#planner.lead(conjuncts, type);
    const rows = lead?.rows ?? everyResource(type);
    const asked = conjuncts.some((conjunct) => conjunct !== lead?.met && conjunct.kind !== 'all');
    if (
      asked &&
      (lead?.count ?? this.#effort.gatherMax) >= this.#effort.gatherMax &&
      this.#planner.count(rows, this.#effort.totalRowsMax) >= this.#effort.totalRowsMax
    ) {
      throw tooCostly(
        `An accurate total of this search would look at more than ${this.#effort.totalRowsMax} resources. Ask for _total=estimate.`,
      );
    }
    return this.#number(sql`SELECT count(*) AS n FROM ${this.#planner.selection(conjuncts, type, lead)}`);
  }

  /** Exact when few may match; otherwise as many as match in a sample of all that is stored, which costs the same however much that is. */
  #estimate(type: string, conjuncts: readonly Conjunct[]): number {
    const lead = this.#planner.lead(conjuncts, type);
    if (lead !== undefined && lead.count < this.#effort.gatherMax) return this.#count(type, conjuncts);
    const last = this.#number(sql`SELECT max(rid) AS n FROM resource`);
    // An empty store has no last one, and a step of none would never end.
    const step = Math.max(1, Math.ceil(last / sampleMax));
    const sample = sql`WITH RECURSIVE s(rid) AS (SELECT ${step} UNION ALL SELECT rid + ${step} FROM s WHERE rid <= ${last - step})
      SELECT rid FROM s`;
    const matching = this.#number(
      sql`SELECT count(*) AS n FROM ${this.#planner.selection(conjuncts, type, { rows: sample, count: sampleMax })}`,
    );
    return matching * step;
  }

  #number(query: Sql): number {
    return this.#versions.statements.get<{ n: number }>(query)?.n ?? 0;
  }
}

function everyResource(type: string): Sql {
  return sql`SELECT rid FROM resource ${raw('INDEXED BY resource_lu')} WHERE type = ${type} AND deleted = 0`;
}

/** A position of the whole result, seen by one type: the values, then an id that no resource has but that stands where the type does. */
function afterOf(type: string, keys: number, after: readonly SortValue[]): readonly SortValue[] {
  const [reached, id] = after.slice(keys);
  const values = after.slice(0, keys);
  if (typeof reached !== 'string' || type === reached) return [...values, id ?? ''];
  // '~' stands behind, '' before every id.
  return [...values, type < reached ? '~' : ''];
}

function* inTurn(sources: readonly Generator<Found>[]): Generator<Found> {
  for (const source of sources) yield* source;
}

/** Merges ordered sources into one. */
function* merge(sources: readonly Generator<Found>[], compare: (one: Found, other: Found) => number): Generator<Found> {
  const heads = sources.flatMap((source) => headOf(source));
  while (heads.length > 0) {
    const first = heads.reduce((best, head) => (compare(head.found, best.found) < 0 ? head : best));
    yield first.found;
    const [next] = headOf(first.source);
    if (next === undefined) heads.splice(heads.indexOf(first), 1);
    else heads[heads.indexOf(first)] = next;
  }
}

function headOf(source: Generator<Found>): readonly { readonly source: Generator<Found>; readonly found: Found }[] {
  const { value, done } = source.next();
  return done === true ? [] : [{ source, found: value }];
}
