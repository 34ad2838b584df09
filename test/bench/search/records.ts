/**
 * The resources of the search benchmark: the seed's people with their documents, and for each what the seed does not tell (measurements, visits,
 * diagnoses), so that every search parameter type has something to find. The same in every run; nobody's.
 */
import { createHash } from 'node:crypto';
import { seedPatient } from '../../../seed/people.ts';
import type { Person } from '../../../seed/person.ts';
import { openRandom } from '../../../seed/random.ts';
import type { Draft, Entry } from '../../../seed/record.ts';
import type { Resource } from '../../../src/fhir/types.ts';
import { clinicalOf, sharedOf } from './clinical.ts';

export interface BenchRecord {
  readonly person: Person;
  readonly patientId: string;
  /** With ids, their references resolved; what several records share comes with each of them. */
  readonly resources: readonly Resource[];
}

/** Types of which the seed has one for many people; Patient too, since two of many thousand made-up people may share a tax code. */
const keyedTypes = new Set(['Organization', 'Practitioner', 'PractitionerRole', 'Patient']);

/** Days that a record's dates lie back at most: the seed's people all live in the same weeks. */
const shiftMax = 1460;
const dayMs = 24 * 3_600_000;

/** The record of the `index`th person (0, 1, 2 …). */
export function benchRecord(index: number): BenchRecord {
  const { person, bundle } = seedPatient(index);
  const random = openRandom(0xbe7c4 ^ Math.imul(index + 1, 0x85ebca6b));
  const shift = random.between(0, shiftMax) * dayMs;
  const entries = bundle['entry'] as unknown as readonly Entry[]; // As `seed/record.ts` makes them.
  const ids = new Map(entries.map((entry, at) => [entry.fullUrl, `${entry.resource.resourceType}/${idOf(entry, index, at)}`]));
  const resources = entries.map(({ fullUrl, resource }) => placed(resource, idIn(ids, fullUrl), ids, shift));
  const patientId = resources.find(({ resourceType }) => resourceType === 'Patient')?.['id'] as string; // Given above.
  const own = clinicalOf({ index, person, patientId, random, dayOf: (daysAgo) => dateBack(daysAgo * dayMs + shift) });
  return { person, patientId, resources: [...resources, ...sharedOf(index), ...own] };
}

function idOf({ resource, request }: Entry, index: number, at: number): string {
  if (!keyedTypes.has(resource.resourceType)) return `${index.toString(36).padStart(5, '0')}-${at}`;
  const key = request.ifNoneExist ?? request.url;
  return createHash('sha256').update(`${resource.resourceType} ${key}`).digest('hex').slice(0, 20);
}

function idIn(ids: ReadonlyMap<string, string>, fullUrl: string): string {
  return ids.get(fullUrl)?.split('/')[1] ?? '';
}

/** The draft as a resource: id first, references resolved, instants moved back. */
function placed({ resourceType, ...members }: Draft, id: string, ids: ReadonlyMap<string, string>, shift: number): Resource {
  const text = JSON.stringify(members)
    .replace(/urn:uuid:[0-9a-f-]{36}/g, (url) => ids.get(url) ?? url)
    .replace(/20\d\d-\d\d-\d\dT[\d:]{8}\+01:00/g, (instant) => inRome(Date.parse(instant) - shift));
  return { resourceType, id, ...JSON.parse(text) };
}

/** The seed's day, so many milliseconds before. */
function dateBack(ms: number): string {
  return inRome(Date.UTC(2026, 10, 20, 9) - ms);
}

function inRome(utcMs: number): string {
  return `${new Date(utcMs + 3_600_000).toISOString().slice(0, 19)}+01:00`;
}
