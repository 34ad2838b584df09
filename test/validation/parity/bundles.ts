/** Parity table, rows 54 to 57: Bundles. https://hl7.org/fhir/R4/bundle.html */
import type { JsonObject, JsonValue } from '../../../src/fhir/types.ts';
import { cases, patient } from './case.ts';

const bundle = (type: string, entry: readonly JsonValue[], rest: JsonObject = {}): JsonValue => ({
  resourceType: 'Bundle',
  type,
  ...rest,
  entry,
});
const at = (resource: JsonObject, base = 'http://a.b'): JsonObject => ({
  fullUrl: `${base}/${resource['resourceType']}/${resource['id']}`,
  resource,
});
const person = (id: string, rest: JsonObject = {}): JsonObject => patient({ id, ...rest });
const named = (fullUrl: string): JsonValue => bundle('collection', [{ fullUrl, resource: person('p') }]);
const basic = (reference: string): JsonObject => ({
  resourceType: 'Basic',
  id: 'b',
  code: { text: 'x' },
  subject: { reference },
});
const composition = (rest: JsonObject = {}): JsonObject => ({
  resourceType: 'Composition',
  id: 'c',
  status: 'final',
  type: { text: 'x' },
  date: '2026-01-01',
  title: 'x',
  subject: { reference: 'Patient/p' },
  author: [{ display: 'x' }],
  ...rest,
});
const identity = { identifier: { system: 'http://a.b', value: '1' }, timestamp: '2026-01-01T00:00:00Z' };
const documentOf = (...entry: readonly JsonValue[]): JsonValue => bundle('document', entry, identity);
const whole = documentOf(at(composition()), at(person('p')));
const version = (versionId: string): JsonObject => at(person('p', { meta: { versionId } }));
const header: JsonObject = {
  resourceType: 'MessageHeader',
  id: 'm',
  eventUri: 'http://a.b',
  source: { endpoint: 'http://a.b' },
  focus: [{ reference: 'Patient/p' }],
};
const found = (entry: readonly JsonValue[], self = 'http://a.b/Patient'): JsonValue =>
  bundle('searchset', entry, { link: [{ relation: 'self', url: self }] });
const match = (resource: JsonObject, mode = 'match'): JsonObject => ({ ...at(resource), search: { mode } });
const linked = (...relations: readonly string[]): JsonValue =>
  bundle('searchset', [match(person('p'))], {
    link: ['self', ...relations].map((relation) => ({ relation, url: 'http://a.b/Patient' })),
  });

export const bundleCases = cases([
  [
    54,
    'no fullUrl',
    bundle('collection', [{ resource: person('p') }]),
    'error structure bundle-full-url-missing Bundle.entry[0]',
    bundle('collection', [at(person('p'))]),
  ],
  [
    54,
    'a relative fullUrl',
    named('Patient/p'),
    'error structure bundle-full-url-absolute Bundle.entry[0]',
    named('http://a.b/Patient/p'),
  ],
  [
    54,
    'a fullUrl of another id',
    named('http://a.b/Patient/q'),
    'error structure bundle-full-url-mismatch Bundle.entry[0]',
    named('urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7'),
  ],
  [
    54,
    'a fullUrl twice (bdl-7)',
    bundle('collection', [at(person('p')), at(person('p'))]),
    'error invariant bdl-7 Bundle',
    bundle('collection', [version('1'), version('2')]),
  ],
  [
    54,
    'a versioned fullUrl (bdl-8)',
    named('http://a.b/Patient/p/_history/1'),
    'error invariant bdl-8 Bundle.entry[0]',
    named('http://a.b/Patient/p'),
  ],
  [
    55,
    'found by id only',
    documentOf(at(composition()), at(person('p'), 'http://c.d')),
    'error not-found bundle-reference-by-id Bundle.entry[0].resource.subject',
    whole,
  ],
  [
    55,
    'two entries for a reference',
    bundle('collection', [version('1'), version('2'), at(basic('Patient/p'))]),
    'error not-found bundle-reference-ambiguous Bundle.entry[2].resource.subject',
    bundle('collection', [version('1'), at(basic('Patient/p'))]),
  ],
  [
    55,
    'a version that is not there',
    documentOf(at(composition({ subject: { reference: 'Patient/p/_history/2' } })), version('1')),
    'error not-found bundle-reference-version Bundle.entry[0].resource.subject',
    documentOf(at(composition({ subject: { reference: 'Patient/p/_history/1' } })), version('1')),
  ],
  [56, 'something else first (bdl-11)', documentOf(at(person('p'))), 'error invariant bdl-11 Bundle', whole],
  [
    56,
    'no identifier (bdl-9)',
    bundle('document', [at(composition()), at(person('p'))], { timestamp: identity.timestamp }),
    'error invariant bdl-9 Bundle',
    whole,
  ],
  [
    56,
    'no timestamp (bdl-10)',
    bundle('document', [at(composition()), at(person('p'))], { identifier: identity.identifier }),
    'error invariant bdl-10 Bundle',
    whole,
  ],
  [
    56,
    'a subject that is not there',
    documentOf(at(composition())),
    'error not-found bundle-reference-missing Bundle.entry[0].resource.subject',
    whole,
  ],
  [
    56,
    'an entry that nothing leads to',
    documentOf(at(composition()), at(person('p')), at(person('q'))),
    'error structure bundle-orphan Bundle.entry[2]',
    documentOf(
      at(composition()),
      at(person('p')),
      at({
        resourceType: 'Provenance',
        id: 'v',
        target: [{ reference: 'Composition/c' }],
        recorded: '2026-01-01T00:00:00Z',
        agent: [{ who: { display: 'x' } }],
      }),
    ),
  ],
  [
    56,
    'an entry that only leads to another',
    documentOf(at(composition()), at(person('p')), at(basic('Patient/p'))),
    'warning structure bundle-unreachable Bundle.entry[2]',
    whole,
  ],
  [
    57,
    'a message without header (bdl-12)',
    bundle('message', [at(person('p'))]),
    'error invariant bdl-12 Bundle',
    bundle('message', [at(header), at(person('p'))]),
  ],
  [
    57,
    'an entry that the header does not lead to',
    bundle('message', [at(header), at(person('p')), at(person('q'))]),
    'information informational bundle-message-unreachable Bundle.entry[2]',
    bundle('message', [at(header), at(person('p'))]),
  ],
  [
    57,
    'a result of another type',
    found([match(basic('Patient/p'))]),
    'error structure bundle-search-type Bundle.entry[0]',
    found([match(person('p')), match(basic('Patient/p'), 'include')]),
  ],
  [
    57,
    'a result without id',
    found([{ fullUrl: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7', resource: patient({}), search: { mode: 'match' } }]),
    'error structure bundle-search-id Bundle.entry[0]',
    found([match(person('p'))]),
  ],
  [
    57,
    'a result without mode',
    found([at(person('p'))]),
    'warning structure bundle-search-mode Bundle.entry[0]',
    found([match(person('p'))]),
  ],
  [
    57,
    'an outcome that is none',
    found([match(person('p'), 'outcome')]),
    'error structure bundle-search-outcome Bundle.entry[0]',
    found([
      {
        resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational' }] },
        search: { mode: 'outcome' },
      },
    ]),
  ],
  [57, 'a link twice', linked('next', 'next'), 'error duplicate bundle-link-duplicate Bundle.link[2]', linked('next', 'first')],
  [
    57,
    'search modes elsewhere (bdl-2)',
    bundle('collection', [match(person('p'))]),
    'error invariant bdl-2 Bundle',
    found([match(person('p'))]),
  ],
  [
    57,
    'a total elsewhere (bdl-1)',
    bundle('collection', [at(person('p'))], { total: 1 }),
    'error invariant bdl-1 Bundle',
    bundle('searchset', [match(person('p'))], { total: 1, link: [{ relation: 'self', url: 'http://a.b/Patient' }] }),
  ],
  [
    57,
    'pages of what has none',
    bundle('collection', [at(person('p'))], { link: [{ relation: 'next', url: 'http://a.b' }] }),
    'error structure bundle-link-paging Bundle.link[0]',
    linked('next'),
  ],
]);
