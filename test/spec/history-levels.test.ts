/** https://hl7.org/fhir/R4/http.html#history at its three levels */
import { expect } from 'chai';
import { jsonPatch } from '../support/patches.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { observation, organization, patient } from './on-stores.ts';

interface Entry {
  readonly fullUrl: string;
  readonly resource?: object;
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: string; readonly etag: string; readonly lastModified: string };
}

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1);
const at = (hours: number) => new Date(start + hours * hour).toISOString();

for (const store of ['memory', 'embedded'] as const) {
  describe(`http.html#history, levels and times (${store})`, () => {
    let server: TestServer;
    let time = start;
    before(async () => {
      server = await startTestServer({ store, now: () => time });
      // One change in each hour.
      const changes: readonly (readonly [path: string, options: object])[] = [
        ['Patient/p', { method: 'PUT', body: patient('p', { id: 'p' }) }],
        ['Organization/o', { method: 'PUT', body: organization('o', { id: 'o' }) }],
        ['Patient/p', jsonPatch({ op: 'add', path: '/active', value: true })],
        ['Observation/x', { method: 'PUT', body: observation('Patient/p', { id: 'x' }) }],
        ['Observation/x', { method: 'DELETE' }],
        ['Patient/p', { method: 'PUT', body: patient('p', { id: 'p', active: false }) }],
        ['Organization/o', { method: 'DELETE' }],
        ['Organization/o', { method: 'PUT', body: organization('o', { id: 'o', active: true }) }],
      ];
      for (const [path, options] of changes) {
        time += hour;
        // A token lives an hour.
        const answer = await server.fetchFhir(path, { token: await server.token('system/*.cruds'), ...options });
        expect(answer.status, answer.text).to.be.oneOf([200, 201, 204]);
      }
    });
    after(() => server.close());

    const read = async (path: string): Promise<readonly Entry[]> => {
      const { status, body, text } = await server.fetchFhir(path, { token: await server.token('system/*.cruds') });
      expect(status, text).to.equal(200);
      return body.entry ?? [];
    };
    const line = ({ fullUrl, request, response }: Entry) =>
      `${request.method} ${fullUrl.split('/').slice(-2).join('/')} ${response.etag} ${response.status.slice(0, 3)}`;

    const all = [
      'PUT Organization/o W/"3" 200',
      'DELETE Organization/o W/"2" 204',
      'PUT Patient/p W/"3" 200',
      'DELETE Observation/x W/"2" 204',
      'PUT Observation/x W/"1" 201',
      'PATCH Patient/p W/"2" 200',
      'PUT Organization/o W/"1" 201',
      'PUT Patient/p W/"1" 201',
    ];
    const of = (name: string) => all.filter((one) => one.includes(name));
    const cases: readonly (readonly [path: string, expected: readonly string[]])[] = [
      ['_history', all],
      ['Patient/_history', of('Patient/')],
      ['Organization/_history', of('Organization/')],
      ['Observation/_history', of('Observation/')],
      ['Patient/p/_history', of('Patient/p')],
      ['Organization/o/_history', of('Organization/o')],
      ['Observation/x/_history', of('Observation/x')],
      [`_history?_since=${at(6)}`, all.slice(0, 3)],
      [`_history?_since=${at(8.5)}`, []],
      [`Organization/_history?_since=${at(3)}`, of('Organization/').slice(0, 2)],
      [`Patient/p/_history?_since=${at(3)}`, of('Patient/p').slice(0, 2)],
      [`_history?_at=${at(4.5)}`, ['PUT Observation/x W/"1" 201', 'PATCH Patient/p W/"2" 200', 'PUT Organization/o W/"1" 201']],
      [`Organization/_history?_at=${at(7.5)}`, ['DELETE Organization/o W/"2" 204']],
      [`Patient/p/_history?_at=${at(1.5)}`, ['PUT Patient/p W/"1" 201']],
      ['Patient/p/_history?_at=2026-01-01', of('Patient/p')],
      [`_history?_since=${at(2)}&_at=${at(3.5)}`, ['PATCH Patient/p W/"2" 200', 'PUT Organization/o W/"1" 201']],
    ];
    for (const [path, expected] of cases) {
      it(`${path.replace(/\d{4}-.*Z/, 'then')} is ${expected.length} versions, newest first, deletions among them`, async () => {
        const entries = await read(path);
        expect(entries.map(line)).to.deep.equal(expected);
        for (const { resource, request } of entries) expect(resource === undefined).to.equal(request.method === 'DELETE');
      });
    }

    for (const level of ['_history', 'Patient/_history', 'Patient/p/_history']) {
      it(`pages of ${level} hold each version once, also while others write`, async () => {
        const token = await server.token('system/*.cruds');
        const expected = (await read(level)).map(line);
        const seen: string[] = [];
        let path: string | undefined = `${level}?_count=2`;
        while (path !== undefined) {
          const { body } = await server.fetchFhir(path, { token });
          expect(body.entry.length).to.be.at.most(2);
          seen.push(...body.entry.map(line));
          const next: string | undefined = body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
          path = next?.slice(server.baseUrl.length + 1);
          const other = organization('other', { id: 'other', alias: [String(seen.length)] });
          await server.fetchFhir('Organization/other', { method: 'PUT', body: other, token });
        }
        expect(seen.filter((one) => !one.includes('/other'))).to.deep.equal(expected.filter((one) => !one.includes('/other')));
      });
    }

    it('HEAD answers like GET, without the body', async () => {
      const token = await server.token('system/*.cruds');
      const { status, text } = await server.fetchFhir('Patient/p/_history', { method: 'HEAD', token });
      expect([status, text]).to.deep.equal([200, '']);
    });
  });
}
