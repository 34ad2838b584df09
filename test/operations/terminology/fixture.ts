/** A server with definitions of its own, asked over HTTP; every good answer is a valid resource. */
import { expect } from 'chai';
import type { JsonObject } from '../../../src/fhir/types.ts';
import { type Answer, startTestServer, type TestServer } from '../../support/server.ts';
import { errorsOf, openTestValidator } from '../../support/validation.ts';

export const hl7 = 'http://hl7.org/fhir/';
export const v3 = 'http://terminology.hl7.org/CodeSystem/v3-';
export const classes = 'urn:oid:2.16.840.1.113883.2.9.3.3.6.1.5';
export const fascicolo = 'https://fascicolo.example/fhir/';
export const colours = 'https://stored.example/CodeSystem/colours';
const large = 'https://stored.example/CodeSystem/large';

export type Query = Readonly<Record<string, string>>;

/** An operation with parameters in the URL, or as a Parameters body. */
export interface Asked {
  readonly path: string;
  readonly query?: Query;
  readonly body?: object;
  readonly token?: string | null;
}

export interface Terminology {
  readonly server: () => TestServer;
  readonly ask: (asked: Asked) => Promise<Answer>;
}

type ParameterList = readonly (Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly part?: readonly Readonly<Record<string, unknown>>[];
})[];

export const parameters = (...parameter: readonly object[]) => ({ resourceType: 'Parameters', parameter });

/** The answer's parameters by name; the last of each. */
export function valuesOf({ parameter }: { readonly parameter: ParameterList }): Readonly<Record<string, unknown>> {
  return Object.fromEntries(parameter.map(({ name, ...value }) => [name, Object.values(value)[0]]));
}

/** The parts of each parameter of a name, by their names. */
export function partsOf(
  { parameter }: { readonly parameter: ParameterList },
  wanted: string,
): readonly Readonly<Record<string, unknown>>[] {
  return parameter
    .filter(({ name }) => name === wanted)
    .map(({ part }) => Object.fromEntries((part ?? []).map(({ name, ...value }) => [String(name), Object.values(value)[0]])));
}

/** Call it in a `describe`: the server runs while its tests do. */
export function withTerminology(): Terminology {
  let running: TestServer | undefined;
  const validator = openTestValidator();
  const server = () => {
    if (running === undefined) throw new Error('The server is not running.');
    return running;
  };
  before(async () => {
    running = await startTestServer();
    for (const resource of stored) {
      const { status, text } = await running.fetchFhir(`${resource.resourceType}/${resource.id}`, {
        method: 'PUT',
        body: resource,
      });
      expect(status, text).to.equal(201);
    }
  });
  after(() => running?.close());
  return {
    server,
    async ask({ path, query = {}, body, token }) {
      const search = new URLSearchParams(query).toString();
      const answer = await server().fetchFhir(search === '' ? path : `${path}?${search}`, {
        ...(body === undefined ? {} : { method: 'POST', body }),
        ...(token === undefined ? {} : { token }),
      });
      if (answer.status < 300) expect(errorsOf(validator, answer.body as JsonObject), answer.text).to.deep.equal([]);
      return answer;
    },
  };
}

function valueSet(id: string, ...include: readonly JsonObject[]) {
  return {
    resourceType: 'ValueSet',
    id,
    url: `https://stored.example/ValueSet/${id}`,
    status: 'active',
    compose: { include },
  };
}

const stored: readonly (JsonObject & { readonly resourceType: string; readonly id: string })[] = [
  {
    resourceType: 'CodeSystem',
    id: 'colours',
    url: colours,
    version: '2',
    name: 'Colours',
    status: 'active',
    content: 'complete',
    hierarchyMeaning: 'is-a',
    concept: [
      {
        code: 'red',
        display: 'Red',
        designation: [{ language: 'it', value: 'Rosso' }],
        concept: [
          { code: 'crimson', display: 'Crimson' },
          { code: 'old-rose', display: 'Old rose', property: [{ code: 'inactive', valueBoolean: true }] },
        ],
      },
      { code: 'shade', display: 'A shade', property: [{ code: 'notSelectable', valueBoolean: true }] },
    ],
    property: [
      { code: 'inactive', type: 'boolean' },
      { code: 'notSelectable', type: 'boolean' },
    ],
  },
  {
    resourceType: 'CodeSystem',
    id: 'large',
    url: large,
    status: 'active',
    content: 'complete',
    concept: Array.from({ length: 10_001 }, (_, place) => ({ code: `c${place}` })),
  },
  valueSet('colours', { system: colours }),
  valueSet('large', { system: large }),
  valueSet('open', { system: 'http://snomed.info/sct' }, { system: colours }),
  {
    resourceType: 'ConceptMap',
    id: 'colours',
    url: 'https://stored.example/ConceptMap/colours',
    status: 'active',
    group: [
      {
        source: colours,
        target: 'urn:tone',
        element: [
          { code: 'red', target: [{ code: 'warm', display: 'Warm', equivalence: 'wider' }] },
          { code: 'shade', target: [{ equivalence: 'unmatched' }] },
        ],
        unmapped: { mode: 'fixed', code: 'any' },
      },
    ],
  },
];
