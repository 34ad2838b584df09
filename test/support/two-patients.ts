/** Two patients on one server, tangled as real records are: who performs, who is mentioned, what was moved or deleted. */
import { expect } from 'chai';
import { type Answer, type FetchOptions, startTestServer, type TestServer, type TestServerOptions } from './server.ts';

export interface TwoPatients {
  readonly server: TestServer;
  /** As patient A's app, with `patient/*.cruds` unless a scope is given. */
  asA(path: string, options?: FetchOptions & { readonly scope?: string }): Promise<Answer>;
  /** As the system, which sees everything. */
  asSystem(path: string, options?: FetchOptions): Promise<Answer>;
  close(): Promise<void>;
}

const a = { reference: 'Patient/A' };
const b = { reference: 'Patient/B' };
const practitioner = { reference: 'Practitioner/doc' };

const observation = (id: string, subject: object, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'urn:test', code: 'c1' }] },
  subject,
  ...more,
});

/** In this order: later ones may be new versions of earlier ones. */
const resources: readonly { readonly [member: string]: unknown; readonly resourceType: string; readonly id: string }[] = [
  { resourceType: 'Organization', id: 'org', name: 'ASL di prova' },
  { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Curante' }] },
  patient('B', 'CF-B', 'Bianchi', '1950-05-05'),
  { ...patient('A', 'CF-A', 'Rossi', '1980-01-01'), link: [{ other: b, type: 'seealso' }] },
  observation('of-A', a, { performer: [practitioner], valueQuantity: { value: 1 }, effectiveDateTime: '2026-01-01' }),
  observation('of-B', b, { identifier: [{ system: 'urn:test', value: 'obs-B' }], valueQuantity: { value: 4 } }),
  observation('of-B-by-A', b, { performer: [a], valueQuantity: { value: 5 } }),
  observation('of-A-by-B', a, { performer: [b], focus: [b], valueQuantity: { value: 2 }, effectiveDateTime: '2026-02-01' }),
  observation('from-A-to-B', a),
  observation('from-A-to-B', b),
  observation('from-B-to-A', b),
  observation('from-B-to-A', a, { effectiveDateTime: '2026-03-01' }),
  { resourceType: 'Condition', id: 'cond-A', subject: a, asserter: b },
  { resourceType: 'Condition', id: 'cond-B', subject: b, asserter: a },
  { resourceType: 'Encounter', id: 'enc-B', status: 'finished', class: { code: 'AMB' }, subject: b },
  { resourceType: 'RelatedPerson', id: 'rel-B', patient: b },
  { resourceType: 'Group', id: 'both', type: 'person', actual: true, member: [{ entity: a }, { entity: b }] },
  { resourceType: 'Device', id: 'dev-A', patient: a },
  { resourceType: 'Device', id: 'dev-B', patient: b },
  { resourceType: 'Device', id: 'dev-catalogue' },
  { resourceType: 'Binary', id: 'bin-B', contentType: 'text/plain', data: 'QUJD' },
  appointment('app-A', [a, practitioner]),
  appointment('app-B', [b, practitioner]),
  {
    resourceType: 'Provenance',
    id: 'prov-B',
    target: [{ reference: 'Observation/of-B' }],
    recorded: '2026-01-01T00:00:00Z',
    agent: [{ who: a }],
  },
  observation('gone-A', a),
  observation('gone-B', b),
];

/** All that patient A's token may ever see. */
export const visibleToA: readonly string[] = [
  'Patient/A',
  'Observation/of-A',
  'Observation/of-A-by-B',
  'Observation/from-B-to-A',
  'Observation/gone-A',
  'Condition/cond-A',
  'Appointment/app-A',
  'Device/dev-A',
  'Device/dev-catalogue',
  'Organization/org',
  'Practitioner/doc',
];

/** Loads the two and what belongs to them. */
export async function openTwoPatients(options: TestServerOptions = {}): Promise<TwoPatients> {
  const server = await startTestServer({ ...options, environment: { VALIDATION: 'base', ...options.environment } });
  for (const resource of resources) {
    const { status, text } = await server.fetchFhir(`${resource.resourceType}/${resource.id}`, { method: 'PUT', body: resource });
    expect(status, text).to.be.oneOf([200, 201]);
  }
  for (const id of ['gone-A', 'gone-B']) await server.fetchFhir(`Observation/${id}`, { method: 'DELETE' });
  return {
    server,
    asA: async (path, { scope = 'patient/*.cruds', ...rest } = {}) =>
      server.fetchFhir(path, { ...rest, token: await server.token(scope, { patient: 'A', fhirUser: 'Practitioner/doc' }) }),
    asSystem: (path, rest) => server.fetchFhir(path, rest),
    close: () => server.close(),
  };
}

/** `Type/id` of each entry of a searchset or history, in its order; `mode` keeps the matches or the included. */
export function keysOf(answer: Answer, mode?: 'match' | 'include'): readonly string[] {
  expect(answer.status, answer.text).to.equal(200);
  const entries: readonly { resource?: { resourceType: string; id: string }; fullUrl?: string; search?: { mode: string } }[] =
    answer.body.entry ?? [];
  return entries
    .filter((entry) => entry.search?.mode !== 'outcome' && (mode === undefined || entry.search?.mode === mode))
    .map(({ resource, fullUrl }) =>
      resource === undefined ? String(fullUrl).split('/').slice(-2).join('/') : `${resource.resourceType}/${resource.id}`,
    );
}

/** Everything of an answer that a client could compare, the request's own id left out. */
export function comparable(answer: Answer): object {
  const headers = [...answer.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date' && name !== 'content-length');
  return { status: answer.status, headers, body: answer.body === undefined ? answer.text : { ...answer.body, id: '' } };
}

function patient(id: string, value: string, family: string, birthDate: string) {
  return {
    resourceType: 'Patient',
    id,
    identifier: [{ system: 'urn:oid:2.16.840.1.113883.2.9.4.3.2', value }],
    name: [{ family }],
    birthDate,
  };
}

function appointment(id: string, actors: readonly object[]) {
  return {
    resourceType: 'Appointment',
    id,
    status: 'proposed',
    participant: actors.map((actor) => ({ actor, status: 'accepted' })),
  };
}
