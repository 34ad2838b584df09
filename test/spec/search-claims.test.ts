/** Every search parameter that the CapabilityStatement claims is asked once, so that none is claimed that isn't there. */
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { languages } from '../../src/search/parse-criterion.ts';
import { searchTypeOf } from '../../src/search/types/index.ts';
import { type Answer, startTestServer, type TestServer } from '../support/server.ts';

interface Claimed {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}

interface ClaimedType {
  readonly type: string;
  readonly searchParam: readonly Claimed[];
  readonly searchRevInclude?: readonly string[];
}

const definitions = openDefinitions();

const values: Readonly<Record<string, string>> = {
  token: 'x',
  string: 'abc',
  reference: 'Patient/x',
  date: '2026',
  number: '1',
  quantity: '1',
  uri: 'http://example.org/x',
};

/** A value that the parameter takes. */
function valueOfParameter({ name, type, definition }: Claimed): string {
  if (name === '_filter') return '_id eq x';
  if (name === '_list') return 'x';
  if (name === 'near') return '1|1';
  const composite = type === 'composite' ? definitions.searchParameterByUrl(definition ?? '') : undefined;
  if (composite === undefined) return values[type] ?? 'x';
  const parts = composite.component.map(({ definition: url }) => definitions.searchParameterByUrl(url)?.type ?? '');
  return parts.map((part) => values[part] ?? 'x').join('$');
}

function pairOf(parameter: Claimed, { searchRevInclude }: ClaimedType): readonly [name: string, value: string] | undefined {
  if (parameter.name !== '_has') return [parameter.name, valueOfParameter(parameter)];
  const [source] = searchRevInclude ?? [];
  return source === undefined ? undefined : [`_has:${source}:_id`, 'x'];
}

for (const store of ['memory', 'embedded'] as const) {
  describe(`http.html#capabilities: search parameters (${store})`, () => {
    let server: TestServer;
    let types: readonly ClaimedType[];
    before(async () => {
      server = await startTestServer({ store });
      types = (await server.fetchFhir('metadata')).body.rest[0].resource;
    });
    after(() => server.close());

    const ask = (path: string, pairs: readonly (readonly [string, string])[]): Promise<Answer> =>
      server.fetchFhir(`${path}?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value]))}`, {
        headers: { prefer: 'handling=strict' },
      });

    it('those claimed of a type are understood on it, all at once', async () => {
      for (const claimed of types) {
        const pairs = claimed.searchParam.flatMap((parameter) => {
          const pair = pairOf(parameter, claimed);
          return pair === undefined ? [] : [pair];
        });
        const answer = await ask(claimed.type, pairs.slice(0, 100));
        expect(answer.status, `${claimed.type}: ${answer.text}`).to.equal(200);
      }
    }).timeout(30_000);

    it('those claimed of all types are understood on all types', async () => {
      const { body } = await server.fetchFhir('metadata');
      const claimed: readonly Claimed[] = body.rest[0].searchParam;
      const pairs = claimed
        .filter(({ name }) => name !== '_has' && name !== '_type')
        .map((parameter) => [parameter.name, valueOfParameter(parameter)] as const);
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
