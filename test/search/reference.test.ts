import { expect } from 'chai';
import { baseUrl, entriesOf, indexer, itFinds, refusal, resource } from './fixture.ts';

const about = (subject: object) => resource('Observation', { subject: subject as never });

describe('search.html#reference', () => {
  describe('"[id]", "[type]/[id]", "[url]" and ":[type]"', () => {
    const rows = [
      ['subject=23', true],
      ['subject=Patient/23', true],
      ['subject:Patient=23', true, '"This has the same effect as the previous search"'],
      [
        `subject=${baseUrl}/Patient/23`,
        true,
        '"A relative reference resolving to the same value as a specified absolute URL […] qualifies as a match"',
      ],
      ['patient=23', true, '"there is no need to specify :Patient as a modifier"'],
      ['subject=Group/23', false],
      ['subject:Group=23', false],
      ['subject=24', false],
      ['subject=Patient/23/_history/7', true, 'search is "only defined to function against the current version"'],
      ['subject=24,23', true],
    ] as const;
    itFinds(about({ reference: 'Patient/23' }), rows);
    itFinds(about({ reference: `${baseUrl}/Patient/23` }), rows);
    itFinds(about({ reference: 'Patient/23/_history/2' }), rows);
    itFinds(about({ reference: 'Group/23' }), [
      ['subject=23', true],
      ['patient=23', false, 'limited to references of type Patient'],
      ['subject:Group=23', true],
    ]);
    itFinds(about({ reference: 'http://other.org/fhir/Patient/23' }), [
      ['subject=Patient/23', false, "another server's patient"],
      ['subject=http://other.org/fhir/Patient/23', true],
    ]);
    itFinds(about({ reference: 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a' }), [
      ['subject=urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a', true],
    ]);
  });

  describe(':identifier "allows for searching by the identifier rather than the literal reference"', () => {
    const stored = about({
      reference: 'Patient/23',
      identifier: { system: 'http://acme.org/fhir/identifier/mrn', value: '123456' },
    });
    itFinds(stored, [
      ['subject:identifier=http://acme.org/fhir/identifier/mrn|123456', true],
      ['subject:identifier=123456', true],
      ['subject:identifier=http://acme.org/fhir/identifier/mrn|', true],
      ['subject:identifier=|123456', false],
    ]);
  });

  describe(':identifier of a reference that has nothing else', () => {
    const identifier = { system: 'http://acme.org', value: '1' };
    itFinds(about({ type: 'Patient', identifier }), [
      ['subject:identifier=1', true],
      ['patient:identifier=http://acme.org|1', true, 'it states its type'],
    ]);
    itFinds(about({ type: 'Group', identifier }), [['patient:identifier=1', false]]);
    itFinds(about({ identifier }), [
      ['subject:identifier=1', true],
      ['patient:identifier=1', false, 'nothing says that it is a patient'],
    ]);
  });

  describe(':missing', () => {
    itFinds(about({ reference: 'Patient/1' }), [['subject:missing=false', true]]);
    itFinds(about({ identifier: { value: '1' } }), [['subject:missing=false', true]]);
    itFinds(resource('Observation', { contained: [{ resourceType: 'Patient', id: 'p' }], subject: { reference: '#p' } }), [
      ['subject:missing=false', true],
    ]);
    itFinds(resource('Observation'), [['subject:missing=true', true]]);
  });

  describe('canonicals: "the modifier :below is used with canonical references, to control whether the version is considered"', () => {
    const answered = (questionnaire: string) => resource('QuestionnaireResponse', { questionnaire });
    itFinds(answered('http://acme.com/some-profile|1.0'), [
      ['questionnaire=http://acme.com/some-profile', true],
      ['questionnaire=http://acme.com/some-profile|1.0', true],
      ['questionnaire=http://acme.com/some-profile|1.1', false],
      ['questionnaire:below=http://acme.com/some-profile', true],
      ['questionnaire:below=http://acme.com/some-profile|1', true],
      ['questionnaire:below=http://acme.com/some-profile|2', false],
    ]);
    itFinds(answered('http://acme.com/some-profile|2.0'), [
      ['questionnaire:below=http://acme.com/some-profile|1', false, '"matches the first two element values"'],
    ]);
    itFinds(answered('http://acme.com/some-profile'), [['questionnaire:below=http://acme.com/some-profile', true]]);
    itFinds(answered(`${baseUrl}/Questionnaire/q|1.0`), [
      [`questionnaire=${baseUrl}/Questionnaire/q|1.0`, true, 'one of this server too'],
      ['questionnaire=Questionnaire/q|1.0', true],
      ['questionnaire=q|1.0', true],
      ['questionnaire=q|2.0', false],
      [`questionnaire:below=${baseUrl}/Questionnaire/q|1`, true],
      ['questionnaire:below=Questionnaire/q', true],
      ['questionnaire:below=Questionnaire/q|2', false],
    ]);
  });

  describe('nested resources: "resource elements of type Resource - i.e. where one resource is directly nested within another"', () => {
    const bundle = resource('Bundle', { type: 'document', entry: [{ resource: { resourceType: 'Composition', id: 'c1' } }] });
    itFinds(bundle, [
      ['composition=c1', true],
      ['composition=Composition/c1', true],
      ['message=c1', false],
    ]);
  });

  describe('targets for includes', () => {
    it('gives what a parameter names, once, without versions', () => {
      const stored = resource('DocumentReference', {
        author: [
          { reference: 'Practitioner/1/_history/2' },
          { reference: 'Practitioner/1' },
          { reference: 'http://o/Organization/2' },
          { display: 'x' },
        ],
      });
      expect(indexer.targets(stored, 'author')).to.deep.equal(['Practitioner/1', 'http://o/Organization/2']);
    });
    it('gives nothing for an unknown parameter', () => expect(indexer.targets(resource('Patient'), 'nothing')).to.deep.equal([]));
  });

  it('keeps no version in the index', () => {
    expect(entriesOf(about({ reference: 'Patient/1/_history/3' }), 'subject')).to.deep.equal([
      { shape: 'reference', parameter: 'subject', element: 0, target: 'Patient/1' },
    ]);
  });

  const refusals: readonly (readonly [query: string, sentence: RegExp])[] = [
    ['subject=Patinet/1', /'Patinet' is not a resource type. Did you mean 'Patient'\?/],
    ['subject:Patient=Group/1', /the modifier says ':Patient', the value names a Group/],
    ['subject=a b', /no reference; write it like/],
    ['subject:below=Patient/1', /only for canonical references/],
    ['subject:Practitioner=1', /does not lead to 'Practitioner' but to Patient, Group, Device, Location/],
    ['subject:Patinet=1', /':Patinet' is not supported.*Did you mean 'Patient'\?/],
    ['subject:above=1', /':above' is not supported/],
    ['subject:identifier=a|b|c', /one '\|' at most/],
  ];
  for (const [query, sentence] of refusals) {
    it(`refuses ${query}`, () => expect(refusal('Observation', query).message).to.match(sentence));
  }
});
