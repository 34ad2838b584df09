import { expect } from 'chai';
import { comparable, keysOf, openTwoPatients, type TwoPatients, visibleToA } from '../support/two-patients.ts';

for (const store of ['memory', 'embedded'] as const) {
  describe(`A patient's token and another's records: reading (access.md 2.5), on the ${store} store`, () => {
    let two: TwoPatients;
    before(async () => {
      two = await openTwoPatients({ store });
    });
    after(() => two.close());

    const hidden: readonly (readonly [row: string, path: string, unknown: string, headers?: Record<string, string>])[] = [
      ['A1', 'Patient/B', 'Patient/unk'],
      ['A1', 'Observation/of-B', 'Observation/unk'],
      ['A1', 'Observation/of-B-by-A', 'Observation/unk'],
      ['A1', 'Condition/cond-B', 'Condition/unk'],
      ['A1', 'Encounter/enc-B', 'Encounter/unk'],
      ['A1', 'RelatedPerson/rel-B', 'RelatedPerson/unk'],
      ['A1', 'Device/dev-B', 'Device/unk'],
      ['A1', 'Appointment/app-B', 'Appointment/unk'],
      ['A1', 'Provenance/prov-B', 'Provenance/unk'],
      ['A48', 'Binary/bin-B', 'Binary/unk'],
      ['A2', 'Observation/of-B/_history', 'Observation/unk/_history'],
      ['A2', 'Observation/of-B/_history/1', 'Observation/unk/_history/1'],
      ['A3', 'Observation/from-A-to-B', 'Observation/unk'],
      ['A3', 'Observation/from-A-to-B/_history/1', 'Observation/unk/_history/1'],
      ['A3', 'Observation/from-A-to-B/_history', 'Observation/unk/_history'],
      ['A3', 'Observation/from-B-to-A/_history/1', 'Observation/unk/_history/1'],
      ['A4', 'Observation/gone-B', 'Observation/unk'],
      ['A4', 'Observation/gone-B/_history', 'Observation/unk/_history'],
      ['A5', 'Observation/of-B', 'Observation/unk', { 'if-none-match': 'W/"1"' }],
      ['A5', 'Observation/of-B', 'Observation/unk', { 'if-none-match': '*' }],
      ['A7', 'Observation/of-B', 'Observation/unk', { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }],
      ['A25', 'Patient/B/$everything', 'Patient/unk/$everything'],
      ['A60', 'Observation/of-B', 'Observation/unk', { 'x-patient-id': 'B' }],
    ];
    for (const [row, path, unknown, headers = {}] of hidden) {
      it(`${row}: GET ${path} ${JSON.stringify(headers)} is the 404 of what never was`, async () => {
        const answer = await two.asA(path, { headers });
        expect(answer.status).to.equal(404);
        expect(comparable(answer)).to.deep.equal(comparable(await two.asA(unknown, { headers })));
        expect(answer.headers.get('content-length')).to.equal(
          (await two.asA(unknown, { headers })).headers.get('content-length'),
        );
        expect(answer.text).not.to.include('Bianchi');
      });
    }

    for (const path of ['Observation/of-B', 'Patient/B']) {
      it(`A63: HEAD and OPTIONS of ${path} are those of what never was`, async () => {
        const unknown = `${path.split('/')[0]}/unk`;
        for (const method of ['HEAD', 'OPTIONS']) {
          expect(comparable(await two.asA(path, { method }))).to.deep.equal(comparable(await two.asA(unknown, { method })));
        }
      });
    }

    const forbidden: readonly (readonly [row: string, path: string])[] = [
      ['A16', 'Group/both'],
      ['denied types', 'Subscription'],
      ['A26', 'Linkage'],
    ];
    for (const [row, path] of forbidden) {
      it(`${row}: GET ${path} is 403, whatever is stored`, async () => expect((await two.asA(path)).status).to.equal(403));
    }

    const seen: readonly string[] = [
      'Patient/A',
      'Observation/of-A',
      'Observation/of-A-by-B',
      'Observation/from-B-to-A',
      'Observation/from-B-to-A/_history/2',
      'Condition/cond-A',
      'Appointment/app-A',
      'Device/dev-A',
      'Device/dev-catalogue',
      'Organization/org',
      'Practitioner/doc',
    ];
    for (const path of seen) {
      it(`the own ${path} is read`, async () => expect((await two.asA(path)).status).to.equal(200));
    }

    it('A4: the own deleted Observation is 410', async () => expect((await two.asA('Observation/gone-A')).status).to.equal(410));

    it('A3: of what came from B, only the versions since then', async () => {
      const answer = await two.asA('Observation/from-B-to-A/_history');
      expect(answer.body.entry).to.have.length(1);
      expect(answer.body.total ?? 1).to.equal(1);
      expect(answer.text).not.to.include('Patient/B');
    });

    for (const path of ['_history?_count=100', 'Observation/_history?_count=100', 'Condition/_history']) {
      it(`A24: GET ${path} has nothing of B`, async () => {
        const answer = await two.asA(path);
        const keys = keysOf(answer);
        expect(keys).not.to.be.empty;
        expect(visibleToA).to.include.members([...new Set(keys)]);
        if (answer.body.total !== undefined) expect(answer.body.total).to.equal(keys.length);
      });
    }

    it('A25: $everything of the own record has nothing of B', async () => {
      const answer = await two.asA('Patient/A/$everything?_count=1000');
      const keys = keysOf(answer);
      expect(keys).to.include.members(['Patient/A', 'Observation/of-A', 'Condition/cond-A']);
      expect(visibleToA).to.include.members([...keys]);
    });

    const scopes: readonly (readonly [row: string, scope: string, path: string, status: number])[] = [
      ['A58', 'patient/Observation.r', 'Observation', 403],
      ['A58', 'patient/Observation.s', 'Observation/of-A', 403],
      ['A58', 'patient/Observation.s', 'Observation/of-B', 403],
      ['A58', 'patient/Observation.cud', 'Observation/of-A/_history', 403],
      ['A58', 'patient/Observation.rs?category=laboratory', 'Observation/of-A', 403],
      ['A58', 'patient/Condition.rs', 'Observation/of-A', 403],
      ['v1', 'patient/Observation.read', 'Observation/of-A', 200],
      ['v1', 'patient/*.*', 'Observation/of-A', 200],
      ['v1', 'patient/Observation.write', 'Observation/of-A', 403],
      ['union', 'patient/Observation.rs user/Observation.r', 'Observation/of-B', 200],
      ['union', 'patient/Observation.rs user/Condition.r', 'Observation/of-B', 404],
    ];
    for (const [row, scope, path, status] of scopes) {
      it(`${row}: ${scope} for GET ${path} is ${status}`, async () =>
        expect((await two.asA(path, { scope })).status).to.equal(status));
    }
  });
}
