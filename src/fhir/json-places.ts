/** Where elements stand in a JSON text. https://hl7.org/fhir/R4/json.html */
import { type FindPlace, innerNamed, openPlaces, type Wanted, wantedPlaces } from './places.ts';

/** Looks for the elements of some expressions in one pass. The text must be JSON that `fhir/json.ts` has read. */
export function findJsonPlaces(text: string, expressions: readonly (string | undefined)[]): FindPlace {
  const root = wantedPlaces(expressions);
  visit(text, skipSpace(text, 0), root, true);
  return openPlaces(text, root);
}

/** Notes where a value that is asked for stands, and looks into it; answers the place behind it. A `_name` counts when there is no `name`. */
function visit(text: string, at: number, wanted: Wanted, own: boolean): number {
  const single = text[at] !== '{' && text[at] !== '[';
  const end = wanted.inner.size === 0 || single ? skipValue(text, at) : visitInner(text, at, wanted);
  if (own || wanted.at === undefined) {
    wanted.at = at;
    wanted.end = single ? end : at + 1;
  }
  return end;
}

function visitInner(text: string, at: number, wanted: Wanted): number {
  const isList = text[at] === '[';
  let next = skipSpace(text, at + 1);
  for (let position = 0; next < text.length && text[next] !== '}' && text[next] !== ']'; position += 1) {
    next = isList ? visitItem(text, next, wanted, position) : visitMember(text, next, wanted);
    next = skipSpace(text, next);
    if (text[next] === ',') next = skipSpace(text, next + 1);
  }
  return next + 1;
}

function visitItem(text: string, at: number, wanted: Wanted, position: number): number {
  const item = wanted.inner.get(position);
  return item === undefined ? skipValue(text, at) : visit(text, at, item, text[at] !== 'n');
}

function visitMember(text: string, at: number, wanted: Wanted): number {
  const end = skipString(text, at);
  const value = skipSpace(text, skipSpace(text, end) + 1);
  const name = text.slice(at + 1, end - 1);
  const sibling = name.startsWith('_');
  const [member, exact] = innerNamed(wanted, sibling ? name.slice(1) : name);
  return member === undefined ? skipValue(text, value) : visit(text, value, member, exact && !sibling);
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
    const code = text.charCodeAt(next);
    next = code === 34 ? skipString(text, next) : next + 1;
    if (code === 123 || code === 91) depth += 1;
    else if (code === 125 || code === 93) depth -= 1;
    if (depth === 0) break;
  }
  return next;
}

function skipString(text: string, at: number): number {
  let next = at + 1;
  while (next < text.length && text.charCodeAt(next) !== 34) next += text.charCodeAt(next) === 92 ? 2 : 1;
  return next + 1;
}

/** A number, true, false or null goes on to the next punctuation or space. */
function skipWord(text: string, at: number): number {
  let next = at;
  while (next < text.length && !endsWord(text.charCodeAt(next))) next += 1;
  return next;
}

/** At `,`, `]`, `}` or space. */
function endsWord(code: number): boolean {
  return code === 44 || code === 93 || code === 125 || isSpace(code);
}

function skipSpace(text: string, at: number): number {
  let next = at;
  while (isSpace(text.charCodeAt(next))) next += 1;
  return next;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}
