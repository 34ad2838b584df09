import { expect } from 'chai';
import type { FetchOptions } from '../support/server.ts';
import { comparable, openTwoPatients, type TwoPatients } from '../support/two-patients.ts';

const a = { reference: 'Patient/A' };
const b = { reference: 'Patient/B' };
const observation = (subject: object | undefined, more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...(subject === undefined ? {} : { subject }),
  ...more,
});

for (const store of ['memory', 'embedded'] as const) {
  describe(`A patient's token and another's records: writing (access.md 2.5), on the ${store} store`, () => {
    let two: TwoPatients;
    before(async () => {
      two = await openTwoPatients({ store });
    });
    after(() => two.close());

    /** Everything there is, as the system sees it: what a refused write must not change. */
    async function everything(): Promise<string> {
      const { body } = await two.asSystem('_history?_count=1000');
      return JSON.stringify(
        body.entry.map(({ fullUrl, response }: { fullUrl: string; response: object }) => [fullUrl, response]),
      );
    }

    const post = (body: unknown, headers = {}): FetchOptions => ({ method: 'POST', body, headers });
    const put = (body: unknown, headers = {}): FetchOptions => ({ method: 'PUT', body, headers });

    const refused: readonly (readonly [row: string, what: string, path: string, options: FetchOptions, status: number])[] = [
      ['A28', "another's Observation", 'Observation', post(observation(b)), 403],
      ['A29', "another's, performed by the own patient", 'Observation', post(observation(b, { performer: [a] })), 403],
      ['A30', 'an Observation of nobody', 'Observation', post(observation(undefined)), 403],
      ['A30', 'one with an identifier for a subject', 'Observation', post(observation({ identifier: { value: 'CF-B' } })), 403],
      [
        'A30',
        'one of a contained patient',
        'Observation',
        post(
          observation(
            { reference: '#p' },
            { contained: [{ resourceType: 'Patient', id: 'p', identifier: [{ value: 'CF-B' }] }] },
          ),
        ),
        403,
      ],
      [
        'A30',
        'one of a patient elsewhere',
        'Observation',
        post(observation({ reference: 'http://other.example/fhir/Patient/A' })),
        403,
      ],
      ['A30', 'one of a group', 'Observation', post(observation({ reference: 'Group/both' })), 403],
      ['A31', 'an own Observation, given to B', 'Observation/of-A', put({ ...observation(b), id: 'of-A' }), 403],
      ['A31', 'an own Observation, given to nobody', 'Observation/of-A', put({ ...observation(undefined), id: 'of-A' }), 403],
      [
        'A52',
        'Patient/A itself',
        'Patient/A',
        put({ resourceType: 'Patient', id: 'A', link: [{ other: b, type: 'refer' }] }),
        403,
      ],
      ['A52', 'a new Patient', 'Patient', post({ resourceType: 'Patient', active: true }), 403],
      ['A52', 'Patient/A, deleted', 'Patient/A', { method: 'DELETE' }, 403],
      ['A52', "a RelatedPerson of B's", 'RelatedPerson', post({ resourceType: 'RelatedPerson', patient: b }), 403],
      ['A52', 'a Person', 'Person', post({ resourceType: 'Person', link: [{ target: b }] }), 403],
      [
        'A53',
        "a Consent on B's data",
        'Consent',
        post({
          resourceType: 'Consent',
          status: 'active',
          scope: { text: 'x' },
          category: [{ text: 'x' }],
          patient: b,
          performer: [a],
          policyRule: { text: 'x' },
        }),
        403,
      ],
      [
        'A54',
        'a Subscription',
        'Subscription',
        post({
          resourceType: 'Subscription',
          status: 'requested',
          reason: 'x',
          criteria: 'Observation?patient=B',
          channel: { type: 'rest-hook' },
        }),
        403,
      ],
      ['shared', 'an Organization', 'Organization', post({ resourceType: 'Organization', name: 'x' }), 403],
      [
        'shared',
        'the Practitioner, changed',
        'Practitioner/doc',
        put({ resourceType: 'Practitioner', id: 'doc', active: false }),
        403,
      ],
      ['shared', 'the Practitioner, deleted', 'Practitioner/doc', { method: 'DELETE' }, 403],
      ['A48', 'a Binary', 'Binary', post({ resourceType: 'Binary', contentType: 'text/plain' }), 403],
      [
        'A51',
        'a Provenance',
        'Provenance',
        post({
          resourceType: 'Provenance',
          target: [{ reference: 'Observation/of-B' }],
          recorded: '2026-01-01T00:00:00Z',
          agent: [{ who: a }],
        }),
        403,
      ],
      [
        'both',
        'an Appointment of A and B',
        'Appointment',
        post({
          resourceType: 'Appointment',
          status: 'proposed',
          participant: [a, b].map((actor) => ({ actor, status: 'accepted' })),
        }),
        403,
      ],
    ];
    for (const [row, what, path, options, status] of refused) {
      it(`${row}: ${what} is ${status}, and nothing changes`, async () => {
        const before = await everything();
        const answer = await two.asA(path, options);
        expect(answer.status, answer.text).to.equal(status);
        expect(answer.text).not.to.include('Patient/B');
        expect(await everything()).to.equal(before);
      });
    }

    const unseen: readonly (readonly [row: string, what: string, method: string, headers: Record<string, string>])[] = [
      ['A34', 'PUT', 'PUT', {}],
      ['A6', 'PUT with If-Match of an old version', 'PUT', { 'if-match': 'W/"9"' }],
      ['A6', 'PUT with If-Match of the current one', 'PUT', { 'if-match': 'W/"1"' }],
      ['A64', 'PUT that asks for a representation', 'PUT', { prefer: 'return=representation' }],
      ['A64', 'PUT that asks for an outcome', 'PUT', { prefer: 'return=OperationOutcome' }],
      ['delete', 'DELETE', 'DELETE', {}],
      ['delete', 'DELETE with If-Match', 'DELETE', { 'if-match': 'W/"1"' }],
    ];
    for (const [row, what, method, headers] of unseen) {
      it(`${row}, A35: ${what} on B's resource is the 404 of an unknown id, and nothing changes`, async () => {
        const before = await everything();
        for (const subject of [a, b]) {
          const send = (id: string) =>
            two.asA(`Observation/${id}`, {
              method,
              headers,
              ...(method === 'PUT' ? { body: { ...observation(subject), id } } : {}),
            });
          const answer = await send('of-B');
          expect(answer.status).to.equal(404);
          expect(comparable(answer)).to.deep.equal(comparable(await send('unk')));
          expect(comparable(await send('gone-B'))).to.deep.equal(comparable(answer));
        }
        expect(await everything()).to.equal(before);
      });
    }

    it('A36: If-None-Exist that only B meets creates, and says nothing of B', async () => {
      const answer = await two.asA('Observation', post(observation(a), { 'if-none-exist': 'identifier=urn:test|obs-B' }));
      expect(answer.status).to.equal(201);
      expect(answer.headers.get('location')).not.to.include('of-B');
    });

    it('A37: a conditional update that only B meets changes nothing of B', async () => {
      const before = await two.asSystem('Observation/of-B/_history');
      const answer = await two.asA('Observation?identifier=urn:test|obs-B', put(observation(a)));
      expect(answer.status).to.equal(201);
      expect(answer.body.id).not.to.equal('of-B');
      expect((await two.asSystem('Observation/of-B/_history')).body.entry).to.deep.equal(before.body.entry);
    });

    it('A37: a conditional delete that only B meets answers as without a match', async () => {
      const answer = await two.asA('Observation?identifier=urn:test|obs-B', { method: 'DELETE' });
      expect(comparable(answer)).to.deep.equal(
        comparable(await two.asA('Observation?identifier=urn:test|unk', { method: 'DELETE' })),
      );
      expect((await two.asSystem('Observation/of-B')).status).to.equal(200);
    });

    it('A38: a condition may not look through B', async () => {
      const answer = await two.asA('Observation', post(observation(a), { 'if-none-exist': 'subject:Patient.identifier=CF-B' }));
      expect(answer.status).to.equal(201);
      expect(answer.body.subject).to.deep.equal(a);
    });

    it('A39: the own is created, changed and deleted', async () => {
      const created = await two.asA('Observation', post(observation(a)));
      expect(created.status).to.equal(201);
      const { id } = created.body;
      const changed = await two.asA(`Observation/${id}`, put({ ...observation(a, { status: 'amended' }), id }));
      expect(changed.status).to.equal(200);
      expect((await two.asA(`Observation/${id}`, { method: 'DELETE' })).status).to.equal(204);
    });

    const entry = (method: string, url: string, resource?: object) => ({
      request: { method, url },
      ...(resource ? { resource } : {}),
    });
    const bundle = (type: string, ...entries: object[]) => post({ resourceType: 'Bundle', type, entry: entries });

    it('A40: each entry of a batch is judged alone, as if it had come alone', async () => {
      const answer = await two.asA(
        '',
        bundle(
          'batch',
          entry('GET', 'Observation/of-A'),
          entry('GET', 'Observation/of-B'),
          entry('GET', 'Observation?patient=B'),
          entry('POST', 'Observation', observation(b)),
          entry('PUT', 'Observation/of-B', { ...observation(a), id: 'of-B' }),
          entry('DELETE', 'Observation/of-B'),
          entry('GET', 'Group/both'),
          entry('GET', 'http://evil.example/fhir/Observation/of-A'),
          entry('GET', '//evil.example/Observation/of-A'),
          entry('GET', '../livez'),
        ),
      );
      const statuses = answer.body.entry.map(({ response }: { response: { status: string } }) =>
        Number(response.status.slice(0, 3)),
      );
      expect(statuses).to.deep.equal([200, 404, 200, 403, 404, 404, 403, 400, 400, 400]);
      expect(answer.body.entry[2].resource.entry ?? []).to.deep.equal([]);
      expect(answer.text).not.to.include('Bianchi');
    });

    const transactions: readonly (readonly [row: string, what: string, entries: readonly object[], status: readonly number[]])[] =
      [
        ['A28', "another's Observation", [entry('POST', 'Observation', observation(b))], [403]],
        ['A34', "B's Observation, claimed", [entry('PUT', 'Observation/of-B', { ...observation(a), id: 'of-B' })], [404]],
        ['A35', 'an id of its choosing', [entry('PUT', 'Observation/mine', { ...observation(a), id: 'mine' })], [404]],
        ['delete', "B's Observation, deleted", [entry('DELETE', 'Observation/of-B')], [404]],
        [
          'A41',
          'a reference by a condition that only B meets',
          [entry('POST', 'Observation', observation({ reference: 'Patient?identifier=CF-B' }))],
          [403],
        ],
        [
          'A41',
          'a new Patient for a subject',
          [
            {
              ...entry('POST', 'Patient', { resourceType: 'Patient', active: true }),
              fullUrl: 'urn:uuid:11111111-1111-4111-8111-111111111111',
            },
            entry('POST', 'Observation', observation({ reference: 'urn:uuid:11111111-1111-4111-8111-111111111111' })),
          ],
          [403],
        ],
      ];
    for (const [row, what, entries, statuses] of transactions) {
      it(`${row}: a transaction with ${what} fails whole`, async () => {
        const before = await everything();
        const answer = await two.asA('', bundle('transaction', entry('POST', 'Observation', observation(a)), ...entries));
        expect(answer.status, answer.text).to.be.oneOf([...statuses]);
        expect(answer.text).not.to.match(/Patient\/B|Bianchi/);
        expect(await everything()).to.equal(before);
      });
    }

    it("A41: a GET of B's resource in a transaction is answered as one of an unknown id", async () => {
      const read = async (id: string) =>
        (await two.asA('', bundle('transaction', entry('GET', `Observation/${id}`)))).body.entry[0];
      expect((await read('of-B')).response.status).to.match(/^404/);
      expect(await read('of-B')).to.deep.equal(await read('unk'));
    });

    it('A41: a condition that only B meets fails as one that nobody meets', async () => {
      const send = (value: string) =>
        two.asA(
          '',
          bundle('transaction', entry('POST', 'Observation', observation({ reference: `Patient?identifier=${value}` }))),
        );
      expect(comparable(await send('CF-B'))).to.deep.equal(comparable(await send('CF-X')));
    });

    it('A42: methods that are none, and bodies that do not fit, are refused', async () => {
      for (const request of [
        entry('TRACE', 'Observation/of-A'),
        entry('get', 'Observation/of-A'),
        entry('POST', 'Observation', { resourceType: 'Patient' }),
      ]) {
        const answer = await two.asA('', bundle('batch', request));
        const status = Number(answer.body.entry?.[0].response.status.slice(0, 3) ?? answer.status);
        expect(status).to.be.oneOf([400, 405]);
      }
    });

    it("A55: $validate of B's instance is the 404 of an unknown one", async () => {
      const answer = await two.asA('Observation/of-B/$validate');
      expect(answer.status).to.equal(404);
      expect(comparable(answer)).to.deep.equal(comparable(await two.asA('Observation/unk/$validate')));
    });

    it('a read-only scope writes nothing', async () => {
      const answer = await two.asA('Observation', { ...post(observation(a)), scope: 'patient/*.rs' });
      expect(answer.status).to.equal(403);
      expect(answer.headers.get('www-authenticate')).to.include('scope="patient/Observation.c"');
    });
  });
}
