/** The Italian tax code of a synthetic person: three letters of the family name, three of the given name, date, place, check letter. */

export interface TaxCodeParts {
  readonly family: string;
  readonly given: string;
  readonly gender: 'female' | 'male';
  /** `1984-06-21`. */
  readonly birthDate: string;
  /** The cadastral code of the place of birth: `H501`. */
  readonly place: string;
}

const months = 'ABCDEHLMPRST';
/** Values of 0–9 and A–Z in odd places; in even places a digit or letter counts as its place in its series. */
const oddValues = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** The codice fiscale with its check letter. */
export function codiceFiscale({ family, given, gender, birthDate, place }: TaxCodeParts): string {
  const [year = '', month = '', day = ''] = birthDate.split('-');
  const dayCode = Number(day) + (gender === 'female' ? 40 : 0);
  const body = `${nameLetters(family, false)}${nameLetters(given, true)}${year.slice(2)}${months[Number(month) - 1]}${String(dayCode).padStart(2, '0')}${place}`;
  return body + checkLetter(body);
}

/** Consonants first, then vowels, then X; a given name with four consonants or more leaves out the second. */
function nameLetters(name: string, isGiven: boolean): string {
  const letters = name
    .normalize('NFD')
    .toUpperCase()
    .replace(/[^A-Z]/g, '');
  const consonants = letters.replace(/[AEIOU]/g, '');
  const vowels = letters.replace(/[^AEIOU]/g, '');
  const chosen = isGiven && consonants.length > 3 ? consonants[0] + consonants.slice(2) : consonants;
  return `${chosen}${vowels}XXX`.slice(0, 3);
}

/** The sixteenth character for the first fifteen. */
export function checkLetter(body: string): string {
  const sum = [...body].reduce((total, char, index) => total + charValue(char, index % 2 === 0), 0);
  return String.fromCharCode(65 + (sum % 26));
}

function charValue(char: string, inOddPlace: boolean): number {
  const code = char.charCodeAt(0);
  const rank = code >= 65 ? code - 65 : code - 48;
  return inOddPlace ? (oddValues[rank] ?? 0) : rank;
}
