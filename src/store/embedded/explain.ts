/** The way a search will take, in words. The choices are those of `planner.ts` and `ordered.ts`. */
import type { Criterion, SortKey } from '../../search/criterion.ts';
import { describeCriterion, describeSort } from '../../search/describe.ts';
import type { PlanStep } from '../store.ts';
import type { Effort } from './effort.ts';
import type { Lead, Planner } from './planner.ts';
import { sql } from './sql.ts';
import type { Statements } from './statements.ts';

export interface Asked {
  readonly type: string;
  readonly conjuncts: readonly Criterion[];
  readonly sort: readonly SortKey[];
}

/** What each condition would lead to, which one leads, and what is done with the rest. */
export function explainType(asked: Asked, planner: Planner, statements: Statements, effort: Effort): readonly PlanStep[] {
  const { type, conjuncts } = asked;
  const lead = planner.lead(conjuncts, type);
  const conditions = conjuncts
    .filter(({ kind }) => kind !== 'all')
    .map((conjunct) => ({
      text: `${type}: ${describeCriterion(conjunct)}: ${boundOf(planner.lead([conjunct], type), effort)}.`,
    }));
  return [
    ...conditions,
    { text: `${type}: ${wayOf(asked, lead, effort)}`, details: detailsOf(asked, lead, planner, statements) },
  ];
}

function boundOf(lead: Lead | undefined, { gatherMax }: Effort): string {
  if (lead === undefined) return 'no index bounds it';
  return lead.count >= gatherMax ? `an index with ${gatherMax} rows or more` : `an index with ${lead.count} rows`;
}

function wayOf({ sort }: Asked, lead: Lead | undefined, { gatherMax, rowsMax }: Effort): string {
  if (lead?.count === 0) return 'no resource can match, so nothing is read.';
  if (lead !== undefined && lead.count < gatherMax)
    return `the shortest index leads: its ${lead.count} rows are read, asked for the other conditions and sorted by ${describeSort(sort)}.`;
  const [first] = sort;
  const index = first === undefined ? 'id' : `'${first.parameter}'`;
  const turn = lead === undefined ? '' : ' If that gets long, the shortest index is gathered instead.';
  return `the index of ${index} is walked in its order and each resource asked for every condition, until the page is full.${turn} After ${rowsMax} rows the search is refused as too-costly.`;
}

/** SQLite's own plan of reading what the lead gives: its names of tables and indexes, with `?` for every value. */
function detailsOf({ type, conjuncts }: Asked, lead: Lead | undefined, planner: Planner, statements: Statements): string {
  const selection = planner.selection(conjuncts, type, lead);
  const rows = statements.all<{ readonly detail: string }>(sql`EXPLAIN QUERY PLAN SELECT r.seq FROM ${selection}`);
  return rows.map(({ detail }) => detail).join('; ');
}
