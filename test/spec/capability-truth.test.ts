/** The CapabilityStatement says what works, and all of it: tried over HTTP on a few types here, on every type in the long run. */
import { expect } from 'chai';
import { startTestServer, type TestServer } from '../support/server.ts';
import { untruthsOfOperations, untruthsOfSystemOperations } from './capability/probe-operations.ts';
import { untruthsOfSearch } from './capability/probe-search.ts';
import { untruthsOfSystem } from './capability/probe-system.ts';
import { untruthsOfType } from './capability/probe-type.ts';
import { type ClaimedType, readStatement, type Statement } from './capability/statement.ts';

type Check = typeof untruthsOfType;

const checks: readonly (readonly [what: string, untruthsOf: Check])[] = [
  ['interactions', untruthsOfType],
  ['searches', untruthsOfSearch],
  ['operations', untruthsOfOperations],
];

const without = <T extends { readonly code?: string; readonly name?: string }>(list: readonly T[], word: string): readonly T[] =>
  list.filter(({ code, name }) => code !== word && name !== word);

const lookup = { name: 'lookup', definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup' };

/** Claims with something left out and something made up. */
const lies: readonly (readonly [
  what: string,
  untruthsOf: Check,
  lie: (claim: ClaimedType) => Partial<ClaimedType>,
  told: readonly string[],
])[] = [
  [
    'interactions and features',
    untruthsOfType,
    ({ interaction }) => ({ interaction: [...without(interaction, 'vread'), { code: 'fly' }], conditionalDelete: 'single' }),
    ['vread works and is not claimed', 'fly is claimed and does not work', 'Group.conditionalDelete is multiple'],
  ],
  [
    'searches',
    untruthsOfSearch,
    ({ searchParam }) => ({
      searchParam: [...without(searchParam, 'member'), { name: 'wing', type: 'token' }],
      searchInclude: ['*', 'Group:member', 'Group:wing'],
      searchRevInclude: ['Observation:wing', 'AuditEvent:entity'],
    }),
    [
      'Group.member works and is not claimed',
      'Group.wing is claimed and does not work',
      '_include=Group:managing-entity of Group works and is not claimed',
      '_include=Group:wing of Group is claimed and does not work',
      '_revinclude=Observation:subject of Group works and is not claimed',
      '_revinclude=Observation:wing of Group is claimed and does not work',
      '_revinclude=* of Group works and is not claimed',
    ],
  ],
  [
    'operations',
    untruthsOfOperations,
    ({ operation = [] }) => ({ operation: [...without(operation, 'export'), lookup] }),
    ['instance $export works and is not claimed', 'type $lookup is claimed and does not work'],
  ],
];

describe('http.html#capabilities: what is claimed works, what works is claimed', function () {
  this.timeout(60_000);
  let server: TestServer;
  let statement: Statement;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base', REFERENCES: 'free' } });
    await server.fetchFhir('Patient/known', { method: 'PUT', body: { resourceType: 'Patient', id: 'known' } });
    statement = await readStatement(server);
  });
  after(() => server.close());

  const claimOf = (type: string): ClaimedType =>
    statement.rest[0].resource.find((one) => one.type === type) ?? expect.fail(`There is no ${type}.`);

  it('at the system level', async () => expect(await untruthsOfSystem(server, statement)).to.deep.equal([]));
  it('in the operations of the system', async () =>
    expect(await untruthsOfSystemOperations(server, statement)).to.deep.equal([]));
  for (const [what, untruthsOf] of checks) {
    it(`in the ${what} of Group`, async () => expect(await untruthsOf(server, statement, claimOf('Group'))).to.deep.equal([]));
  }
  it('in the interactions of Binary', async () =>
    expect(await untruthsOfType(server, statement, claimOf('Binary'))).to.deep.equal([]));

  for (const [what, untruthsOf, lie, told] of lies) {
    it(`and a lie about ${what} is told, of what is not there and of what is there unsaid`, async () => {
      const claim = claimOf('Group');
      expect(await untruthsOf(server, statement, { ...claim, ...lie(claim) })).to.satisfy((sentences: readonly string[]) =>
        told.every((part) => sentences.some((sentence) => sentence.includes(part))),
      );
    });
  }
});
