/** History, newest first, narrowed before the page is cut. https://hl7.org/fhir/R4/http.html#history */
import type { Criterion } from '../../search/criterion.ts';
import { loadPage } from '../page.ts';
import type { HistoryScope, Page, PageRequest, StoredVersion } from '../store.ts';
import { isVisible } from '../visibility.ts';
import { rangeCondition } from './ranges.ts';
import { isOneOf } from './row-tests.ts';
import { allOf, anyOf, joinSql, no, notOf, raw, type Sql, sql, yes } from './sql.ts';
import { type VersionRow, type Versions, versionColumns } from './versions.ts';

/** A condition on a version. `exact`: it says all that the border says; otherwise it lets more through, which is judged one by one. */
interface Narrowing {
  readonly condition: Sql;
  readonly exact: boolean;
}

/** Versions among which all those inside a border are. */
type Part = { readonly member: string } | { readonly type: string };

/** One page, read from one state of the database. */
export function readHistory(versions: Versions, scope: HistoryScope, allowed: Criterion, page: PageRequest): Page<StoredVersion> {
  return versions.statements.snapshot(() => {
    const found: VersionRow[] = [];
    let after = page.after;
    for (;;) {
      const wanted = page.count + 1 - found.length;
      const { rows, exact } = readRows(versions, scope, allowed, {
        ...page,
        ...(after === undefined ? {} : { after }),
        count: wanted,
      });
      found.push(
        ...rows.filter((row) => exact || isVisible(versions.candidate(row), versions.lastUndeleted(row), allowed, versions)),
      );
      const last = rows.at(-1);
      if (found.length > page.count || rows.length < wanted || last === undefined) break;
      after = placeOf(last);
    }
    return loadPage(found, page, placeOf, ({ seq }) => versions.load(seq));
  });
}

function placeOf({ lu, seq }: VersionRow): readonly number[] {
  return [lu, seq];
}

/** The newest versions behind the place that the border may show. */
function readRows({ statements }: Versions, scope: HistoryScope, allowed: Criterion, page: PageRequest) {
  const own = narrowing(allowed, 'v');
  // A version is as hidden as the resource's last undeleted one.
  const last = narrowing(allowed, 'l');
  const parts = partsOf(scope, allowed).map(
    (part) => sql`SELECT * FROM (SELECT ${versionColumns} FROM ${part}
      AND ${allOf([...timeConditions(page), own.condition, last.condition])} ORDER BY v.lu DESC, v.seq DESC LIMIT ${page.count})`,
  );
  const query = sql`SELECT * FROM (${joinSql(parts, ' UNION ')}) ORDER BY lu DESC, seq DESC LIMIT ${page.count}`;
  return { rows: statements.all<VersionRow>(query), exact: own.exact && last.exact };
}

/** `FROM … WHERE …` for each part of the history: `v` the version, `l` the resource's last undeleted one. */
function partsOf(scope: HistoryScope, allowed: Criterion): readonly Sql[] {
  const last = sql`CROSS JOIN resource r ON r.rid = v.rid CROSS JOIN version l ON l.seq = r.live`;
  if (scope.kind === 'instance') {
    const { type, id } = scope.key;
    return [sql`version v ${last} WHERE v.rid = (SELECT rid FROM resource WHERE type = ${type} AND id = ${id})`];
  }
  const inScope = scope.kind === 'type' ? sql`v.type = ${scope.type}` : yes;
  const parts = borderParts(allowed);
  if (parts === undefined || parts.length > partsMax) return [sql`version v ${last} WHERE ${inScope}`];
  if (parts.length === 0) return [sql`version v ${last} WHERE 0`];
  return parts.map((part) => {
    if ('type' in part) return sql`version v ${last} WHERE v.type = ${part.type} AND ${inScope}`;
    const ofType = scope.kind === 'type' ? sql`AND c.type = ${scope.type}` : raw('');
    return sql`compartment c CROSS JOIN version v ON v.seq = c.seq ${last} WHERE c.member = ${part.member} ${ofType}`;
  });
}

/** More parts than this cost more than reading all versions of the scope. */
const partsMax = 200;

/** Undefined when the border bounds nothing that an index knows. */
function borderParts(criterion: Criterion): readonly Part[] | undefined {
  switch (criterion.kind) {
    case 'none':
      return [];
    case 'compartment':
      return [{ member: criterion.member }];
    case 'type':
      return criterion.types.map((type) => ({ type }));
    case 'or': {
      const parts = criterion.of.map(borderParts);
      const known = parts.filter((part) => part !== undefined);
      return known.length < parts.length ? undefined : known.flat();
    }
    case 'and': {
      const known = criterion.of.map(borderParts).filter((parts) => parts !== undefined);
      // A member's versions are few beside a type's.
      return known.find((parts) => parts.every((part) => 'member' in part)) ?? known[0];
    }
    default:
      return undefined;
  }
}

function timeConditions({ after, since, at, deletions }: PageRequest): readonly Sql[] {
  const [lu, seq] = after ?? [];
  const until = sql`(SELECT n.lu FROM version n WHERE n.rid = v.rid AND n.vid > v.vid ORDER BY n.vid LIMIT 1)`;
  return [
    after === undefined ? yes : sql`(v.lu, v.seq) < (${lu ?? null}, ${seq ?? null})`,
    deletions === true ? sql`v.deleted = 1` : yes,
    since === undefined ? yes : sql`v.lu >= ${since}`,
    at === undefined ? yes : sql`v.lu <= ${at.high} AND coalesce(${until} > ${at.low}, 1)`,
  ];
}

function narrowing(criterion: Criterion, alias: string): Narrowing {
  const column = (name: string) => raw(`${alias}.${name}`);
  const exactly = (condition: Sql) => ({ condition, exact: true });
  switch (criterion.kind) {
    case 'all':
      return exactly(yes);
    case 'none':
      return exactly(no);
    case 'and':
    case 'or': {
      const parts = criterion.of.map((part) => narrowing(part, alias));
      const conditions = parts.map(({ condition }) => condition);
      return {
        condition: criterion.kind === 'and' ? allOf(conditions) : anyOf(conditions),
        exact: parts.every(({ exact }) => exact),
      };
    }
    case 'not': {
      const { condition, exact } = narrowing(criterion.of, alias);
      return { condition: exact ? notOf(condition) : yes, exact };
    }
    case 'type':
      return exactly(isOneOf(column('type'), criterion.types));
    case 'id':
      return exactly(isOneOf(column('id'), criterion.ids));
    case 'last-updated':
      return exactly(rangeCondition(criterion, column('lu'), column('lu')));
    case 'compartment':
      return exactly(sql`EXISTS (SELECT 1 FROM compartment
        WHERE member = ${criterion.member} AND type = ${column('type')} AND seq = ${column('seq')})`);
    default:
      return { condition: yes, exact: false };
  }
}
