import { expect } from 'chai';
import { bundle, entry } from '../spec/on-stores.ts';
import { type Answer, type FetchOptions, startTestServer } from '../support/server.ts';
import { openTwoPatients, type TwoPatients } from '../support/two-patients.ts';

const a = { reference: 'Patient/A' };
const post = (body: object): FetchOptions => ({ method: 'POST', body });
const observation = (more: object) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject: a,
  ...more,
});
const focus = (reference: string) => observation({ focus: [{ reference }] });

/** Everything but the id of the request. */
const told = ({ status, body }: Answer) => ({ status, issue: body.issue });

for (const store of ['memory', 'embedded'] as const) {
  describe(`A patient's token and another's records: references (access.md 2.5), on the ${store} store`, () => {
    let two: TwoPatients;
    before(async () => {
      two = await openTwoPatients({ store });
    });
    after(() => two.close());

    const hidden = [
      'Observation/of-B',
      'Patient/B',
      'Encounter/enc-B',
      'Device/dev-B',
      'Binary/bin-B',
      'Group/both',
      'Observation/gone-B',
    ];
    for (const target of hidden) {
      it(`A51: a reference to ${target} gets the answer of one to nothing`, async () => {
        const [type = ''] = target.split('/');
        const [there, never] = await Promise.all(
          [target, `${type}/never`].map((one) => two.asA('Observation', post(focus(one)))),
        );
        expect(there?.status).to.equal(422);
        if (there === undefined || never === undefined) throw new Error('Two were asked.');
        expect(told(there)).to.deep.equal(told(never));
        expect(there.text).not.to.include(target);
      });
    }

    it("A51: a version of another's resource is as little there", async () => {
      const [there, never] = await Promise.all(
        ['Observation/of-B/_history/1', 'Observation/of-B/_history/9'].map((one) => two.asA('Observation', post(focus(one)))),
      );
      expect([there?.status, there?.body.issue]).to.deep.equal([422, never?.body.issue]);
    });

    it("A50: a link to another's Binary is refused, so that nobody gains it by naming it", async () => {
      const body = {
        resourceType: 'DocumentReference',
        status: 'current',
        subject: a,
        content: [{ attachment: { contentType: 'text/plain', url: 'Binary/bin-B' } }],
      };
      const answer = await two.asA('DocumentReference', post(body));
      expect(answer.status).to.equal(422);
      expect(answer.body.issue[0].expression).to.deep.equal(['DocumentReference.content[0].attachment.url']);
    });

    const visible = ['Observation/of-A', 'Practitioner/doc', 'Organization/org', 'Device/dev-catalogue'];
    for (const target of visible) {
      it(`a reference to ${target}, which the patient may see, passes`, async () => {
        expect((await two.asA('Observation', post(focus(target)))).status).to.equal(201);
      });
    }

    it('the letters of the scope make no difference: who may only create refers to the own record', async () => {
      const send = (target: string) => two.asA('Observation', { ...post(focus(target)), scope: 'patient/Observation.c' });
      expect([(await send('Observation/of-A')).status, (await send('Observation/of-B')).status]).to.deep.equal([201, 422]);
    });

    it('a transaction says the same', async () => {
      const send = (target: string) => two.asA('', post(bundle('transaction', entry('POST Observation', focus(target)))));
      const [there, never] = [await send('Observation/of-B'), await send('Observation/never')];
      expect(there.status).to.equal(422);
      expect(told(there)).to.deep.equal(told(never));
      expect((await send('Observation/of-A')).status).to.equal(200);
    });

    it("a reference to another's resource that was there before does not keep the patient from a change", async () => {
      const { body } = await two.asA('Observation/of-A-by-B');
      const answer = await two.asA('Observation/of-A-by-B', { method: 'PUT', body: { ...body, status: 'amended' } });
      expect(answer.status, answer.text).to.equal(200);
    });

    it('A56: what keeps a resource from being deleted is named as far as the caller may see it, and not else', async () => {
      const mine = (await two.asA('Observation', post(observation({})))).body.id;
      const list = { resourceType: 'List', status: 'current', mode: 'working', subject: { reference: 'Patient/B' } };
      const target = { entry: [{ item: { reference: `Observation/${mine}` } }] };
      const { body } = await two.asSystem('List', post({ ...list, ...target }));
      const refused = await two.asA(`Observation/${mine}`, { method: 'DELETE' });
      expect(refused.status).to.equal(409);
      expect(refused.text).not.to.include(body.id).and.not.to.include('List');
      const own = (await two.asA('Observation', post(focus(`Observation/${mine}`)))).body.id;
      const named = await two.asA(`Observation/${mine}`, { method: 'DELETE' });
      expect(named.text).to.include(`Observation/${own}`).and.not.to.include(body.id);
      expect((await two.asSystem(`Observation/${mine}`, { method: 'DELETE' })).text).to.include(`List/${body.id}`);
    });

    it("another's resource that is referred to is a 404 to delete, as one that never was", async () => {
      const [there, never] = await Promise.all(
        ['Observation/of-B', 'Observation/never'].map((path) => two.asA(path, { method: 'DELETE' })),
      );
      expect([there?.status, there?.body.issue]).to.deep.equal([404, never?.body.issue]);
    });

    it('a patient may not leave references to nothing', async () => {
      expect((await two.asA('Observation/of-A?_references=free', { method: 'DELETE' })).status).to.equal(403);
    });
  });
}

describe('A patient’s token with REFERENCES=free', () => {
  it('may refer to anything, since nothing is asked', async () => {
    const server = await startTestServer({ environment: { REFERENCES: 'free', VALIDATION: 'base' } });
    try {
      const token = await server.token('patient/Observation.c', { patient: 'A' });
      expect((await server.fetchFhir('Observation', { ...post(focus('Observation/of-B')), token })).status).to.equal(201);
    } finally {
      await server.close();
    }
  });
});
