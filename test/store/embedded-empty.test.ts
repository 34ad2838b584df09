/** A store that nothing was ever written to. https://hl7.org/fhir/R4/search.html#total */
import { expect } from 'chai';
import { startTestServer } from '../support/server.ts';

describe('an empty embedded store', () => {
  for (const total of ['none', 'estimate', 'accurate'])
    it(`answers a search with _total=${total}`, async () => {
      const server = await startTestServer({ store: 'embedded' });
      try {
        const { status, body } = await server.fetchFhir(`Patient?_total=${total}`);
        expect([status, body.total]).to.deep.equal([200, total === 'none' ? undefined : 0]);
      } finally {
        await server.close();
      }
    });
});
