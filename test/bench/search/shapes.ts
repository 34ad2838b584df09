/** The shapes of query that the search benchmark asks: `test/bench/shapes.json`, their blanks filled in for one person. */
import { readFileSync } from 'node:fs';
import { openRandom } from '../../../seed/random.ts';
import { peoplePerPlace } from './clinical.ts';
import { benchRecord } from './records.ts';

export interface Shape {
  readonly name: string;
  /** What stands behind the base, not encoded, with blanks such as `{patient}`. */
  readonly query: string;
  /** It asks for one patient's data, so that it costs the same however many others there are. */
  readonly patientBound?: true;
}

export type Blanks = Readonly<Record<string, string>>;

const peopleAsked = 50;
const taxCodes = 'urn:oid:2.16.840.1.113883.2.9.4.3.2';

export function readShapes(): readonly Shape[] {
  const text = readFileSync(new URL('../shapes.json', import.meta.url), 'utf8');
  return JSON.parse(text) as readonly Shape[]; // The project's own file; `test/bench/shapes.test.ts` reads all of it.
}

/** What the blanks stand for, for some of so many people, the same ones in every run. */
export function blanksOf(people: number): readonly Blanks[] {
  const random = openRandom(0x5ea2c4);
  return Array.from({ length: peopleAsked }, () => {
    const index = random.between(0, people - 1);
    const { person, patientId } = benchRecord(index);
    const day = Date.UTC(2023, 0, 1) + random.between(0, 1300) * 24 * 3_600_000;
    const place = Math.floor(index / peoplePerPlace);
    return {
      index: String(index),
      patient: patientId,
      taxCodes,
      taxCode: person.taxCode,
      family: person.family,
      given: person.given,
      part: person.family.slice(2, 7),
      city: person.place.city,
      birthDate: person.birthDate,
      year: String(new Date(day).getUTCFullYear()),
      day: dateOf(day),
      nextDay: dateOf(day + 2 * 24 * 3_600_000),
      place: String(place),
      ward: `${place % 20}/${place}`,
      kg: String(random.between(400, 1200) / 10),
      latitude: (37 + random.between(0, 9000) / 1000).toFixed(3),
      longitude: (7.5 + random.between(0, 10_000) / 1000).toFixed(3),
    };
  });
}

/** The path of the request, from `/fhir` on. */
export function pathOf({ query }: Shape, blanks: Blanks): string {
  const filled = query.replace(/\{(\w+)\}/g, (blank, name: string) => {
    const value = blanks[name];
    if (value === undefined) throw new Error(`The blank ${blank} of "${query}" stands for nothing.`);
    return value;
  });
  const [path = '', ...rest] = filled.split('?');
  const parameters = rest.join('?').split('&');
  const encoded = parameters.map((parameter) => {
    const at = parameter.indexOf('=');
    return `${parameter.slice(0, at)}=${encodeURIComponent(parameter.slice(at + 1))}`;
  });
  return `/fhir${path === '' ? '' : `/${path}`}${rest.length === 0 ? '' : `?${encoded.join('&')}`}`;
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
