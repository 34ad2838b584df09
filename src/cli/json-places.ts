/** Where in a JSON text an element stands, by its FHIRPath: for messages that point into a file. */

export interface Place {
  /** Both from 1, as editors count. */
  readonly line: number;
  readonly column: number;
  /** Characters of the value, when it is a single one on one line; otherwise 1. */
  readonly length: number;
}

/**
 * Finds `Bundle.entry[3].resource.status` in the text of a Bundle. What the text doesn't have (a missing element, a step that is a function)
 * is looked for no further: the place is then that of the innermost element found. The text must be JSON.
 */
export function findPlace(text: string, expression: string | undefined): Place {
  let at = skipSpace(text, 0);
  for (const step of readSteps(expression ?? '')) {
    const next = typeof step === 'number' ? findItem(text, at, step) : findMember(text, at, step);
    if (next === undefined) break;
    at = next;
  }
  return placeAt(text, at);
}

type Step = string | number;

/** The first word is the type, which JSON has no member for. */
function readSteps(expression: string): readonly Step[] {
  const steps: Step[] = [];
  for (const part of expression.split('.').slice(1)) {
    // `value.ofType(Quantity)` is the member valueQuantity, which the step before finds.
    if (/^ofType\([A-Za-z]+\)$/.test(part)) continue;
    const [, name, index] = /^([A-Za-z_][A-Za-z0-9_]*)(?:\[(\d+)\])?$/.exec(part) ?? [];
    if (name === undefined) break;
    steps.push(name);
    if (index !== undefined) steps.push(Number(index));
  }
  return steps;
}

function placeAt(text: string, at: number): Place {
  const before = text.slice(0, at);
  const value = text.slice(at, skipValue(text, at));
  const single = !/^[{[]/.test(value);
  return {
    line: before.split('\n').length,
    column: at - before.lastIndexOf('\n'),
    length: single ? Math.max(1, value.length) : 1,
  };
}

/** The member of that name, or that of a choice (`value` is written `valueQuantity`), or the one that holds its extensions (`_value`). */
function findMember(text: string, at: number, name: string): number | undefined {
  const members = new Map(listMembers(text, at));
  const choice = [...members.keys()].find((key) => key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length)));
  return members.get(name) ?? (choice === undefined ? undefined : members.get(choice)) ?? members.get(`_${name}`);
}

function listMembers(text: string, at: number): readonly (readonly [name: string, at: number])[] {
  return listParts(text, at, '{', '}', (from) => {
    const end = skipValue(text, from);
    const name: unknown = JSON.parse(text.slice(from, end));
    const value = skipSpace(text, skipSpace(text, end) + 1);
    return { part: [String(name), value] as const, value };
  });
}

function findItem(text: string, at: number, index: number): number | undefined {
  return listParts(text, at, '[', ']', (from) => ({ part: from, value: from }))[index];
}

function listParts<T>(
  text: string,
  at: number,
  open: string,
  close: string,
  read: (at: number) => { readonly part: T; readonly value: number },
): readonly T[] {
  const parts: T[] = [];
  if (text[at] !== open) return parts;
  let next = skipSpace(text, at + 1);
  while (next < text.length && text[next] !== close) {
    const { part, value } = read(next);
    parts.push(part);
    next = skipSpace(text, skipValue(text, value));
    if (text[next] === ',') next = skipSpace(text, next + 1);
  }
  return parts;
}

/** Behind the value that begins at `at`. */
function skipValue(text: string, at: number): number {
  if (text[at] === '"') return skipString(text, at);
  return text[at] === '{' || text[at] === '[' ? skipContainer(text, at) : skipWord(text, at);
}

function skipContainer(text: string, at: number): number {
  let depth = 0;
  let next = at;
  while (next < text.length) {
    const char = text[next] ?? '';
    next = char === '"' ? skipString(text, next) : next + 1;
    if ('{['.includes(char)) depth += 1;
    else if ('}]'.includes(char)) depth -= 1;
    if (depth === 0) break;
  }
  return next;
}

function skipString(text: string, at: number): number {
  let next = at + 1;
  while (next < text.length && text[next] !== '"') next += text[next] === '\\' ? 2 : 1;
  return next + 1;
}

/** A number, true, false or null goes on to the next punctuation or space. */
function skipWord(text: string, at: number): number {
  let next = at;
  while (next < text.length && !/[\s,\]}]/.test(text[next] ?? '')) next += 1;
  return next;
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (next < text.length && /\s/.test(text[next] ?? '')) next += 1;
  return next;
}
