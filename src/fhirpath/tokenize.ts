/** FHIRPath text to tokens. http://hl7.org/fhirpath/N1/#lexical-elements */

export type TokenKind = 'name' | 'string' | 'number' | 'temporal' | 'constant' | 'variable' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** What it says: escapes are resolved, delimiters and prefixes (`@`, `%`) are gone. */
  readonly text: string;
  /** The name was written in back ticks, so it is never a keyword. */
  readonly delimited: boolean;
  /** Its position, 0-based, for messages. */
  readonly at: number;
}

const skipped = /(?:\s|\/\/[^\r\n]*|\/\*.*?\*\/)*/sy;
const date = '\\d{4}(?:-\\d\\d(?:-\\d\\d)?)?';
const time = '\\d\\d(?::\\d\\d(?::\\d\\d(?:\\.\\d+)?)?)?';
const quoted = (quote: string) => `${quote}(?:[^${quote}\\\\]|\\\\.)*${quote}`;

/** The first that fits wins: a dateTime comes before the date it begins with. */
const patterns: readonly (readonly [kind: TokenKind | 'delimited', pattern: RegExp])[] = [
  ['temporal', new RegExp(`@(?:${date}(?:T(?:${time}(?:Z|[+-]\\d\\d:\\d\\d)?)?)?|T${time})`, 'y')],
  ['number', /\d+(?:\.\d+)?/y],
  ['string', new RegExp(quoted("'"), 'sy')],
  ['delimited', new RegExp(quoted('`'), 'sy')],
  ['constant', new RegExp(`%(?:(?:vs|ext)-[A-Za-z0-9-]+|[A-Za-z_]\\w*|${quoted('`')}|${quoted("'")})`, 'sy')],
  ['variable', /\$(?:this|index|total)\b/y],
  ['name', /[A-Za-z_]\w*/y],
  ['symbol', /!=|!~|<=|>=|[-+*/&|<>=~.,()[\]{}]/y],
];

/** Cuts an expression into tokens, the last of kind `end`. Throws an Error with the position of what is no token. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = skip(text, 0);
  while (at < text.length) {
    const [kind, length] = match(text, at);
    const raw = text.slice(at, at + length);
    tokens.push({ kind: kind === 'delimited' ? 'name' : kind, text: content(kind, raw), delimited: kind === 'delimited', at });
    at = skip(text, at + length);
  }
  tokens.push({ kind: 'end', text: 'the end', delimited: false, at });
  return tokens;
}

function skip(text: string, from: number): number {
  skipped.lastIndex = from;
  return from + (skipped.exec(text)?.[0].length ?? 0);
}

function match(text: string, at: number): readonly [kind: TokenKind | 'delimited', length: number] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) return [kind, found[0].length];
  }
  throw new Error(`unexpected character ${JSON.stringify(text[at])} at position ${at + 1}`);
}

function content(kind: TokenKind | 'delimited', raw: string): string {
  if (kind === 'string' || kind === 'delimited') return unescaped(raw.slice(1, -1));
  if (kind === 'temporal') return raw.slice(1);
  if (kind !== 'constant') return raw;
  return /^%[`']/.test(raw) ? unescaped(raw.slice(2, -1)) : raw.slice(1);
}

const escapes: Readonly<Record<string, string>> = {
  "'": "'",
  '"': '"',
  '`': '`',
  '\\': '\\',
  '/': '/',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|(.))/gs, (whole, code: string | undefined, character: string | undefined) => {
    const value = code === undefined ? escapes[character ?? ''] : String.fromCharCode(Number.parseInt(code, 16));
    if (value === undefined) throw new Error(`${whole} is no escape: write \\${whole} for a backslash`);
    return value;
  });
}
