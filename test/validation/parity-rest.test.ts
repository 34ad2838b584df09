/** The parity table, row 26: an id that must be there, or must not be, for the interaction. https://hl7.org/fhir/R4/http.html */
import { expect } from 'chai';
import { startTestServer, type TestServer } from '../support/server.ts';

const patient = (id?: string) => ({ resourceType: 'Patient', ...(id === undefined ? {} : { id }) });

describe('The parity table, row 26, over HTTP', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
  });
  after(() => server.close());

  const refusals: readonly (readonly [what: string, method: string, path: string, body: object, at: string, near: object])[] = [
    ['an update without id', 'PUT', 'Patient/a', patient(), 'Patient', patient('a')],
    ['an update with another id', 'PUT', 'Patient/a', patient('b'), 'Patient.id', patient('a')],
    ['an update with an id that is none', 'PUT', 'Patient/a', patient('a b'), 'Patient.id', patient('a')],
  ];
  for (const [what, method, path, body, at, near] of refusals) {
    it(`${what} is an error`, async () => {
      const answer = await server.fetchFhir(path, { method, body });
      expect(answer.status).to.equal(400);
      const [issue] = answer.body.issue;
      expect(issue.severity).to.equal('error');
      expect(['required', 'value', 'invalid', 'structure']).to.include(issue.code);
      expect(issue.expression).to.deep.equal([at]);
      const { status } = await server.fetchFhir(path, { method, body: near });
      expect(status).to.be.oneOf([200, 201]);
    });
  }

  it('a create with an id is done under another: "the server SHALL ignore" the id that came along', async () => {
    const answer = await server.fetchFhir('Patient', { method: 'POST', body: patient('mine') });
    expect(answer.status).to.equal(201);
    expect(answer.body.id).to.be.a('string').and.not.equal('mine');
  });
});
