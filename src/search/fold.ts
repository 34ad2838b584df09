/**
 * Strings as search compares them: "insensitive to casing and included combining characters, like accents or other diacritical marks.
 * Punctuation and non-significant whitespace […] should also be ignored." https://hl7.org/fhir/R4/search.html#string
 */

/** An apostrophe joins (`D'Angelo` is `dangelo`), any other punctuation separates (`Rossi-Bianchi` is `rossi bianchi`). */
export function fold(text: string): string {
  return foldWith(text, '');
}

/**
 * What of a text is findable alone besides its start: its later words, and with apostrophes the text read as separate words too
 * (`D'Angelo` also as `d angelo` and `angelo`). "E.g. searching either "Carreno" or "Quinones" should match a family name of
 * "Carreno Quinones"." At most `wordsMax` words: names and addresses have fewer, of a description the start is findable.
 */
export function foldWords(text: string): readonly string[] {
  const folded = fold(text);
  const separated = apostrophe.test(text) ? foldWith(text, ' ') : folded;
  const words = new Set([...folded.split(' ', wordsMax).slice(1), ...separated.split(' ', wordsMax).slice(1)]);
  if (separated !== folded) words.add(separated);
  return [...words];
}

/** The distinct words of a text in the order in which they come first; apostrophes separate, so that `l'anca` has the word `anca`. */
export function wordsOf(text: string): ReadonlySet<string> {
  const words = new Set(foldWith(text, ' ').split(' '));
  words.delete('');
  return words;
}

const wordsMax = 32;
const apostrophe = /['’‘ʼ`´]/u;
/** Letters whose mark, or second letter, Unicode does not take apart: `Łukasz` is typed as `lukasz`. */
const undivided: ReadonlyMap<string, string> = new Map([
  ['ł', 'l'],
  ['ø', 'o'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['ħ', 'h'],
  ['ŧ', 't'],
  ['ı', 'i'],
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['þ', 'th'],
]);
const plain = /^[a-z0-9]+(?: [a-z0-9]+)*$/;

function foldWith(text: string, joint: string): string {
  const lower = text.toLowerCase();
  if (plain.test(lower)) return lower;
  return lower
    .replace(/['’‘ʼ`´]/gu, joint)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[łøđðħŧıßæœþ]/gu, (letter) => undivided.get(letter) ?? letter)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
