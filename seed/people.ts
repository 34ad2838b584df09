/** The seed's people: each number is always the same person with the same story. */
import { makePerson, type Person } from './person.ts';
import { openRandom } from './random.ts';
import { type Draft, openRecord } from './record.ts';
import { adulto } from './stories/adulto.ts';
import { anziano } from './stories/anziano.ts';
import { bambino } from './stories/bambino.ts';
import { diabete } from './stories/diabete.ts';
import type { Story } from './stories/story.ts';

const stories: readonly [Story, ...Story[]] = [diabete, bambino, anziano, adulto];

export interface SeededPatient {
  readonly person: Person;
  readonly story: string;
  readonly bundle: Draft;
}

/** The `index`th person (0, 1, 2 …): the same bundle in every run. */
export function seedPatient(index: number): SeededPatient {
  const random = openRandom(0xfa5c1c01 ^ Math.imul(index + 1, 0x9e3779b1));
  const story = stories[index % stories.length] ?? stories[0];
  const person = makePerson(random, story.bornFrom, story.bornTo);
  const record = openRecord(random, person);
  story.tell(record);
  return { person, story: story.name, bundle: record.bundle() };
}
