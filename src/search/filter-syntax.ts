/** The language of `_filter`: https://hl7.org/fhir/R4/search_filter.html */
import { limits } from '../fhir/limits.ts';
import { type FhirError, invalidValue, tooCostly } from '../fhir/outcome.ts';
import { didYouMean } from './suggest.ts';

const comparisons = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb'] as const;
const operators = [...comparisons, 'pr', 'po', 'ss', 'sb', 'in', 'ni', 're'] as const;

export type Operator = (typeof operators)[number];

export type Filter =
  | { readonly kind: 'and' | 'or'; readonly of: readonly [Filter, Filter] }
  | { readonly kind: 'not'; readonly of: Filter }
  | FilterTest;

export interface FilterTest {
  readonly kind: 'test';
  /** `subject.name`, `relatesTo[code eq replaces].target`; never empty. */
  readonly path: readonly Step[];
  readonly operator: Operator;
  /** The text of a JSON string, or what was written without quotation marks. */
  readonly value: string;
}

export interface Step {
  readonly name: string;
  /** What stands in brackets behind the name. */
  readonly filter?: Filter;
}

/** Throws FhirError: 400 with the place of the fault, too-costly over the limits. */
export function readFilter(text: string): Filter {
  const reader: Reader = { text, at: 0, depth: 0, tests: 0 };
  const filter = readLogical(reader);
  if (reader.at < text.length) throw fault(reader, "expected 'and', 'or' or the end");
  return filter;
}

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
  tests: number;
}

/** "Logical expressions are evaluated left to right, with no precedence between "and" and "or"." */
function readLogical(reader: Reader): Filter {
  let filter = readPart(reader);
  for (;;) {
    const word = take(reader, /\s*(and|or)(?=[\s(])/y)?.[1];
    if (word === undefined) break;
    filter = { kind: word === 'and' ? 'and' : 'or', of: [filter, readPart(reader)] };
  }
  take(reader, /\s*/y);
  return filter;
}

function readPart(reader: Reader): Filter {
  take(reader, /\s*/y);
  if (take(reader, /not\s*(?=\()/y) !== undefined) return { kind: 'not', of: readNested(reader, ')') };
  return reader.text[reader.at] === '(' ? readNested(reader, ')') : readTest(reader);
}

/** What stands between a bracket, which is next, and its end. */
function readNested(reader: Reader, end: ')' | ']'): Filter {
  reader.at += 1;
  reader.depth += 1;
  if (reader.depth > limits.filterDepthMax)
    throw tooCostly(`'_filter': at most ${limits.filterDepthMax} parentheses and brackets may stand inside each other.`);
  const filter = readLogical(reader);
  if (reader.text[reader.at] !== end) throw fault(reader, `expected '${end}', 'and' or 'or'`);
  reader.at += 1;
  reader.depth -= 1;
  return filter;
}

function readTest(reader: Reader): FilterTest {
  reader.tests += 1;
  if (reader.tests > limits.filterTermsMax)
    throw tooCostly(`'_filter': at most ${limits.filterTermsMax} comparisons may be asked at once.`);
  const path = readPath(reader);
  if (take(reader, /\s+/y) === undefined) throw fault(reader, 'expected a space and an operator');
  const word = take(reader, /[^\s()[\]]+/y)?.[0] ?? '';
  const operator = operators.find((known) => known === word);
  if (operator === undefined) throw fault(reader, `expected an operator: ${operators.join(', ')}`, didYouMean(word, operators));
  if (take(reader, /\s+/y) === undefined) throw fault(reader, 'expected a space and a value');
  return { kind: 'test', path, operator, value: readValue(reader) };
}

function readPath(reader: Reader): readonly Step[] {
  const path: Step[] = [];
  for (;;) {
    const name = take(reader, /-?[A-Za-z_][\w-]*/y)?.[0];
    if (name === undefined) throw fault(reader, 'expected the name of a search parameter');
    const filtered = reader.text[reader.at] === '[';
    path.push(filtered ? { name, filter: readNested(reader, ']') } : { name });
    if (take(reader, /\./y) !== undefined) continue;
    if (filtered) throw fault(reader, "expected '.' and the name of a search parameter behind the brackets");
    return path;
  }
}

/** "value is either a "true", "false", a JSON string, or a token (any sequence of non-whitespace characters, excluding ")" and "]"" */
function readValue(reader: Reader): string {
  const quoted = take(reader, /"(?:[^"\\]|\\.)*"/sy)?.[0];
  if (quoted !== undefined) return readJsonString(quoted, reader);
  const token = take(reader, /[^\s)\]"][^\s)\]]*/y)?.[0];
  if (token === undefined)
    throw fault(reader, 'expected a value: a JSON string, or a text without spaces, parentheses and brackets');
  return token;
}

function readJsonString(quoted: string, reader: Reader): string {
  try {
    return JSON.parse(quoted) as string; // Between quotation marks it is a string or an error.
  } catch {
    throw fault(reader, 'the value before this place is no JSON string');
  }
}

function take(reader: Reader, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text) ?? undefined;
  reader.at += found?.[0].length ?? 0;
  return found;
}

function fault({ at }: Reader, sentence: string, suggestion = ''): FhirError {
  return invalidValue(`'_filter': ${sentence} at character ${at + 1}.${suggestion}`, 'http._filter');
}
