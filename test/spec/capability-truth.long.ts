/** As capability-truth.test.ts, for every type and each thing that is claimed of it, on the store that comes with the server. */
import { expect } from 'chai';
import { sharedDefinitions, startTestServer, type TestServer } from '../support/server.ts';
import { untruthsOfOperations } from './capability/probe-operations.ts';
import { untruthsOfSearch } from './capability/probe-search.ts';
import { untruthsOfSystem } from './capability/probe-system.ts';
import { untruthsOfType } from './capability/probe-type.ts';
import { readStatement, type Statement } from './capability/statement.ts';

describe('http.html#capabilities: every claim about every type', function () {
  this.timeout(300_000);
  let server: TestServer;
  let statement: Statement;
  before(async () => {
    server = await startTestServer({ store: 'embedded', environment: { VALIDATION: 'base', REFERENCES: 'free' } });
    await server.fetchFhir('Patient/known', { method: 'PUT', body: { resourceType: 'Patient', id: 'known' } });
    statement = await readStatement(server);
  });
  after(() => server.close());

  it('is about every type of R4', () =>
    expect(statement.rest[0].resource.map(({ type }) => type)).to.deep.equal(sharedDefinitions().resourceTypes));
  it('holds at the system level', async () => expect(await untruthsOfSystem(server, statement)).to.deep.equal([]));
  const checks = [
    ['interactions, features and patch formats', untruthsOfType],
    ['search parameters and includes', untruthsOfSearch],
    ['operations', untruthsOfOperations],
  ] as const;
  for (const [what, untruthsOf] of checks) {
    it(`holds for ${what}`, async () => {
      const untruths: string[] = [];
      for (const claimed of statement.rest[0].resource) untruths.push(...(await untruthsOf(server, statement, claimed)));
      expect(untruths).to.deep.equal([]);
    });
  }
});
