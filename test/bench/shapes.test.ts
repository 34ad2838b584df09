/** The shapes of query that `npm run bench -- search` asks: all kinds of search are among them, and each is one that the server understands. */
import { expect } from 'chai';
import type { Resource } from '../../src/fhir/types.ts';
import { sharedDefinitions, startTestServer, type TestServer } from '../support/server.ts';
import { benchRecord } from './search/records.ts';
import { blanksOf, pathOf, readShapes } from './search/shapes.ts';

const people = 3;
const shapes = readShapes();

/** https://hl7.org/fhir/R4/search.html#modifiers, and those of includes */
const modifiers = ':exact :contains :text :not :in :not-in :above :below :missing :identifier :of-type :Patient :iterate'.split(
  ' ',
);
/** https://hl7.org/fhir/R4/search.html#prefix; `eq` goes without saying */
const prefixes = 'ne gt lt ge le sa eb ap'.split(' ');

function recordsOf(count: number): readonly Resource[] {
  const records = Array.from({ length: count }, (_, index) => benchRecord(index));
  const entry = records.map(({ patientId }) => ({ item: { reference: `Patient/${patientId}` } }));
  const list: Resource = { resourceType: 'List', id: 'bench-list', status: 'current', mode: 'working', entry };
  const all = [...records.flatMap(({ resources }) => resources), list];
  return [...new Map(all.map((resource) => [`${resource.resourceType}/${resource['id']}`, resource])).values()];
}

describe('the shapes of the search benchmark', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ store: 'embedded', environment: { VALIDATION: 'off', REFERENCES: 'free' } });
    const entry = recordsOf(people).map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource['id']}` },
    }));
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    const { status, text } = await server.fetchFhir('', { method: 'POST', body });
    expect(status, text.slice(0, 500)).to.equal(200);
  });
  after(() => server.close());

  it('are 30 or more, each with a name of its own', () => {
    expect(new Set(shapes.map(({ name }) => name)).size)
      .to.equal(shapes.length)
      .and.to.be.at.least(30);
  });

  it('have every modifier and every prefix', () => {
    const names = shapes.flatMap(({ query }) => [...query.matchAll(/(:[\w-]+)[^&=]*=/g)].map(([, modifier]) => modifier));
    expect(modifiers.filter((modifier) => !names.includes(modifier))).to.deep.equal([]);
    const begun = shapes.flatMap(({ query }) => [...query.matchAll(/[=$]([a-z]{2})[\d{]/g)].map(([, prefix]) => prefix));
    expect(prefixes.filter((prefix) => !begun.includes(prefix))).to.deep.equal([]);
  });

  it('have every type of search parameter', () => {
    const definitions = sharedDefinitions();
    const types = new Set(
      shapes.flatMap(({ query }) => {
        const [type = '', parameters = ''] = query.split('?');
        return parameters.split('&').map((one) => definitions.searchParameter(type, /^[\w-]+/.exec(one)?.[0] ?? '')?.type);
      }),
    );
    expect([...types]).to.include.members('number date string token reference composite quantity uri special'.split(' '));
  });

  for (const shape of shapes) {
    const bound = shape.patientBound === true && !shape.query.includes('{year}');
    it(`${shape.name}: is understood as it stands${bound ? ', and finds something of each patient' : ''}`, async () => {
      for (const blanks of blanksOf(people)) {
        const { status, text, body } = await server.fetchFhir(pathOf(shape, blanks), { headers: { prefer: 'handling=strict' } });
        expect(status, text.slice(0, 500)).to.equal(200);
        if (bound) expect(body.entry, pathOf(shape, blanks)).to.be.an('array').that.is.not.empty;
      }
    });
  }
});
