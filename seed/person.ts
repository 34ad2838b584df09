/** Synthetic people: given names are common, family names are made up, so that no tax code is anybody's. */
import { codiceFiscale } from './codice-fiscale.ts';
import type { Random } from './random.ts';

export interface Place {
  readonly city: string;
  /** Cadastral code, for the tax code. */
  readonly cadastral: string;
  readonly istat: string;
  readonly province: string;
  readonly postalCode: string;
  /** Region code of the Ministry of Health: `030`. */
  readonly region: string;
}

export interface Person {
  readonly family: string;
  readonly given: string;
  readonly gender: 'female' | 'male';
  readonly birthDate: string;
  readonly place: Place;
  readonly street: string;
  readonly taxCode: string;
}

const places: readonly [Place, ...Place[]] = [
  { city: 'Roma', cadastral: 'H501', istat: '058091', province: 'RM', postalCode: '00184', region: '120' },
  { city: 'Milano', cadastral: 'F205', istat: '015146', province: 'MI', postalCode: '20121', region: '030' },
  { city: 'Torino', cadastral: 'L219', istat: '001272', province: 'TO', postalCode: '10121', region: '010' },
  { city: 'Bologna', cadastral: 'A944', istat: '037006', province: 'BO', postalCode: '40121', region: '080' },
  { city: 'Napoli', cadastral: 'F839', istat: '063049', province: 'NA', postalCode: '80121', region: '150' },
  { city: 'Palermo', cadastral: 'G273', istat: '082053', province: 'PA', postalCode: '90121', region: '190' },
  { city: 'Catanzaro', cadastral: 'C352', istat: '079023', province: 'CZ', postalCode: '88100', region: '180' },
];
const families: readonly [string, ...string[]] = [
  'Provettini',
  'Esempiari',
  'Fittizzoni',
  'Simulanti',
  'Verosimili',
  "D'Esempio",
  'Campionari',
  'De Prova',
  'Inventàri',
  'Immaginosi',
  'Modellozzi',
  'Figurati',
];
const givenNames: Readonly<Record<Person['gender'], readonly [string, ...string[]]>> = {
  female: ['Maria', 'Giulia', 'Anna', 'Sofia', 'Lucia', 'Chiara', 'Noemi', 'Zoë', 'Caterina', 'Elena'],
  male: ['Giuseppe', 'Luca', 'Nicolò', 'Marco', 'Andrea', 'Francesco', 'Ugo', 'Pietro', 'Salvatore', 'Leonardo'],
};
const streets: readonly [string, ...string[]] = ['Via Garibaldi', 'Via Mazzini', 'Piazza Dante', 'Corso Italia', 'Via Verdi'];

/** One person, born in a year from `bornFrom` to `bornTo`. */
export function makePerson(random: Random, bornFrom: number, bornTo: number): Person {
  const gender = random.pick(['female', 'male'] as const);
  const place = random.pick(places);
  const born = new Date(Date.UTC(random.between(bornFrom, bornTo), random.between(0, 11), random.between(1, 28)));
  const birthDate = born.toISOString().slice(0, 10);
  const family = random.pick(families);
  const given = random.pick(givenNames[gender]);
  const taxCode = codiceFiscale({ family, given, gender, birthDate, place: place.cadastral });
  return { family, given, gender, birthDate, place, street: `${random.pick(streets)} ${random.between(1, 199)}`, taxCode };
}
