/** https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4 */
import { expect } from 'chai';
import { chooseLanguage } from '../../src/http/language.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('Accept-Language', () => {
  const headers: readonly (readonly [header: string | undefined, language: string])[] = [
    [undefined, 'en'],
    ['', 'en'],
    ['it', 'it'],
    ['IT', 'it'],
    ['it-IT,it;q=0.9,en-US;q=0.8,en;q=0.7', 'it'],
    ['en-GB, it;q=0.9', 'en'],
    ['de, fr;q=0.9', 'en'],
    ['de, it;q=0.3', 'it'],
    ['de, it;q=0.3, *;q=0.5', 'en'],
    ['it;q=0', 'en'],
    ['italian', 'en'],
    ['it;q=x', 'en'],
  ];
  for (const [header, language] of headers) {
    it(`${header ?? '(absent)'} is ${language}`, () => expect(chooseLanguage(header)).to.equal(language));
  }

  describe('over HTTP', () => {
    let server: TestServer;
    before(async () => {
      server = await startTestServer({ environment: { VALIDATION: 'base' } });
    });
    after(() => server.close());

    const italian = { 'accept-language': 'it-IT,it;q=0.9' };
    const wrong = { resourceType: 'Patient', gender: 'maschio' };
    const sentence = { it: /non è uno|non è un |ammess/, en: /not an allowed|is not/ };

    async function said(path: string, body: object, headers: Record<string, string>, method = 'POST') {
      const answer = await server.fetchFhir(path, { method, body, headers });
      const issues = JSON.stringify(answer.body.issue ?? answer.body.entry?.[0]?.response?.outcome?.issue);
      return { status: answer.status, language: answer.headers.get('content-language'), issues };
    }

    const writes: readonly (readonly [what: string, method: string, path: string, body: object, status: number])[] = [
      ['a create', 'POST', 'Patient', wrong, 400],
      ['an update', 'PUT', 'Patient/1', { ...wrong, id: '1' }, 400],
      ['$validate', 'POST', 'Patient/$validate', wrong, 200],
      [
        'a transaction',
        'POST',
        '',
        {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [{ resource: wrong, request: { method: 'POST', url: 'Patient' } }],
        },
        400,
      ],
    ];
    for (const [what, method, path, body, status] of writes) {
      it(`chooses the language of what validation says of ${what}, and Content-Language names it`, async () => {
        const inItalian = await said(path, body, italian, method);
        expect(inItalian.status, inItalian.issues).to.equal(status);
        expect(inItalian.language).to.equal('it');
        expect(inItalian.issues).to.match(sentence.it);
        const inEnglish = await said(path, body, {}, method);
        expect(inEnglish.language).to.equal('en');
        expect(inEnglish.issues).to.match(sentence.en).and.not.to.match(sentence.it);
      });
    }

    it('reaches the entries of a batch, whose answer as a whole is of no language', async () => {
      const entry = [{ resource: wrong, request: { method: 'POST', url: 'Patient' } }];
      const answer = await said('', { resourceType: 'Bundle', type: 'batch', entry }, italian);
      expect(answer.issues).to.match(sentence.it);
      expect(answer.language).to.equal(null);
    });

    it('says that all is well, too', async () => {
      const answer = await said('Patient/$validate', { resourceType: 'Patient', active: true }, italian);
      expect(answer.issues).to.include('Tutto a posto');
      expect(answer.language).to.equal('it');
    });

    it('leaves what is known in English only in English, and says so', async () => {
      const answer = await server.fetchFhir('Patient/none', { headers: italian });
      expect([answer.status, answer.headers.get('content-language')]).to.deep.equal([404, 'en']);
      expect(answer.headers.get('vary')).to.include('Accept-Language');
    });

    it('is not said of resources', async () => {
      await server.fetchFhir('Patient/well', { method: 'PUT', body: { resourceType: 'Patient', id: 'well' }, headers: italian });
      const answer = await server.fetchFhir('Patient/well', { headers: italian });
      expect([answer.status, answer.headers.get('content-language')]).to.deep.equal([200, null]);
    });
  });
});
