/** Every search parameter that the CapabilityStatement claims is asked once, so that none is claimed that isn't there. */
import { expect } from 'chai';
import { languages } from '../../src/search/parse-criterion.ts';
import { searchTypeOf } from '../../src/search/types/index.ts';
import { type Answer, sharedDefinitions, startTestServer, type TestServer } from '../support/server.ts';
import { type ClaimedParameter, type ClaimedType, pairOf, readStatement } from './capability/statement.ts';

const definitions = sharedDefinitions();

for (const store of ['memory', 'embedded'] as const) {
  describe(`http.html#capabilities: search parameters (${store})`, () => {
    let server: TestServer;
    let types: readonly ClaimedType[];
    before(async () => {
      server = await startTestServer({ store });
      types = (await readStatement(server)).rest[0].resource;
    });
    after(() => server.close());

    const ask = (path: string, pairs: readonly (readonly [string, string])[]): Promise<Answer> =>
      server.fetchFhir(`${path}?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value]))}`, {
        headers: { prefer: 'handling=strict' },
      });

    it('those claimed of a type are understood on it, all at once', async () => {
      for (const claimed of types) {
        const pairs = claimed.searchParam.flatMap((parameter) => {
          const pair = pairOf(parameter, claimed.searchRevInclude);
          return pair === undefined ? [] : [pair];
        });
        const answer = await ask(claimed.type, pairs.slice(0, 100));
        expect(answer.status, `${claimed.type}: ${answer.text}`).to.equal(200);
      }
    }).timeout(30_000);

    it('those claimed of all types are understood on all types', async () => {
      const claimed: readonly ClaimedParameter[] = (await readStatement(server)).rest[0].searchParam;
      const pairs = claimed.flatMap((parameter) => {
        const pair = parameter.name === '_type' ? undefined : pairOf(parameter, undefined);
        return pair === undefined ? [] : [pair];
      });
      expect((await ask('', [...pairs, ['_type', 'Patient,Observation']])).status).to.equal(200);
      expect(claimed.map(({ name }) => name)).to.include.members([
        '_content',
        '_filter',
        '_has',
        '_id',
        '_lastUpdated',
        '_list',
        '_type',
      ]);
    });

    it('what is not claimed is refused, and nothing that works is left out', async () => {
      for (const { type, searchParam } of types) {
        const names = new Set(searchParam.map(({ name }) => name));
        for (const parameter of definitions.searchParameters(type)) {
          const works = searchTypeOf(parameter) !== undefined || languages.has(parameter.code);
          expect(names.has(parameter.code), `${type}.${parameter.code}`).to.equal(works);
        }
        for (const name of languages.keys()) expect(names.has(name), `${type}.${name}`).to.equal(true);
      }
      expect((await ask('Patient', [['_query', 'x']])).status).to.equal(400);
    });
  });
}
