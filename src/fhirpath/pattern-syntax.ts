/** Regular expressions as trees: the part of the syntax that can be matched in one pass over the text. */

export type Pattern =
  /** One character that a class, an escape or itself describes, as source for a RegExp. */
  | { readonly kind: 'character'; readonly source: string }
  | { readonly kind: 'assertion'; readonly assertion: '^' | '$' | 'b' | 'B' }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly options: readonly Pattern[] }
  /** `most` is Infinity for no limit. */
  | { readonly kind: 'repeat'; readonly part: Pattern; readonly fewest: number; readonly most: number };

const charactersMax = 2_000;
const depthMax = 50;
const repeatMax = 1_000;

interface Reader {
  readonly text: string;
  at: number;
  depth: number;
}

/**
 * Parses a regular expression. Throws an Error for what is none, for lookaround and back references, which cannot be matched in bounded
 * time, and for what is longer, deeper or repeated more often than any honest pattern.
 */
export function parsePattern(text: string): Pattern {
  if (text.length > charactersMax) throw new Error(`a regular expression is longer than ${charactersMax} characters`);
  const reader: Reader = { text, at: 0, depth: 0 };
  const pattern = readChoice(reader);
  if (reader.at < text.length) throw invalid(reader, 'a ) without its (');
  return pattern;
}

function readChoice(reader: Reader): Pattern {
  reader.depth += 1;
  if (reader.depth > depthMax) throw invalid(reader, `groups nested deeper than ${depthMax} levels`);
  const options = [readSequence(reader)];
  while (accept(reader, '|')) options.push(readSequence(reader));
  reader.depth -= 1;
  return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options };
}

function readSequence(reader: Reader): Pattern {
  const parts: Pattern[] = [];
  while (reader.at < reader.text.length && !'|)'.includes(peek(reader))) parts.push(readRepeats(reader, readAtom(reader)));
  return { kind: 'sequence', parts };
}

function readAtom(reader: Reader): Pattern {
  const character = take(reader);
  switch (character) {
    case '(':
      return readGroup(reader);
    case '[':
      return readClass(reader);
    case '\\':
      return readEscape(reader);
    case '^':
    case '$':
      return { kind: 'assertion', assertion: character };
    case '*':
    case '+':
    case '?':
      throw invalid(reader, `a ${character} with nothing to repeat`);
    case '.':
      return { kind: 'character', source: '.' };
    default:
      return { kind: 'character', source: `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` };
  }
}

function readGroup(reader: Reader): Pattern {
  const opening = /^\?(?:[:]|<[A-Za-z]\w*>)?/.exec(reader.text.slice(reader.at, reader.at + 64))?.[0] ?? '';
  if (opening === '?') throw invalid(reader, 'a lookaround or an inline flag, which is not supported');
  reader.at += opening.length;
  const inner = readChoice(reader);
  if (!accept(reader, ')')) throw invalid(reader, 'a ( without its )');
  return inner;
}

/** Only the end of a class is looked for: what it contains is for RegExp to judge. */
function readClass(reader: Reader): Pattern {
  const start = reader.at - 1;
  if (peek(reader) === '^') reader.at += 1;
  while (reader.at < reader.text.length && peek(reader) !== ']') reader.at += peek(reader) === '\\' ? 2 : 1;
  if (!accept(reader, ']')) throw invalid(reader, 'a [ without its ]');
  return { kind: 'character', source: reader.text.slice(start, reader.at) };
}

const longEscape =
  /^(?:[pP]\{[^}]{1,64}\}|u\{[0-9A-Fa-f]{1,6}\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|[dDwWsStnrfv0]|[^A-Za-z0-9])/u;

function readEscape(reader: Reader): Pattern {
  const next = peek(reader);
  if (next === 'b' || next === 'B') {
    reader.at += 1;
    return { kind: 'assertion', assertion: next };
  }
  const escaped = longEscape.exec(reader.text.slice(reader.at, reader.at + 80))?.[0];
  if (escaped === undefined) throw invalid(reader, `the escape \\${next}, which is not supported`);
  reader.at += escaped.length;
  return { kind: 'character', source: `\\${escaped}` };
}

const bounds = /^\{(\d{1,5})(?:(,)(\d{1,5})?)?\}/;

function readRepeats(reader: Reader, atom: Pattern): Pattern {
  const limits = readLimits(reader);
  if (limits === undefined) return atom;
  // A lazy quantifier matches the same texts.
  accept(reader, '?');
  if (readLimits(reader) !== undefined) throw invalid(reader, 'a quantifier behind a quantifier');
  const [fewest, most] = limits;
  if (fewest > repeatMax || (most > repeatMax && most !== Number.POSITIVE_INFINITY)) {
    throw invalid(reader, `more than ${repeatMax} repetitions`);
  }
  if (most < fewest) throw invalid(reader, 'a quantifier out of order');
  return { kind: 'repeat', part: atom, fewest, most };
}

function readLimits(reader: Reader): readonly [fewest: number, most: number] | undefined {
  if (accept(reader, '*')) return [0, Number.POSITIVE_INFINITY];
  if (accept(reader, '+')) return [1, Number.POSITIVE_INFINITY];
  if (accept(reader, '?')) return [0, 1];
  const match = bounds.exec(reader.text.slice(reader.at, reader.at + 16));
  if (match === null) return undefined;
  reader.at += match[0].length;
  const [, fewest, comma, most] = match;
  if (comma === undefined) return [Number(fewest), Number(fewest)];
  return [Number(fewest), most === undefined ? Number.POSITIVE_INFINITY : Number(most)];
}

function peek(reader: Reader): string {
  return reader.text.charAt(reader.at);
}

/** The next character, whole when it is beyond the basic plane. */
function take(reader: Reader): string {
  const character = String.fromCodePoint(reader.text.codePointAt(reader.at) ?? 0);
  reader.at += character.length;
  return character;
}

function accept(reader: Reader, character: string): boolean {
  if (peek(reader) !== character) return false;
  reader.at += 1;
  return true;
}

function invalid(reader: Reader, what: string): Error {
  return new Error(`the regular expression ${JSON.stringify(reader.text)} has ${what}`);
}
