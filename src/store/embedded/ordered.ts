/**
 * The resources of one type that meet a criterion, in the order of the sort keys, found as they are asked for.
 *
 * Few candidates are gathered by the shortest index and sorted. Otherwise the index of the first key is walked in its order, each resource
 * asked for the rest of the criterion, so that a page costs what its own rows cost. Resources with equal values stand in the index in no
 * useful order: small groups are sorted as they come, a large one is a search of its own, by the remaining keys.
 */
import { tooCostly } from '../../fhir/outcome.ts';
import type { SortKey } from '../../search/criterion.ts';
import type { SortValue } from '../../search/order.ts';
import {
  type Conjunct,
  conjunction,
  extreme,
  isAlwaysThere,
  needValue,
  type SortIndex,
  sortColumn,
  sortIndex,
} from './conjunct.ts';
import type { Effort } from './effort.ts';
import type { Lead, Planner } from './planner.ts';
import { allOf, anyOf, joinSql, no, raw, type Sql, sql, yes } from './sql.ts';
import type { Statements } from './statements.ts';

/** A resource of the result: its current version, and its values of the sort keys, then type and id. */
export interface Found {
  readonly seq: number;
  readonly place: readonly SortValue[];
}

export interface Request {
  readonly type: string;
  readonly conjuncts: readonly Conjunct[];
  readonly sort: readonly SortKey[];
  /** The place to go on behind: a value for each sort key, then the id. Absent: from the start. */
  readonly after?: readonly SortValue[];
  /** How many the caller will take at most. */
  readonly wanted: number;
}

/** Where a walk stands: behind all resources with this value, or, inclusive, before them. */
interface Edge {
  readonly value: SortValue;
  readonly inclusive?: boolean;
}

/** An index that is walked in its order, and the stretch of it where matches can stand. */
interface Walk {
  readonly key: SortKey;
  readonly index: SortIndex;
  readonly stretch: Sql;
}

type Row = { readonly seq: number; readonly name: string } & Readonly<Record<`k${number}`, SortValue>>;

export class OrderedSearch {
  readonly #statements: Statements;
  readonly #planner: Planner;
  readonly #effort: Effort;
  /** Index rows looked at so far. */
  #visited = 0;

  constructor(statements: Statements, planner: Planner, effort: Effort) {
    this.#effort = effort;
    this.#statements = statements;
    this.#planner = planner;
  }

  *find(request: Request): Generator<Found> {
    const [key] = request.sort;
    const lead = this.#planner.lead(request.conjuncts, request.type);
    if (lead?.count === 0) return;
    if (lead !== undefined && lead.count < this.#effort.gatherMax) yield* this.#gather(request, lead, yes);
    else if (key === undefined) yield* this.#walkIds(request, lead);
    else yield* this.#walkKey(request, key, lead);
  }

  /** Sorts everything that the lead gives and the criterion takes. */
  *#gather({ type, conjuncts, sort, after, wanted }: Request, lead: Lead | undefined, from: Sql): Generator<Found> {
    const names = this.#planner.names;
    const columns = sort.map((key, index) => sql`, ${sortColumn(key, type, names)} AS ${raw(`k${index}`)}`);
    const behind = after === undefined ? yes : isBehind(sort, after);
    const query = sql`WITH m AS MATERIALIZED (SELECT r.seq, r.id AS name${joinSql(columns, '')} FROM ${this.#planner.selection(conjuncts, type, lead)})
      SELECT * FROM m WHERE ${allOf([behind, from])} ORDER BY ${orderBy(sort)} LIMIT ${wanted}`;
    for (const row of this.#statements.all<Row>(query)) yield foundOf(row, sort, type);
  }

  *#walkIds(request: Request, lead: Lead | undefined): Generator<Found> {
    const index = sortIndex(byId, request.type, this.#planner.names);
    const start = request.after?.[0];
    if (index !== undefined)
      yield* this.#walkValues(request, byId, index, start === undefined ? undefined : { value: start }, lead);
  }

  /** Walks the first key's index; then come the resources without a value. */
  *#walkKey(request: Request, key: SortKey, lead: Lead | undefined): Generator<Found> {
    const index = sortIndex(key, request.type, this.#planner.names);
    const [start, ...rest] = request.after ?? [];
    if (start !== undefined) yield* this.#group(request, key, start, rest);
    if (start === null) return;
    const edge = start === undefined ? undefined : { value: start };
    const gathered = index !== undefined && (yield* this.#walkValues(request, key, index, edge, lead));
    if (!gathered && !isAlwaysThere(key) && !needValue(request.conjuncts, key)) yield* this.#group(request, key, null);
  }

  /** The resources whose value of the first key is this one (null: that have none), ordered by the other keys. */
  *#group(
    { type, conjuncts, sort, wanted }: Request,
    key: SortKey,
    value: SortValue,
    after?: readonly SortValue[],
  ): Generator<Found> {
    const same: Conjunct = { kind: 'sorted-as', key, value };
    const request = { type, conjuncts: [...conjuncts, same], sort: sort.slice(1), wanted };
    for (const { seq, place } of this.find(after === undefined ? request : { ...request, after }))
      yield { seq, place: [value, ...place] };
  }

  /**
   * Walks from the edge to the end of the index. True when the rest was gathered instead, resources without a value included: the lead is
   * not long, and the walk is, or would have to search among resources of one value.
   */
  *#walkValues(
    request: Request,
    key: SortKey,
    index: SortIndex,
    start: Edge | undefined,
    lead: Lead | undefined,
  ): Generator<Found, boolean> {
    let edge = start;
    let step = this.#effort.stepFirst;
    let short: boolean | undefined;
    const stretch = this.#planner.stretch(request.conjuncts, key, request.type);
    const walk: Walk = { key, index, stretch };
    for (;;) {
      const { first, next } = this.#step(walk, edge, step);
      if (first === undefined) return false;
      const isGroup = first === next && request.sort.length > 0;
      short ??= this.#isShort(lead, isGroup);
      if (short === true && lead !== undefined) {
        yield* this.#gather(request, lead, fromEdge(request, key, edge));
        return true;
      }
      if (isGroup) {
        yield* this.#group(request, key, first);
        edge = { value: first };
      } else {
        yield* this.#chunk(request, walk, edge, next);
        if (next === undefined) return false;
        edge = { value: next, inclusive: true };
      }
      this.#visit(step);
      step = Math.min(step * 4, this.#effort.stepMax);
    }
  }

  /** Whether the lead is short enough to be gathered behind a walk; undefined while it is early to ask. */
  #isShort(lead: Lead | undefined, isGroup: boolean): boolean | undefined {
    if (!isGroup && this.#visited < this.#effort.walkMax) return undefined;
    const { gatherLateMax } = this.#effort;
    return lead !== undefined && this.#planner.count(lead.rows, gatherLateMax) < gatherLateMax;
  }

  /** The first value from the edge on, and the value `step` rows further; the latter undefined when the index ends before. */
  #step({ key, index, stretch }: Walk, edge: Edge | undefined, step: number) {
    const { table, column, rows } = index;
    const value = raw(`x.${column}`);
    const from = sql`SELECT ${value} AS value FROM ${table} x WHERE ${allOf([rows('x'), beyond(key, value, edge), stretch])}
      ORDER BY ${value} ${raw(key.descending ? 'DESC' : 'ASC')}`;
    const first = this.#statements.get<{ value: SortValue }>(sql`${from} LIMIT 1`);
    const next =
      first === undefined ? undefined : this.#statements.get<{ value: SortValue }>(sql`${from} LIMIT 1 OFFSET ${step}`);
    return { first: first?.value, next: next?.value };
  }

  /** The resources whose value stands from the edge to before `next`, sorted. */
  *#chunk(
    { type, conjuncts, sort, wanted }: Request,
    { key, index, stretch }: Walk,
    edge: Edge | undefined,
    next: SortValue | undefined,
  ): Generator<Found> {
    const names = this.#planner.names;
    const value = raw(`x.${index.column}`);
    const columns = sort.map((each, at) => sql`, ${at === 0 ? value : sortColumn(each, type, names)} AS ${raw(`k${at}`)}`);
    const backwards = { ...key, descending: !key.descending };
    const conditions = [
      index.rows('x'),
      beyond(key, value, edge),
      beyond(backwards, value, next === undefined ? undefined : { value: next }),
      stretch,
      conjunction(conjuncts, type, names, 'x.rid'),
      // A resource with several values stands at one of them. Asked last, of the few that are left.
      isAlwaysThere(key) ? yes : sql`${value} = ${extreme(key, index)}`,
    ];
    const query = sql`SELECT DISTINCT r.seq, r.id AS name${joinSql(columns, '')} FROM ${index.table} x CROSS JOIN resource r ON r.rid = x.rid
      WHERE ${allOf(conditions)} AND r.deleted = 0 ORDER BY ${orderBy(sort)} LIMIT ${wanted}`;
    for (const row of this.#statements.all<Row>(query)) yield foundOf(row, sort, type);
  }

  #visit(rows: number): void {
    this.#visited += rows;
    if (this.#visited <= this.#effort.rowsMax) return;
    throw tooCostly(
      `The search looked at ${this.#effort.rowsMax} index entries without filling a page. Add a parameter that narrows it, such as the patient or a date; or sort by the date or time that it asks for.`,
    );
  }
}

const byId: SortKey = { parameter: '_id', shape: 'token', descending: false };

/** That the value stands from the edge on, in the direction of the key. */
function beyond({ descending }: SortKey, value: Sql, edge: Edge | undefined): Sql {
  if (edge === undefined) return yes;
  return sql`${value} ${raw(`${descending ? '<' : '>'}${edge.inclusive === true ? '=' : ''}`)} ${edge.value}`;
}

function fromEdge({ sort }: Request, key: SortKey, edge: Edge | undefined): Sql {
  return sort.length === 0 ? beyond(key, raw('name'), edge) : sql`(${beyond(key, raw('k0'), edge)} OR k0 IS NULL)`;
}

/** That a gathered row stands behind the place: a later value of some key, the same of those before it. */
function isBehind(sort: readonly SortKey[], after: readonly SortValue[]): Sql {
  const same: Sql[] = [];
  const alternatives = sort.map((key, index) => {
    const column = raw(`k${index}`);
    const value = after[index] ?? null;
    const later = value === null ? no : sql`(${beyond(key, column, { value })} OR ${column} IS NULL)`;
    const alternative = allOf([...same, later]);
    same.push(sql`${column} IS ${value}`);
    return alternative;
  });
  return anyOf([...alternatives, allOf([...same, sql`name > ${after[sort.length] ?? ''}`])]);
}

function orderBy(sort: readonly SortKey[]): Sql {
  const columns = sort.map(({ descending }, index) => raw(`k${index} ${descending ? 'DESC' : 'ASC'} NULLS LAST`));
  return joinSql([...columns, raw('name')], ', ');
}

function foundOf(row: Row, sort: readonly SortKey[], type: string): Found {
  return { seq: row.seq, place: [...sort.map((_, index) => row[`k${index}`] ?? null), type, row.name] };
}
