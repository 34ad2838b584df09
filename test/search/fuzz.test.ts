/** Whatever a client writes in a query, it is understood or refused with a reason: never an exception of ours. */
import { expect } from 'chai';
import { FhirError } from '../../src/fhir/outcome.ts';
import { matches } from '../../src/search/match.ts';
import { candidateOf, definitions, parse, resource } from './fixture.ts';

/** mulberry32: the same queries at every run. */
function openRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const modifiers = [
  '',
  '',
  '',
  'missing',
  'exact',
  'contains',
  'not',
  'text',
  'in',
  'not-in',
  'above',
  'below',
  'identifier',
  'of-type',
  'Patient',
  'iterate',
  'x',
  ':',
];
const values = [
  'a',
  '',
  ',',
  '\\',
  '\\,',
  '|',
  '||',
  '|||',
  'a|b',
  'a|b|c',
  '$',
  'a$b',
  'a$b$c',
  '1',
  '-1',
  '1e400',
  '1e2',
  'gt',
  'gt5',
  'ap2020',
  '2020-02-30',
  'eq2020-01-01T25:00',
  '9999-12-31',
  '0000',
  'true',
  'Patient/1',
  'Patient/',
  '#',
  'http://x',
  'urn:oid:1',
  '*',
  'Patient:organization',
  'Observation:*',
  'a:b:c:d',
  '\u0000',
  '💊',
  'ß'.repeat(200),
  '%',
  '../..',
  '__proto__',
  'constructor',
  '{"$ne":1}',
  "'; DROP TABLE resource; --",
  '5.4|http://unitsofmeasure.org|mg',
  '45|7|5|km',
  'code$gt5||mg',
  '-date',
  '_id,-_lastUpdated',
];
const names = [
  '_sort',
  '_count',
  '_total',
  '_summary',
  '_elements',
  '_include',
  '_revinclude',
  '_contained',
  '_type',
  '_has:Observation:patient:code',
  '_has:Patient:link:_has:Observation:patient:date',
  '_has:',
  '_has',
  '_has:a:b:c',
  'subject.name',
  'subject:Patient.name',
  'patient.organization.name',
  'patient.',
  '.',
  '',
  ':',
  '__proto__',
  'constructor.name',
  'toString',
  '_format',
  '_filter',
];

describe('10,000 random queries', () => {
  it('are understood or refused with 4xx and a reason', () => {
    const random = openRandom(20_260_601);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T; // The lists are not empty.
    const stored = ['Patient', 'Observation', 'Location', 'Bundle', 'DocumentReference', 'Questionnaire'].map((type) =>
      candidateOf(resource(type)),
    );
    let understood = 0;
    for (let run = 0; run < 10_000; run += 1) {
      const { key } = pick(stored);
      const own = definitions.searchParameters(key.type).map((parameter) => parameter.code);
      const pairs = Array.from({ length: 1 + Math.floor(random() * 3) }, (): [string, string] => {
        const modifier = pick(modifiers);
        const name = random() < 0.6 ? pick(own) : pick(names);
        return [
          `${name}${modifier === '' ? '' : `:${modifier}`}`,
          random() < 0.8 ? pick(values) : `${pick(values)},${pick(values)}`,
        ];
      });
      const query = new URLSearchParams(pairs).toString();
      try {
        const { criterion } = parse(key.type, query, { strict: random() < 0.2 });
        understood += 1;
        for (const candidate of stored) matches(criterion, candidate, { current: () => undefined, referrers: () => [] });
      } catch (error) {
        const isRefusal =
          error instanceof FhirError &&
          error.status >= 400 &&
          error.status < 500 &&
          error.issues.every(({ text }) => text.length > 10);
        if (!isRefusal) expect.fail(`${key.type}?${query}: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
    expect(understood).to.be.within(500, 9000);
  }).timeout(60_000);
});
