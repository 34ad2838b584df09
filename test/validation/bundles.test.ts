/** https://hl7.org/fhir/R4/bundle.html: what holds of Bundles as wholes. */
import { expect } from 'chai';
import type { JsonObject } from '../../src/fhir/types.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { openTestValidator, saidOf } from '../support/validation.ts';

const bundle = (type: string, entry: readonly JsonObject[], rest: JsonObject = {}): JsonObject => ({
  resourceType: 'Bundle',
  type,
  entry,
  ...rest,
});
const patient = (id: string): JsonObject => ({ resourceType: 'Patient', id });
const basic = (id: string, reference: string): JsonObject => ({
  resourceType: 'Basic',
  id,
  code: { text: 'x' },
  subject: { reference },
});
const at = (resource: JsonObject, base = 'http://a.b'): JsonObject => ({
  fullUrl: `${base}/${resource['resourceType']}/${resource['id']}`,
  resource,
});
const uuid = (last: string) => `urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b${last}`;
const post = (resource: JsonObject, fullUrl: string): JsonObject => ({
  fullUrl,
  resource,
  request: { method: 'POST', url: String(resource['resourceType']) },
});

const composition = (rest: JsonObject): JsonObject => ({
  resourceType: 'Composition',
  id: 'c',
  status: 'final',
  type: { text: 'x' },
  date: '2026-01-01',
  title: 'x',
  subject: { reference: 'Patient/p' },
  author: [{ reference: 'Practitioner/d' }],
  ...rest,
});
const documentOf = (entry: readonly JsonObject[]): JsonObject =>
  bundle('document', entry, { identifier: { system: 'http://a.b', value: '1' }, timestamp: '2026-01-01T00:00:00Z' });
const doctor: JsonObject = { resourceType: 'Practitioner', id: 'd' };

const found = (self: string, entry: readonly JsonObject[]): JsonObject =>
  bundle('searchset', entry, { link: [{ relation: 'self', url: self }] });

const rows: readonly (readonly [sentence: string, resource: JsonObject, ...said: string[]])[] = [
  [
    'a relative fullUrl',
    bundle('collection', [{ fullUrl: 'Patient/p', resource: patient('p') }]),
    'error bundle-full-url-absolute Bundle.entry[0]',
  ],
  [
    'a fullUrl of another resource',
    bundle('collection', [{ fullUrl: 'http://a.b/Patient/q', resource: patient('p') }]),
    'error bundle-full-url-mismatch Bundle.entry[0]',
  ],
  ['a fullUrl twice (bdl-7)', bundle('collection', [at(patient('p')), at(patient('p'))]), 'error bdl-7 Bundle'],
  [
    'a versioned fullUrl (bdl-8)',
    bundle('collection', [{ fullUrl: 'http://a.b/Patient/p/_history/1', resource: patient('p') }]),
    'error bdl-8 Bundle.entry[0]',
  ],
  ['a transaction without requests (bdl-3)', bundle('transaction', [at(patient('p'))]), 'error bdl-3 Bundle'],
  [
    'references within a transaction',
    bundle('transaction', [post(patient('p'), uuid('7')), post(basic('b', uuid('7')), uuid('8'))]),
  ],
  [
    'a urn:uuid that nobody has',
    bundle('transaction', [post(basic('b', uuid('7')), uuid('8'))]),
    'error bundle-reference-missing Bundle.entry[0].resource.subject',
  ],
  [
    'a reference to the wrong type, told by the bundle',
    bundle('transaction', [
      post(doctor, uuid('7')),
      post({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: uuid('7') } }, uuid('8')),
    ]),
    'error reference-target Bundle.entry[1].resource.subject',
  ],
  [
    'a reference that two entries answer',
    bundle('collection', [
      at({ ...patient('p'), meta: { versionId: '1' } }),
      at({ ...patient('p'), meta: { versionId: '2' } }),
      at(basic('b', 'Patient/p')),
    ]),
    'error bundle-reference-ambiguous Bundle.entry[2].resource.subject',
  ],
  [
    'a link relation twice',
    bundle('searchset', [], {
      link: [
        { relation: 'self', url: 'http://a.b' },
        { relation: 'self', url: 'http://a.b' },
      ],
    }),
    'error array-empty Bundle.entry',
    'error bundle-link-duplicate Bundle.link[1]',
  ],
  [
    'a result without mode and id, and no word of what was searched for',
    bundle('searchset', [{ fullUrl: 'http://a.b/Patient/p', resource: { resourceType: 'Patient' } }]),
    'warning bundle-search-self Bundle',
    'error bundle-full-url-no-id Bundle.entry[0]',
    'warning bundle-search-mode Bundle.entry[0]',
    'error bundle-search-id Bundle.entry[0]',
  ],
  [
    'results of another type',
    found('http://a.b/Practitioner?name=x', [
      { ...at(patient('p')), search: { mode: 'match' } },
      { ...at(patient('q')), search: { mode: 'include' } },
      { ...at(doctor), search: { mode: 'match' } },
    ]),
    'error bundle-search-type Bundle.entry[0]',
  ],
  [
    'results of the types named in _type',
    found('http://a.b?_type=Patient,Practitioner', [
      { ...at(patient('p')), search: { mode: 'match' } },
      { ...at(doctor), search: { mode: 'match' } },
    ]),
  ],
  [
    'an outcome that is none',
    found('http://a.b/Patient', [{ ...at(patient('p')), search: { mode: 'outcome' } }]),
    'error bundle-search-outcome Bundle.entry[0]',
  ],
  [
    'an entry that is not named',
    bundle('collection', [{ resource: patient('p') }]),
    'error bundle-full-url-missing Bundle.entry[0]',
  ],
  [
    'an entry that has no identity to name',
    bundle('collection', [{ resource: { resourceType: 'Patient' } }]),
    'warning bundle-full-url-missing Bundle.entry[0]',
  ],
  [
    'the pages of something that has none',
    bundle('collection', [at(patient('p'))], { link: [{ relation: 'next', url: 'http://a.b' }] }),
    'error bundle-link-paging Bundle.link[0]',
  ],
  [
    'a subject by id only',
    documentOf([at(composition({})), at(patient('p'), 'http://c.d'), at(doctor)]),
    'error bundle-reference-by-id Bundle.entry[0].resource.subject',
    'error bundle-orphan Bundle.entry[1]',
  ],
  [
    'a message with something beside it',
    bundle('message', [
      at({
        resourceType: 'MessageHeader',
        id: 'm',
        eventUri: 'http://a.b/event',
        source: { endpoint: 'http://a.b' },
        focus: [{ reference: 'Patient/p' }],
      }),
      at(patient('p')),
      at(doctor),
    ]),
    'information bundle-message-unreachable Bundle.entry[2]',
  ],
  [
    'a document that has an attachment beside it',
    documentOf([
      at(composition({ section: [{ title: 'x', entry: [{ reference: 'Media/m' }] }] })),
      at(patient('p')),
      at(doctor),
      at({ resourceType: 'Media', id: 'm', status: 'completed', content: { url: 'Binary/b', contentType: 'text/plain' } }),
      at({ resourceType: 'Binary', id: 'b', contentType: 'text/plain', data: 'YWJj' }),
    ]),
  ],
  ['a document that is whole', documentOf([at(composition({})), at(patient('p')), at(doctor)])],
  [
    'a document whose subject is missing',
    documentOf([at(composition({})), at(doctor)]),
    'error bundle-reference-missing Bundle.entry[0].resource.subject',
  ],
  [
    'a document whose section entry is missing',
    documentOf([at(composition({ section: [{ title: 'x', entry: [{ reference: 'Basic/b' }] }] })), at(patient('p')), at(doctor)]),
    'error bundle-reference-missing Bundle.entry[0].resource.section[0].entry[0]',
  ],
  [
    'a document with an entry that nothing leads to',
    documentOf([at(composition({})), at(patient('p')), at(doctor), at(patient('q'))]),
    'error bundle-orphan Bundle.entry[3]',
  ],
  [
    'a document with an entry that only leads to another',
    documentOf([at(composition({})), at(patient('p')), at(doctor), at(basic('b', 'Patient/p'))]),
    'warning bundle-unreachable Bundle.entry[3]',
  ],
  [
    'a document without fullUrl',
    documentOf([{ resource: composition({ subject: { display: 'x' }, author: [{ display: 'x' }] }) }]),
    'error bundle-full-url-missing Bundle.entry[0]',
  ],
  ['a document that begins with something else (bdl-11)', documentOf([at(patient('p'))]), 'error bdl-11 Bundle'],
  [
    'a bundle in a bundle',
    bundle('collection', [at({ ...bundle('collection', [{ fullUrl: 'x', resource: patient('p') }]), id: 'b' })]),
    'error bundle-full-url-absolute Bundle.entry[0].resource.entry[0]',
  ],
];

describe('bundle.html: Bundles', () => {
  let validator: Validator;
  before(() => {
    validator = openTestValidator();
  });

  for (const [sentence, resource, ...said] of rows) {
    it(`${sentence}: ${said.join(', ') || 'nothing'}`, () => {
      expect(saidOf(validator, resource)).to.deep.equal(said);
    });
  }
});
