/**
 * The text keys of a document's array `t`: one key for each exact or prefix way to ask for an index entry, so that a fixed
 * handful of indexes serves every search parameter. A key is the parameter, one mark that says the way, and the value:
 *
 *     code|http://loinc.org|1234-5   token by system and code      family~rossi   string, folded
 *     code#1234-5                    token by code, any system     family=Rossi   string, as sent
 *     patient>Patient/1              reference                     url^urn:oid:1  uri
 */
import type { IndexEntry } from '../../search/index-entry.ts';

/** The keys under which an entry is found; none for a range, which lives in the array `r`, and for words. */
export function entryKeys(entry: IndexEntry): readonly string[] {
  switch (entry.shape) {
    case 'token':
      return [tokenKey(entry.parameter, entry.system, entry.code), codeKey(entry.parameter, entry.code)];
    case 'string':
      return [foldedKey(entry.parameter, entry.value), exactKey(entry.parameter, entry.exact)];
    case 'reference':
      return [referenceKey(entry.parameter, entry.target)];
    case 'uri':
      return [uriKey(entry.parameter, entry.value)];
    case 'range':
    case 'words':
      return [];
  }
}

/** The keys of a text's words, which live in an array of their own: there are many, and each is asked for in one way. */
export function wordKeys(entry: IndexEntry): readonly string[] {
  return entry.shape === 'words'
    ? entry.words
        .trim()
        .split(' ')
        .map((word) => foldedKey(entry.parameter, word))
    : [];
}

export const tokenKey = (parameter: string, system: string, code: string) => `${systemPrefix(parameter, system)}${code}`;
/** What every token of the system starts with. */
export const systemPrefix = (parameter: string, system: string) => `${escaped(parameter)}|${system.replace(/[\\|]/g, '\\$&')}|`;
export const codeKey = (parameter: string, code: string) => `${escaped(parameter)}#${code}`;
export const foldedKey = (parameter: string, value: string) => `${escaped(parameter)}~${value}`;
export const exactKey = (parameter: string, value: string) => `${escaped(parameter)}=${value}`;
export const referenceKey = (parameter: string, target: string) => `${escaped(parameter)}>${target}`;
/** Stands in a range beside its ends, not in `t`. */
export const rangeKey = (parameter: string, unit: string) => `${escaped(parameter)}|${unit}`;
export const uriKey = (parameter: string, value: string) => `${escaped(parameter)}^${value}`;

/** What the keys of every value of a token or uri parameter start with. */
export const parameterPrefix = (parameter: string, shape: 'token' | 'uri') =>
  `${escaped(parameter)}${shape === 'token' ? '|' : '^'}`;

/** The parameter of a key, of `t` or of a range. */
export function parameterOf(key: string): string {
  const [, parameter = ''] = /^((?:\\.|[^\\|#~=>^])*)/s.exec(key) ?? [];
  return parameter.replace(/\\(.)/gs, '$1');
}

/** The system and code of a token's key, behind the parameter's prefix. */
export function splitTokenKey(key: string, prefix: string): { readonly system: string; readonly value: string } {
  const [, system = '', value = ''] = /^((?:\\.|[^\\|])*)\|(.*)$/s.exec(key.slice(prefix.length)) ?? [];
  return { system: system.replace(/\\(.)/gs, '$1'), value };
}

/**
 * The least text after every text that starts with the prefix, in MongoDB's order (UTF-8 bytes, which is the order of code points).
 * Undefined when there is none, which a key with its mark never meets.
 */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const next = (last.codePointAt(0) ?? 0) + 1;
    // The surrogates are no characters: UTF-8 goes on behind them.
    if (next <= 0x10ffff) return points.join('') + String.fromCodePoint(next >= 0xd800 && next <= 0xdfff ? 0xe000 : next);
  }
  return undefined;
}

/** Keeps a mark inside a parameter from being read as the one that ends it: no two different entries share a key. */
function escaped(text: string): string {
  return text.replace(/[\\|#~=>^]/g, '\\$&');
}
