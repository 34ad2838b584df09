/** Whatever a client writes in a query, it is understood or refused with a reason: never an exception of ours. */
import { expect } from 'chai';
import { FhirError } from '../../src/fhir/outcome.ts';
import { describeCriterion } from '../../src/search/describe.ts';
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import type { Store } from '../../src/store/store.ts';
import { queryOf, update } from '../store/contract-fixtures.ts';
import { openRandom } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { candidateOf, definitions, parse, resource } from './fixture.ts';

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
  'name eq peter',
  'name[active eq true].given co "x"',
  'subject.name sw "a" or not (code eq loinc|1)',
  'birthdate po 2020 and (gender eq male',
  'relatesTo[code eq replaces].target pr true',
  'constructor eq __proto__',
  'value-quantity gt 5|ucum|constructor',
  'a eq "\\u0000"',
  '((((',
  'fegato AND (osso OR',
  'NOT NOT a',
  '"a b"',
  'abc*',
  '$current-problems',
  '5|http://unitsofmeasure.org|__proto__',
  '5|http://unitsofmeasure.org|m.constructor',
  '5|http://unitsofmeasure.org|((((m))))9',
  'http://terminology.hl7.org/CodeSystem/v3-ActCode|_ActAccountCode',
  'urn:oid:2.16.840.1.113883.2.9.4.3.2|RSSMRA80A01H501U',
  '90|180|1e9|m',
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
  '_explain',
  '_filter',
  '_filter',
  '_text',
  '_content',
  '_list',
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
  const folder = temporaryFolder('fascicolo-fuzz-');
  let store: Store;
  const types = ['Patient', 'Observation', 'Location', 'Bundle', 'DocumentReference', 'Questionnaire'];
  before(async () => {
    store = await openEmbedded({ dataDir: folder() });
    const name = [{ family: 'Peter' }];
    const resources = [...types.map((type) => resource(type)), resource('Patient', { id: 'named', name, active: true })];
    await store.transact(
      resources.map((one) => update(`${one.resourceType}/${String(one['id'])}`, { entries: candidateOf(one).entries })),
    );
  });
  after(() => store.close());

  it('are understood or refused with 4xx and a reason, and no store stumbles over what was understood', async () => {
    const random = openRandom(20_260_601);
    const known = new Map(types.map((type) => [type, definitions.searchParameters(type).map(({ code }) => code)]));
    let understood = 0;
    for (let run = 0; run < 10_000; run += 1) {
      const type = random.pick(types);
      const pairs = [0, ...random.many(2, () => 0)].map((): [string, string] => {
        const modifier = random.pick(modifiers);
        const name = random.chance(0.6) ? random.pick(known.get(type) ?? []) : random.pick(names);
        const value = random.chance(0.8) ? random.pick(values) : `${random.pick(values)},${random.pick(values)}`;
        return [`${name}${modifier === '' ? '' : `:${modifier}`}`, value];
      });
      const query = new URLSearchParams(pairs).toString();
      try {
        const { criterion, sort } = parse(type, query, { strict: random.chance(0.2) });
        understood += 1;
        expect(describeCriterion(criterion)).not.to.equal('');
        await store.search(queryOf([type], { criterion, sort }));
      } catch (error) {
        const isRefusal =
          error instanceof FhirError &&
          error.status >= 400 &&
          error.status < 500 &&
          error.issues.every(({ text }) => text.length > 10);
        if (!isRefusal) expect.fail(`${type}?${query}: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
    expect(understood).to.be.within(500, 9000);
  }).timeout(60_000);
});
