/** SQL as text and values kept apart: values are always bound, never written into the text. */

export type SqlValue = string | number | null | Uint8Array;

export interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** A template whose `${…}` become bound values; a piece of SQL among them is spliced in. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (Sql | SqlValue)[]): Sql {
  let text = strings[0] ?? '';
  const values: SqlValue[] = [];
  for (const [index, part] of parts.entries()) {
    if (isSql(part)) {
      text += part.text;
      for (const value of part.values) values.push(value);
    } else {
      text += '?';
      values.push(part);
    }
    text += strings[index + 1] ?? '';
  }
  return { text, values };
}

/** A name of the schema or a keyword; only constants of this folder come here. */
export function raw(text: string): Sql {
  return { text, values: [] };
}

/** Conditions that hold always and never; `allOf` and `anyOf` know them. */
export const yes = raw('1');
export const no = raw('0');

export function joinSql(parts: readonly Sql[], separator: string): Sql {
  return { text: parts.map(({ text }) => text).join(separator), values: parts.flatMap(({ values }) => values) };
}

export function allOf(conditions: readonly Sql[]): Sql {
  const parts = conditions.filter((condition) => condition !== yes);
  return parts.includes(no) ? no : balanced(parts, 'AND', yes);
}

export function anyOf(conditions: readonly Sql[]): Sql {
  const parts = conditions.filter((condition) => condition !== no);
  return parts.includes(yes) ? yes : balanced(parts, 'OR', no);
}

export function notOf(condition: Sql): Sql {
  if (condition === yes) return no;
  return condition === no ? yes : sql`NOT (${condition})`;
}

/** A union of row sources that keeps repeated rows; nested, because SQLite takes at most 500 in one compound. */
export function unionAll(parts: readonly Sql[]): Sql {
  if (parts.length <= compoundMax) return joinSql(parts, ' UNION ALL ');
  const chunks: Sql[] = [];
  for (let at = 0; at < parts.length; at += compoundMax) {
    chunks.push(sql`SELECT * FROM (${joinSql(parts.slice(at, at + compoundMax), ' UNION ALL ')})`);
  }
  return unionAll(chunks);
}

const compoundMax = 400;

/** A tree rather than a chain, because SQLite takes expressions of depth 1000 at most. */
function balanced(parts: readonly Sql[], operator: 'AND' | 'OR', empty: Sql): Sql {
  const [first] = parts;
  if (first === undefined) return empty;
  if (parts.length === 1) return first;
  if (parts.length <= 8) return sql`(${joinSql(parts, ` ${operator} `)})`;
  const middle = Math.ceil(parts.length / 2);
  const halves = [balanced(parts.slice(0, middle), operator, empty), balanced(parts.slice(middle), operator, empty)];
  return sql`(${joinSql(halves, ` ${operator} `)})`;
}

function isSql(part: Sql | SqlValue): part is Sql {
  return typeof part === 'object' && part !== null && !(part instanceof Uint8Array);
}

/** That an index text names a resource of the type; the id follows. */
export function targetsType(column: Sql, type: string): Sql {
  // '0' is the character behind '/'.
  return sql`(${column} > ${`${type}/`} AND ${column} < ${`${type}0`})`;
}
