/** The Italian tax code of a person: sixteen characters, the last a check letter. D.M. 23 December 1976. */

/** Digits in even places count as they are, as do letters from A on; in odd places both count by this table. */
const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Letters that stand for 0 to 9 where two persons would otherwise have one code. */
const omocodiaLetters = 'LMNPQRSTUV';

const personal = /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;
const digitPlaces: readonly number[] = [6, 7, 9, 10, 12, 13, 14];

/** The check letter for the first fifteen characters, which are digits and capitals. */
export function checkLetter(code: string): string {
  let sum = 0;
  for (let at = 0; at < 15; at += 1) {
    const character = code.charCodeAt(at);
    const rank = character < 65 ? character - 48 : character - 65;
    sum += at % 2 === 0 ? (oddValues[rank] ?? 0) : rank;
  }
  return String.fromCharCode(65 + (sum % 26));
}

/**
 * The code with digits in the seven places where omocodia may have put letters, and the check letter that goes with them: what all variants
 * of one code have in common. Undefined for what is no valid code of a person: a mistyped one is nobody's variant.
 */
export function withoutOmocodia(code: string): string | undefined {
  if (!personal.test(code) || checkLetter(code) !== code[15]) return undefined;
  const plain = [...code.slice(0, 15)].map((character, at) =>
    digitPlaces.includes(at) && omocodiaLetters.includes(character) ? String(omocodiaLetters.indexOf(character)) : character,
  );
  return plain.join('') + checkLetter(plain.join(''));
}
