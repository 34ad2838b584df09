/** Whatever a client writes in a query, it is understood or refused with a reason: never an exception of ours. */
import { expect } from 'chai';
import { openRandom } from '../support/random.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { definitions, resource } from './fixture.ts';

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

/** What stands in a query and is no UTF-8, no pair, or means something to HTTP alone. */
const oddities = ['%', '%C0%AF', '%00', '&&', '=', '=x', 'name', '?', '#x', '+', '%2B', '%26', ';'];

describe('10,000 random queries', () => {
  let server: TestServer;
  const types = ['Patient', 'Observation', 'Location', 'Bundle', 'DocumentReference', 'Questionnaire'];
  before(async () => {
    server = await startTestServer({ store: 'embedded', environment: { VALIDATION: 'off', REFERENCES: 'free' } });
    const name = [{ family: 'Peter' }];
    const resources = [...types.map((type) => resource(type)), resource('Patient', { id: 'named', name, active: true })];
    for (const body of resources) {
      const { status } = await server.fetchFhir(`${body.resourceType}/${String(body['id'])}`, { method: 'PUT', body });
      expect(status).to.equal(201);
    }
  });
  after(() => server.close());

  it('are understood or refused with 4xx and a reason, over HTTP, by GET and by POST', async () => {
    const random = openRandom(20_260_601);
    const known = new Map(types.map((type) => [type, definitions.searchParameters(type).map(({ code }) => code)]));
    const queryOn = (type: string): string => {
      const pairs = [0, ...(random.chance(0.3) ? [0] : [])].map((): [string, string] => {
        const modifier = random.chance(0.5) ? '' : random.pick(modifiers);
        const name = random.chance(0.6) ? random.pick(known.get(type) ?? []) : random.pick(names);
        const value = random.chance(0.8) ? random.pick(values) : `${random.pick(values)},${random.pick(values)}`;
        return [`${name}${modifier === '' ? '' : `:${modifier}`}`, value];
      });
      const query = new URLSearchParams(pairs).toString();
      if (random.chance(0.95)) return query;
      const at = random.below(query.length);
      return query.slice(0, at) + random.pick(oddities) + query.slice(at);
    };
    const statuses = new Map<number, number>();
    const ask = async () => {
      const type = random.pick(types);
      const path = random.pick([type, type, type, '', `Patient/example/${type}`, 'Patient/example/*']);
      const query = path === '' ? `_type=${type},${random.pick(types)}&${queryOn(type)}` : queryOn(type);
      const prefer = `handling=${random.chance(0.2) ? 'strict' : 'lenient'}`;
      const answer = random.chance(0.1)
        ? await server.fetchFhir(`${path}${path === '' ? '' : '/'}_search?_count=1`, {
            method: 'POST',
            body: query,
            headers: { prefer, 'content-type': 'application/x-www-form-urlencoded' },
          })
        : await server.fetchFhir(`${path}?${query}`, { headers: { prefer } });
      const { status, body, text } = answer;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const what = `${path}?${query}: ${status}, ${text.slice(0, 500)}`;
      expect(status, what).to.be.within(200, 499);
      if (status === 200) expect(body.resourceType, what).to.be.oneOf(['Bundle', 'OperationOutcome']);
      else for (const { details } of body.issue) expect(details.text.length, what).to.be.above(10);
    };
    for (let run = 0; run < 10_000; run += 20) await Promise.all(Array.from({ length: 20 }, ask));
    expect(statuses.get(200), JSON.stringify([...statuses])).to.be.within(500, 9000);
    expect([...statuses.keys()].filter((status) => ![200, 400, 404, 406, 422].includes(status))).to.deep.equal([]);
  }).timeout(120_000);
});
