/** Who may ask the terminology operations, and where they are claimed. */
import { expect } from 'chai';
import { hl7, withTerminology } from './fixture.ts';

describe('terminology operations', () => {
  const { ask, server } = withTerminology();
  const expandStored = { path: 'ValueSet/$expand', query: { url: 'https://stored.example/ValueSet/colours' } };
  const expandOwn = { path: 'ValueSet/$expand', query: { url: `${hl7}ValueSet/administrative-gender` } };

  it('needs a token', async () => expect((await ask({ ...expandOwn, token: null })).status).to.equal(401));

  it("is open to a patient's app", async () => {
    const token = await server().token('patient/*.rs', { patient: '1' });
    for (const asked of [expandStored, expandOwn, { path: 'ValueSet/colours/$expand' }])
      expect((await ask({ ...asked, token })).status).to.equal(200);
  });

  it('shows of stored definitions nothing to whom may not read them', async () => {
    const token = await server().token('system/Patient.rs');
    expect((await ask({ ...expandOwn, token })).status).to.equal(200);
    expect((await ask({ ...expandStored, token })).status).to.equal(404);
    expect((await ask({ path: 'ValueSet/colours/$expand', token })).status).to.equal(403);
  });

  it('works in a batch, and is claimed', async () => {
    const entry = [{ request: { method: 'GET', url: `ValueSet/$expand?url=${hl7}ValueSet/administrative-gender` } }];
    const { body } = await server().fetchFhir('', { method: 'POST', body: { resourceType: 'Bundle', type: 'batch', entry } });
    expect(body.entry[0].resource.expansion.total).to.equal(4);
    const statement = (await server().fetchFhir('metadata')).body;
    const claimed = (type: string) =>
      statement.rest[0].resource
        .find((resource: { type: string }) => resource.type === type)
        .operation.map(({ definition }: { definition: string }) => definition.replace(`${hl7}OperationDefinition/`, ''));
    expect(claimed('ValueSet')).to.include.members(['ValueSet-expand', 'ValueSet-validate-code']);
    expect(claimed('CodeSystem')).to.include.members(['CodeSystem-lookup', 'CodeSystem-subsumes', 'CodeSystem-validate-code']);
    expect(claimed('ConceptMap')).to.include('ConceptMap-translate');
  });
});
