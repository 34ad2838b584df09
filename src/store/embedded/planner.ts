/**
 * Chooses the index a search starts from. SQLite's own choice rests on statistics that would have to be gathered; instead each index range
 * that could lead is counted up to a cap, which takes the same few microseconds at every size of the database.
 */
import type { Criterion, SortKey } from '../../search/criterion.ts';
import { type Conjunct, conjunction, conjunctsOf, sortIndex } from './conjunct.ts';
import type { Effort } from './effort.ts';
import { shapes } from './index-rows.ts';
import type { Names } from './names.ts';
import { groupTests, isRowTest, sameElement, type TupleTest, withinSphere } from './predicate.ts';
import type { RangeTest } from './ranges.ts';
import { isOneOf, noRows, type RowTest, rangeSourceOf, rowSource, sortWindow } from './row-tests.ts';
import { allOf, raw, type Sql, sql, targetsType, unionAll, yes } from './sql.ts';
import type { Statements } from './statements.ts';

/** A lead this short is not worth looking for a shorter one. */
const shortLead = 20;

export interface Lead {
  /** `SELECT rid`: every resource of the type that meets the conjuncts, and maybe others; some more than once. */
  readonly rows: Sql;
  /** How many rows, at most `gatherMax`. */
  readonly count: number;
  /** The conjunct that all the rows meet, so that it need not be asked again. */
  readonly met?: Conjunct;
}

export class Planner {
  readonly names: Names;
  readonly #statements: Statements;
  readonly #gatherMax: number;

  constructor(statements: Statements, names: Names, effort: Effort) {
    this.#statements = statements;
    this.names = names;
    this.#gatherMax = effort.gatherMax;
  }

  /** The shortest lead for resources of the type that meet all conjuncts; undefined when no index bounds them. */
  lead(conjuncts: readonly Conjunct[], type: string): Lead | undefined {
    let best: Lead | undefined;
    // Where both are long, a window is shorter than the bounds that make it.
    const windows = [...this.#windows(conjuncts, type), () => this.#moments(conjuncts, type)];
    for (const find of [...windows, ...conjuncts.map((conjunct) => () => this.#leadOf(conjunct, type))]) {
      const lead = find();
      if (lead !== undefined && (best === undefined || lead.count < best.count)) best = lead;
      if (best !== undefined && best.count <= shortLead) break;
    }
    return best;
  }

  /** The lead's rows, counted up to `most`. */
  count(rows: Sql, most = this.#gatherMax): number {
    const row = this.#statements.get<{ n: number }>(sql`SELECT count(*) AS n FROM (SELECT 1 FROM (${rows}) LIMIT ${most})`);
    return row?.n ?? 0;
  }

  /** Where in the index of the key the resources stand that meet all conjuncts: a condition on a row `x` of it. */
  stretch(conjuncts: readonly Conjunct[], key: SortKey, type: string): Sql {
    if (key.parameter === '_lastUpdated') {
      return allOf(
        conjuncts.map((conjunct) => (conjunct.kind === 'last-updated' ? (momentBounds(conjunct, 'x.lu') ?? yes) : yes)),
      );
    }
    const tests = conjuncts.flatMap((conjunct) =>
      conjunct.kind === 'has' && conjunct.parameter === key.parameter && conjunct.test?.shape === 'range' ? [conjunct.test] : [],
    );
    const bounding = tests.filter(({ unit, comparison }) => unit === '' && comparison !== 'ne');
    const p = key.shape === 'range' && bounding.length > 0 ? this.names.parameter(type, key.parameter, 'range') : undefined;
    if (p === undefined) return yes;
    const [from, to] = sortWindow(p, bounding, key.descending, this.#statements);
    return sql`(x.low >= ${from} AND x.low <= ${to})`;
  }

  /** `FROM … WHERE …`: the resources `r` of the type that meet all conjuncts, each once. */
  selection(conjuncts: readonly Conjunct[], type: string, lead: Lead | undefined): Sql {
    if (lead === undefined) {
      const met = conjunction(conjuncts, type, this.names);
      return sql`resource r WHERE r.type = ${type} AND r.deleted = 0 AND ${met}`;
    }
    const rest = conjunction(
      conjuncts.filter((conjunct) => conjunct !== lead.met),
      type,
      this.names,
    );
    return sql`(SELECT DISTINCT rid FROM (${lead.rows})) d CROSS JOIN resource r ON r.rid = d.rid
      WHERE +r.type = ${type} AND r.deleted = 0 AND ${rest}`;
  }

  #leadOf(conjunct: Conjunct, type: string): Lead | undefined {
    switch (conjunct.kind) {
      case 'none':
        return { rows: noRows, count: 0, met: conjunct };
      case 'and':
        return this.lead(conjunctsOf(conjunct), type);
      case 'or':
        return this.#leadOfAny(conjunct, type);
      case 'type':
        return conjunct.types.includes(type) ? undefined : { rows: noRows, count: 0, met: conjunct };
      case 'id':
        return this.#probed(sql`SELECT rid FROM resource WHERE type = ${type} AND ${isOneOf(raw('id'), conjunct.ids)}`, conjunct);
      case 'last-updated':
        return this.#lastUpdated([conjunct], type);
      case 'compartment':
        return this.#probed(sql`SELECT rid FROM compartment WHERE member = ${conjunct.member} AND type = ${type}`);
      case 'has':
        return this.#has(conjunct, type);
      case 'chain':
        return this.#chain(conjunct, type);
      case 'reverse-chain':
        return this.#reverseChain(conjunct, type);
      case 'sorted-as': {
        const index = conjunct.value === null ? undefined : sortIndex(conjunct.key, type, this.names);
        return index === undefined
          ? undefined
          : this.#probed(
              sql`SELECT x.rid FROM ${index.table} x WHERE ${index.rows('x')} AND ${raw(`x.${index.column}`)} = ${conjunct.value}`,
            );
      }
      case 'all':
      case 'not':
        return undefined;
    }
  }

  #leadOfAny(any: Criterion & { readonly kind: 'or' }, type: string): Lead | undefined {
    const sources = [
      ...groupTests(any.of).map(({ parameter, tests }) => this.#rows(parameter, tests, type)),
      ...any.of.flatMap((part) => (isRowTest(part) ? [] : [this.#leadOf(part, type)?.rows])),
    ];
    const known = sources.filter((source) => source !== undefined);
    if (known.length < sources.length) return undefined;
    return known.length === 0
      ? { rows: noRows, count: 0 }
      : this.#probed(unionAll(known.map((rows) => sql`SELECT rid FROM (${rows})`)));
  }

  #has(criterion: Criterion & { readonly kind: 'has' }, type: string): Lead | undefined {
    const { parameter, test } = criterion;
    if (test?.shape === 'tuple') return this.#tuple(parameter, test, type);
    if (test !== undefined) {
      const rows = this.#rows(parameter, [test], type);
      return rows === undefined ? undefined : this.#probed(sql`SELECT rid FROM (${rows})`, criterion);
    }
    const known = shapes.flatMap((shape) => {
      const p = this.names.parameter(type, parameter, shape);
      return p === undefined ? [] : [sql`SELECT rid FROM ${raw(`ix_${shape}`)} WHERE p = ${p}`];
    });
    return known.length === 0 ? { rows: noRows, count: 0, met: criterion } : this.#probed(unionAll(known), criterion);
  }

  /** The rows, `SELECT rid, n`, that pass one of the tests, which share a shape. */
  #rows(parameter: string, tests: readonly RowTest[], type: string): Sql | undefined {
    const [first] = tests;
    const p = first === undefined ? undefined : this.names.parameter(type, parameter, first.shape);
    return p === undefined ? noRows : rowSource(p, tests, this.names, this.#statements);
  }

  /** Leads with the component that has the fewest rows, and asks the others of the same element. */
  #tuple(parameter: string, test: TupleTest, type: string): Lead | undefined {
    const { parts } = test;
    const nameOf = (index: number) => `${parameter}$${index + 1}`;
    const leads = parts.flatMap((part, index) => {
      const rows = this.#rows(nameOf(index), [part], type);
      return rows === undefined ? [] : [{ rows, index, count: this.count(rows) }];
    });
    const [best] = leads.sort((one, other) => one.count - other.count);
    if (best === undefined) return undefined;
    const others = parts.flatMap((part, index) =>
      index === best.index ? [] : [sameElement(part, this.names.parameter(type, nameOf(index), part.shape), 'x', this.names)],
    );
    const inside = withinSphere(parameter, test, { type, alias: 'x' }, this.names);
    return { rows: sql`SELECT x.rid FROM (${best.rows}) x WHERE ${allOf([...others, inside])}`, count: best.count };
  }

  /** Ranges of one parameter and unit asked for in several conjuncts, such as `date=ge…&date=le…`, as one window. */
  #windows(conjuncts: readonly Conjunct[], type: string): readonly (() => Lead | undefined)[] {
    const groups = new Map<string, { readonly parameter: string; readonly tests: RangeTest[] }>();
    for (const conjunct of conjuncts) {
      if (conjunct.kind !== 'has' || conjunct.test?.shape !== 'range') continue;
      const name = `${conjunct.test.unit} ${conjunct.parameter}`;
      const group = groups.get(name) ?? { parameter: conjunct.parameter, tests: [] };
      group.tests.push(conjunct.test);
      groups.set(name, group);
    }
    return [...groups.values()].flatMap(({ parameter, tests }) => {
      const p = tests.length < 2 ? undefined : this.names.parameter(type, parameter, 'range');
      if (p === undefined) return [];
      return [
        () => {
          const rows = rangeSourceOf(p, tests, this.names, this.#statements);
          return rows === undefined ? undefined : this.#probed(sql`SELECT rid FROM (${rows})`);
        },
      ];
    });
  }

  /** Times of change asked for in several conjuncts, as one window. */
  #moments(conjuncts: readonly Conjunct[], type: string): Lead | undefined {
    const moments = conjuncts.filter((conjunct) => conjunct.kind === 'last-updated');
    return moments.length < 2 ? undefined : this.#lastUpdated(moments, type);
  }

  #lastUpdated(moments: readonly (Criterion & { readonly kind: 'last-updated' })[], type: string): Lead | undefined {
    const bounds = moments.map((moment) => momentBounds(moment, 'lu')).filter((bound) => bound !== undefined);
    if (bounds.length === 0) return undefined;
    const rows = sql`SELECT rid FROM resource WHERE type = ${type} AND deleted = 0 AND ${allOf(bounds)}`;
    return this.#probed(rows, moments.length === 1 ? moments[0] : undefined);
  }

  /** From the targets that meet the inner criterion to the resources that name them. */
  #chain(criterion: Criterion & { readonly kind: 'chain' }, type: string): Lead | undefined {
    const p = this.names.parameter(type, criterion.parameter, 'reference');
    if (p === undefined) return { rows: noRows, count: 0, met: criterion };
    const conjuncts = conjunctsOf(criterion.target);
    const leads = this.names.referredTo(p, criterion.types).map((target) => {
      const inner = this.lead(conjuncts, target);
      const rows = sql`SELECT x.rid FROM (SELECT r.id FROM ${this.selection(conjuncts, target, inner)}) t
        CROSS JOIN ix_reference x ON x.p = ${p} AND x.target = ${`${target}/`} || t.id`;
      return { rows, count: inner?.count ?? this.#gatherMax };
    });
    return this.#following(leads, criterion);
  }

  /** From the sources that meet the inner criterion to the resources they name. */
  #reverseChain(criterion: Criterion & { readonly kind: 'reverse-chain' }, type: string): Lead | undefined {
    const p = this.names.parameter(criterion.type, criterion.parameter, 'reference');
    if (p === undefined) return { rows: noRows, count: 0, met: criterion };
    const conjuncts = conjunctsOf(criterion.source);
    const inner = this.lead(conjuncts, criterion.type);
    const rows = sql`SELECT r.rid FROM (SELECT r.rid FROM ${this.selection(conjuncts, criterion.type, inner)}) t
      CROSS JOIN ix_reference x ON x.rid = t.rid AND x.p = ${p} AND ${targetsType(raw('x.target'), type)}
      CROSS JOIN resource r ON r.type = ${type} AND r.id = substr(x.target, ${type.length + 2})`;
    return this.#following([{ rows, count: inner?.count ?? this.#gatherMax }], criterion);
  }

  /** A lead through other resources is counted only when few lead there. */
  #following(leads: readonly Lead[], met: Criterion): Lead {
    const rows = leads.length === 0 ? noRows : unionAll(leads.map((lead) => lead.rows));
    const few = leads.every((lead) => lead.count < this.#gatherMax);
    return { rows, count: few ? this.count(rows) : this.#gatherMax, met };
  }

  #probed(rows: Sql, met?: Conjunct): Lead {
    return { rows, count: this.count(rows), ...(met === undefined ? {} : { met }) };
  }
}

/** A moment is a range whose ends are equal, which makes each comparison one bound or two. */
function momentBounds({ comparison, low, high }: Criterion & { readonly kind: 'last-updated' }, column: string): Sql | undefined {
  const lu = raw(column);
  switch (comparison) {
    case 'eq':
    case 'ap':
      return sql`${lu} >= ${low} AND ${lu} <= ${high}`;
    case 'co':
      return sql`${lu} >= ${high} AND ${lu} <= ${low}`;
    case 'ge':
      return sql`${lu} >= ${low}`;
    case 'le':
      return sql`${lu} <= ${high}`;
    case 'gt':
    case 'sa':
      return sql`${lu} > ${high}`;
    case 'lt':
    case 'eb':
      return sql`${lu} < ${low}`;
    case 'ne':
      return undefined;
  }
}
