import { expect } from 'chai';
import { describeOnStores, observation, patient, unique } from './on-stores.ts';

describeOnStores('resource-operation-validate.html', (server) => {
  const validate = (path: string, body?: unknown, method = 'POST') =>
    server().fetchFhir(path, { method, ...(body === undefined ? {} : { body }) });
  const good = () => patient('RSSMRA80A01H501U');
  const parameters = (...parameter: readonly object[]) => ({ resourceType: 'Parameters', parameter });
  const errorsOf = (body: { issue: readonly { severity: string }[] }) =>
    body.issue.filter(({ severity }) => severity === 'error' || severity === 'fatal');

  it('answers 200 with an OperationOutcome that says All OK, and stores nothing', async () => {
    const before = (await server().fetchFhir('Patient?_summary=count')).body.total;
    const { status, body } = await validate('Patient/$validate', good());
    expect(status).to.equal(200);
    expect(body.resourceType).to.equal('OperationOutcome');
    expect(errorsOf(body)).to.deep.equal([]);
    expect(body.issue.at(-1).details.text).to.match(/^All OK/);
    expect((await server().fetchFhir('Patient?_summary=count')).body.total).to.equal(before);
  });

  it('answers 200 also when the resource is wrong, with every violation', async () => {
    const { status, body } = await validate('Patient/$validate', patient('x', { gender: 'donna', birthDate: 'ieri' }));
    expect(status).to.equal(200);
    const places = errorsOf(body).flatMap((issue) => (issue as { expression?: string[] }).expression ?? []);
    expect(places).to.include.members(['Patient.gender', 'Patient.birthDate']);
    expect(JSON.stringify(body)).not.to.include('All OK');
  });

  const bodies: readonly [what: string, body: () => unknown, errors: boolean][] = [
    ['a good resource in Parameters', () => parameters({ name: 'resource', resource: good() }), false],
    ['a bad resource in Parameters', () => parameters({ name: 'resource', resource: patient('x', { gender: 'donna' }) }), true],
    [
      'Parameters with mode',
      () => parameters({ name: 'mode', valueCode: 'create' }, { name: 'resource', resource: good() }),
      false,
    ],
    ['a resource of another type', () => observation('Patient/1'), true],
    ['a resource without a type', () => ({ id: 'x' }), true],
  ];
  for (const [what, body, errors] of bodies) {
    it(`judges ${what}: ${errors ? 'errors' : 'no error'}`, async () => {
      const answer = await validate('Patient/$validate', body());
      expect(answer.status).to.equal(200);
      expect(errorsOf(answer.body).length > 0, JSON.stringify(answer.body)).to.equal(errors);
    });
  }

  it('applies a profile that is asked for, from the body or the URL', async () => {
    const profile = 'https://fascicolo.example/fhir/StructureDefinition/fse-medicationrequest-ricetta';
    const subject = { reference: 'Patient/1' };
    const about = { medicationCodeableConcept: { text: 'x' }, subject, authoredOn: '2026-01-31', requester: { display: 'y' } };
    const request = { resourceType: 'MedicationRequest', status: 'active', intent: 'plan', ...about };
    const plain = await validate('MedicationRequest/$validate', request);
    expect(errorsOf(plain.body), JSON.stringify(plain.body)).to.deep.equal([]);
    const body = parameters({ name: 'resource', resource: request }, { name: 'profile', valueUri: profile });
    const asked = await validate('MedicationRequest/$validate', body);
    const inUrl = await validate(`MedicationRequest/$validate?profile=${encodeURIComponent(profile)}`, request);
    for (const answer of [asked, inUrl]) expect(errorsOf(answer.body)).not.to.be.empty;
  });

  it('judges the stored instance, by GET and by POST; an unknown one is 404', async () => {
    const { body } = await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) });
    for (const method of ['GET', 'POST']) {
      const answer = await validate(`Patient/${body.id}/$validate`, undefined, method);
      expect(answer.status).to.equal(200);
      expect(errorsOf(answer.body)).to.deep.equal([]);
    }
    expect((await validate('Patient/unknown/$validate', undefined, 'GET')).status).to.equal(404);
  });

  it('compares the id of the body with the instance of the URL', async () => {
    const { body } = await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) });
    const answer = await validate(`Patient/${body.id}/$validate?mode=update`, patient('x', { id: 'another' }));
    expect(errorsOf(answer.body)).to.have.length(1);
  });

  it('says what a rule of this server refuses', async () => {
    const channel = { type: 'message' };
    const subscription = { resourceType: 'Subscription', status: 'active', reason: 'x', criteria: 'Patient?', channel };
    const { body } = await validate('Subscription/$validate', subscription);
    expect(errorsOf(body)).to.have.length(1);
  });

  it('looks up what the resource refers to when it is to be created or updated, not otherwise', async () => {
    const dangling = observation('Patient/nobody');
    for (const mode of ['create', 'update']) {
      const { body } = await validate(`Observation/$validate?mode=${mode}`, dangling);
      expect(errorsOf(body)).to.have.length(1);
      expect(body.issue[0]).to.deep.include({ code: 'not-found', expression: ['Observation.subject.reference'] });
    }
    for (const query of ['', '?mode=profile']) {
      expect(errorsOf((await validate(`Observation/$validate${query}`, dangling)).body)).to.deep.equal([]);
    }
  });

  it('says of a deletion what would refuse it', async () => {
    const { body: person } = await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) });
    const path = `Patient/${person.id}`;
    const verdict = async () => (await validate(`${path}/$validate?mode=delete`, undefined, 'GET')).body.issue[0];
    expect((await verdict()).details.text).to.match(/^All OK/);
    const { body: held } = await server().fetchFhir('Observation', { method: 'POST', body: observation(path) });
    const refused = await server().fetchFhir(path, { method: 'DELETE' });
    expect(refused.status).to.equal(409);
    expect(await verdict()).to.deep.equal(refused.body.issue[0]);
    expect((await server().fetchFhir(`Observation/${held.id}`, { method: 'DELETE' })).status).to.equal(204);
    expect((await verdict()).details.text).to.match(/^All OK/);
    expect((await validate('Patient/$validate?mode=delete', person)).status).to.equal(400);
  });

  it('tells who may not delete only of those that refer to a resource which they may search', async () => {
    const { body: person } = await server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) });
    await server().fetchFhir('Observation', { method: 'POST', body: observation(`Patient/${person.id}`) });
    const verdictOf = async (scope: string) => {
      const token = await server().token(scope, { fhirUser: 'Practitioner/1' });
      return (await server().fetchFhir(`Patient/${person.id}/$validate?mode=delete`, { token })).body.issue[0].severity;
    };
    expect(await verdictOf('user/Patient.rs')).to.equal('information');
    expect(await verdictOf('user/Patient.rs user/Observation.s')).to.equal('error');
    expect(await verdictOf('user/Patient.rd')).to.equal('error');
  });

  it('If a profile is nominated, and the server cannot validate against the nominated profile, it SHALL return an error', async () => {
    const unknown = 'http://example.org/StructureDefinition/unknown';
    const claimed = { ...good(), meta: { profile: [unknown] } };
    expect(errorsOf((await validate('Patient/$validate', claimed)).body)).to.deep.equal([]);
    for (const resource of [good(), claimed]) {
      const { body } = await validate(`Patient/$validate?profile=${unknown}`, resource);
      expect(errorsOf(body)).to.have.length(1);
      expect(body.issue[0].details.text).to.include(unknown);
    }
  });

  it('refuses an unknown mode and a request without a resource with 400', async () => {
    expect((await validate('Patient/$validate?mode=maybe', good())).status).to.equal(400);
    expect((await validate('Patient/$validate')).status).to.equal(400);
    expect((await validate('Patient/$validate', parameters({ name: 'mode', valueCode: 'create' }))).status).to.equal(400);
  });

  it("judges no stored instance that a patient's token may not see", async () => {
    const people = await Promise.all(
      [1, 2].map(() => server().fetchFhir('Patient', { method: 'POST', body: patient(unique()) })),
    );
    const token = await server().token('patient/*.rs', { patient: people[0]?.body.id });
    expect((await server().fetchFhir(`Patient/${people[1]?.body.id}/$validate`, { token })).status).to.equal(404);
    expect((await server().fetchFhir(`Patient/${people[0]?.body.id}/$validate`, { token })).status).to.equal(200);
  });

  it('an operation that is not offered is 404', async () => {
    for (const path of ['Patient/$nonsense', '$validate', '$nonsense']) {
      expect((await validate(path, { resourceType: 'Parameters' })).status).to.equal(404);
    }
  });
});
