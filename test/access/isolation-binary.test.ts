/** access.md 2.1, the row on Binary: what a patient's token sees of contents that do not say whose they are, and what it may leave behind. */
import { expect } from 'chai';
import type { Answer, FetchOptions } from '../support/server.ts';
import { comparable, openTwoPatients, type TwoPatients } from '../support/two-patients.ts';

const fhir = { accept: 'application/fhir+json' };
const a = { reference: 'Patient/A' };
const b = { reference: 'Patient/B' };

const binary = (id: string, securityContext?: string) => ({
  resourceType: 'Binary',
  id,
  contentType: 'text/plain',
  ...(securityContext !== undefined && { securityContext: { reference: securityContext } }),
  data: Buffer.from(`content of ${id}`).toString('base64'),
});

const attachments = (urls: readonly string[]) => urls.map((url) => ({ attachment: { contentType: 'text/plain', url } }));

const document = (id: string, subject: object, ...urls: readonly string[]) => ({
  resourceType: 'DocumentReference',
  id,
  status: 'current',
  subject,
  content: attachments(urls),
});

const report = (id: string, subject: object, url: string) => ({
  resourceType: 'DiagnosticReport',
  id,
  status: 'final',
  code: { text: 'x' },
  subject,
  presentedForm: [{ url }],
});

const media = (id: string, subject: object, url: string) => ({
  resourceType: 'Media',
  id,
  status: 'completed',
  subject,
  content: { url },
});

const consent = (id: string, patient: object, url: string) => ({
  resourceType: 'Consent',
  id,
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient,
  policy: [{ uri: 'urn:test:policy' }],
  sourceAttachment: { url },
});

for (const references of ['checked', 'free'] as const) {
  for (const store of ['memory', 'embedded'] as const) {
    describe(`A patient's token and Binary (${store}, REFERENCES=${references})`, () => {
      let two: TwoPatients;
      let base: string;
      before(async () => {
        two = await openTwoPatients({ store, environment: { REFERENCES: references } });
        base = two.server.baseUrl;
        const plain = [
          'of-A',
          'of-B',
          'of-both',
          'absolute',
          'versioned',
          'report',
          'media',
          'consent',
          'orphan',
          'unlinked',
          'changed',
        ];
        const resources: readonly { readonly resourceType: string; readonly id: string }[] = [
          ...plain.map((id) => binary(id)),
          document(
            'doc-A',
            a,
            'Binary/of-A',
            'Binary/of-both',
            `${base}/Binary/absolute`,
            'Binary/versioned/_history/1',
            'Binary/changed',
          ),
          document('doc-B', b, 'Binary/of-B', 'Binary/of-both'),
          document('was-A', a, 'Binary/unlinked'),
          document('was-A', a, 'https://elsewhere.example/Binary/of-B'),
          report('report-A', a, 'Binary/report'),
          media('media-A', a, 'Binary/media'),
          consent('consent-A', a, 'Binary/consent'),
          binary('context-A', 'DocumentReference/doc-A'),
          binary('context-B', 'DocumentReference/doc-B'),
          binary('context-patient-A', 'Patient/A'),
          binary('context-patient-B', 'Patient/B'),
          binary('context-shared', 'Organization/org'),
          binary('context-elsewhere', 'https://elsewhere.example/Patient/A'),
          binary('moved', 'DocumentReference/doc-B'),
          binary('moved', 'DocumentReference/doc-A'),
          { ...binary('changed'), contentType: 'text/html' },
        ];
        for (const body of resources) {
          const answer = await two.asSystem(`${body.resourceType}/${body.id}`, { method: 'PUT', body });
          expect(answer.status, answer.text).to.be.oneOf([200, 201]);
        }
      });
      after(() => two.close());

      const seen = [
        'of-A',
        'of-both',
        'absolute',
        'versioned',
        'report',
        'media',
        'consent',
        'changed',
        'context-A',
        'context-patient-A',
        'moved',
      ];
      for (const id of seen) {
        it(`A48: Binary/${id} is read, as bytes and as a resource`, async () => {
          expect((await two.asA(`Binary/${id}`)).text).to.equal(`content of ${id}`);
          expect((await two.asA(`Binary/${id}`, { headers: fhir })).body).to.include({ resourceType: 'Binary', id });
        });
      }

      const hidden = [
        'of-B',
        'orphan',
        'unlinked',
        'context-B',
        'context-patient-B',
        'context-shared',
        'context-elsewhere',
        'bin-B',
      ];
      const ways: readonly (readonly [what: string, path: string, options?: FetchOptions])[] = [
        ['GET', ''],
        ['GET as a resource', '', { headers: fhir }],
        ['GET of a range', '', { headers: { range: 'bytes=0-1', 'if-none-match': 'W/"1"' } }],
        ['HEAD', '', { method: 'HEAD' }],
        ['vread', '/_history/1'],
        ['history', '/_history'],
        ['DELETE', '', { method: 'DELETE' }],
      ];
      for (const id of hidden) {
        it(`A48: Binary/${id} is the 404 of what never was, however it is asked for`, async () => {
          for (const [what, path, options] of ways) {
            const answer = await two.asA(`Binary/${id}${path}`, options);
            expect(answer.status, what).to.equal(404);
            expect(comparable(answer), what).to.deep.equal(comparable(await two.asA(`Binary/unk${path}`, options)));
          }
          expect((await two.asSystem(`Binary/${id}`)).text).to.equal(id === 'bin-B' ? 'ABC' : `content of ${id}`);
        });
      }

      it('shows of what was moved the versions since then, and all versions of what is linked', async () => {
        const versions = async (id: string) => (await two.asA(`Binary/${id}/_history`)).body.entry.length;
        expect([await versions('moved'), await versions('changed')]).to.deep.equal([1, 2]);
        expect((await two.asA('Binary/moved/_history/1')).status).to.equal(404);
        expect((await two.asA('Binary/changed/_history/1')).text).to.equal('content of changed');
      });

      for (const path of ['Binary', 'Binary?_id=of-A', 'Binary/_history', '?_type=DocumentReference,Binary']) {
        it(`is not searched: GET ${path} is 403`, async () => expect((await two.asA(path)).status).to.equal(403));
      }

      it('is left out of what searches everything', async () => {
        for (const path of ['_history?_count=1000', 'Patient/A/$everything?_count=1000']) {
          const answer = await two.asA(path);
          expect(answer.status, path).to.equal(200);
          expect(answer.text, path).to.include('doc-A');
          for (const id of ['of-B', 'context-B', 'orphan', 'unlinked']) expect(answer.text, path).not.to.include(binary(id).data);
        }
      });

      it('comes with $everything where the record links to it', async () => {
        const { text } = await two.asA('Patient/A/$everything?_count=1000');
        for (const id of ['of-A', 'of-both', 'report']) expect(text).to.include(binary(id).data);
      });

      const scopes: readonly (readonly [scope: string, id: string, status: number])[] = [
        ['patient/Binary.r patient/DocumentReference.r', 'of-A', 200],
        ['patient/Binary.read patient/DocumentReference.read', 'context-A', 200],
        ['patient/Binary.r patient/Media.r', 'of-A', 404],
        ['patient/Binary.r', 'of-A', 404],
        ['patient/Binary.r user/DocumentReference.r', 'of-B', 404],
        ['patient/DocumentReference.rs', 'of-A', 403],
        ['patient/Binary.r user/Binary.r', 'of-B', 200],
        ['system/Binary.r', 'of-B', 200],
      ];
      for (const [scope, id, status] of scopes) {
        it(`${scope}: Binary/${id} is ${status}`, async () =>
          expect((await two.asA(`Binary/${id}`, { scope })).status).to.equal(status));
      }

      describe('writing', () => {
        const raw = (context?: string): FetchOptions => ({
          method: 'POST',
          body: 'new',
          headers: { 'content-type': 'text/plain', ...(context !== undefined && { 'x-security-context': context }) },
        });
        const idOf = (answer: Answer) => /\/Binary\/([^/]+)\//.exec(answer.headers.get('location') ?? '')?.[1] ?? '';

        for (const context of ['Patient/A', 'DocumentReference/doc-A', 'Observation/of-A']) {
          it(`POST with the own ${context} as security context is stored, and read`, async () => {
            const created = await two.asA('Binary', raw(context));
            expect(created.status, created.text).to.equal(201);
            expect((await two.asA(`Binary/${idOf(created)}`)).text).to.equal('new');
          });
        }

        for (const context of [
          undefined,
          'Patient/B',
          'DocumentReference/doc-B',
          'Observation/unk',
          'Organization/org',
          'Binary/of-A',
        ]) {
          it(`A49: POST with ${context ?? 'no'} security context is 403`, async () =>
            expect((await two.asA('Binary', raw(context))).status).to.equal(403));
        }

        it('A49: as a resource too', async () => {
          const { id: _, ...body } = binary('', 'DocumentReference/doc-B');
          expect((await two.asA('Binary', { method: 'POST', body })).status).to.equal(403);
        });

        it('changes and deletes what the own context stands for, and nothing that is only linked', async () => {
          const id = idOf(await two.asA('Binary', raw('Patient/A')));
          const put = (path: string, context: string) => two.asA(`Binary/${path}`, { ...raw(context), method: 'PUT' });
          expect((await put(id, 'Observation/of-A')).status).to.equal(200);
          expect((await put(id, 'Patient/B')).status).to.equal(403);
          expect((await put('of-A', 'Patient/A')).status).to.equal(404);
          expect((await put('of-both', 'Patient/A')).status).to.equal(404);
          expect((await put('context-B', 'Patient/A')).status).to.equal(404);
          expect((await put('new-id', 'Patient/A')).status).to.equal(404);
          expect((await two.asA('Binary/of-both', { method: 'DELETE' })).status).to.equal(404);
          expect((await two.asA(`Binary/${id}`, { method: 'DELETE' })).status).to.equal(204);
          expect((await two.asA(`Binary/${id}`)).status).to.equal(410);
        });

        const writers: readonly (readonly [what: string, body: (url: string) => object])[] = [
          ['DocumentReference', (url) => document('new', a, url)],
          ['DiagnosticReport', (url) => report('new', a, url)],
          ['Media', (url) => media('new', a, url)],
          ['Consent', (url) => consent('new', a, url)],
        ];
        for (const [type, bodyOf] of writers) {
          it(`A50: a ${type} of the own that links to another's content is 422, as if that were not there`, async () => {
            const post = (url: string, more: FetchOptions = {}) => {
              const { id: _, ...body } = bodyOf(url) as { readonly id: string };
              return two.asA(type, { method: 'POST', body, ...more });
            };
            const refused = await post('Binary/of-B');
            expect(refused.status, refused.text).to.equal(422);
            for (const url of ['Binary/unk', 'Binary/orphan', 'Binary/context-B']) {
              expect(comparable(await post(url)), url).to.deep.equal(comparable(refused));
            }
            expect((await post(`${base}/Binary/of-B`)).status).to.equal(422);
            expect((await post('Binary/of-B/_history/1')).status).to.equal(422);
            expect((await two.asA('Binary/of-B')).status).to.equal(404);
            expect((await post('Binary/of-both')).status).to.equal(201);
            expect((await post('https://elsewhere.example/Binary/of-B')).status).to.equal(201);
          });
        }

        it('A50: nor by an update or a patch', async () => {
          const update = await two.asA('DocumentReference/doc-A', { method: 'PUT', body: document('doc-A', a, 'Binary/of-B') });
          expect(update.status).to.equal(422);
          const patch = [{ op: 'replace', path: '/content/0/attachment/url', value: 'Binary/of-B' }];
          const patched = await two.asA('DocumentReference/doc-A', {
            method: 'PATCH',
            body: JSON.stringify(patch),
            headers: { 'content-type': 'application/json-patch+json' },
          });
          expect(patched.status, patched.text).to.equal(422);
          expect((await two.asA('Binary/of-B')).status).to.equal(404);
        });

        it('A50: nor with a wider right to write documents than to read contents', async () => {
          const { id: _, ...body } = document('', a, 'Binary/of-B');
          const scope = 'user/DocumentReference.cruds user/Binary.c patient/*.rs';
          expect((await two.asA('DocumentReference', { method: 'POST', body, scope })).status).to.equal(422);
        });

        const transaction = (...entry: readonly object[]) => ({
          method: 'POST',
          body: { resourceType: 'Bundle', type: 'transaction', entry },
        });
        const entry = (resource: object, fullUrl: string) => {
          const { id: _, ...rest } = resource as { readonly id: string; readonly resourceType: string };
          return { fullUrl, resource: rest, request: { method: 'POST', url: rest.resourceType } };
        };
        const [contentUrl, documentUrl] = [
          'urn:uuid:0b2e5d5e-0000-4000-8000-000000000001',
          'urn:uuid:0b2e5d5e-0000-4000-8000-000000000002',
        ];

        it('a transaction brings a document and its content together, each naming the other', async () => {
          const sent = transaction(entry(binary('', documentUrl), contentUrl), entry(document('', a, contentUrl), documentUrl));
          const answer = await two.asA('', sent);
          expect(answer.status, answer.text).to.equal(200);
          const [content] = answer.body.entry;
          const id = /Binary\/([^/]+)\//.exec(content.response.location)?.[1];
          expect((await two.asA(`Binary/${id}`)).status).to.equal(200);
        });

        it('a transaction does not bring content for the document of another', async () => {
          const foreign = transaction(
            entry(binary('', documentUrl), contentUrl),
            entry(document('', b, contentUrl), documentUrl),
          );
          expect((await two.asA('', foreign)).status).to.equal(403);
          const linked = transaction(entry(document('', a, 'Binary/of-B'), documentUrl));
          expect((await two.asA('', linked)).status).to.equal(422);
        });
      });
    });
  }
}
