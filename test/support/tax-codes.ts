/** Codes of persons that there are not, and the forms that omocodia makes of them. */
import { checkLetter, codiceFiscale } from '../../seed/codice-fiscale.ts';

export const codiceFiscaleOid = 'urn:oid:2.16.840.1.113883.2.9.4.3.2';
export const codiceFiscaleUrl = 'http://hl7.it/sid/codiceFiscale';

/** The `index`th code of a series. */
export function taxCode(index: number): string {
  const day = String((index % 28) + 1).padStart(2, '0');
  const year = 1930 + (Math.floor(index / 28) % 70);
  return codiceFiscale({ family: 'Prova', given: 'Una', gender: 'female', birthDate: `${year}-06-${day}`, place: 'H501' });
}

/** The code with letters for the digits in the places given, and the check letter that makes it valid. */
export function variantOf(code: string, ...places: readonly number[]): string {
  const letters = [...code].map((character, at) => (places.includes(at) ? ('LMNPQRSTUV'[Number(character)] ?? '') : character));
  const body = letters.slice(0, 15).join('');
  return body + checkLetter(body);
}
