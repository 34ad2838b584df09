import { expect } from 'chai';
import { itFinds, refusal, resource } from './fixture.ts';

const valueSet = (url: string) => resource('ValueSet', { url });

describe('search.html#uri', () => {
  describe('"matches are precise (e.g. case, accent, and escape) sensitive, and the entire URI must match"', () => {
    itFinds(valueSet('http://acme.org/fhir/ValueSet/123'), [
      ['url=http://acme.org/fhir/ValueSet/123', true],
      ['url=http://acme.org/fhir/valueset/123', false],
      ['url=http://acme.org/fhir/ValueSet', false],
      ['url=http://acme.org/fhir/ValueSet/123,http://acme.org/fhir/ValueSet/124', true],
    ]);
    itFinds(valueSet('urn:oid:1.2.3.4.5'), [['url=urn:oid:1.2.3.4.5', true]]);
    itFinds(valueSet('http://acme.org/fhir/ValueSet/124,125'), [['url=http://acme.org/fhir/ValueSet/124\\,125', true]]);
  });

  describe(':below and :above', () => {
    itFinds(valueSet('http://acme.org/fhir/ValueSet/123'), [
      ['url:below=http://acme.org/fhir/', true, '"any value sets that have a URL that starts with http://acme.org/fhir/"'],
      ['url:below=http://acme.org/fhir', true],
      ['url:below=http://acme.org/fh', false, 'half a segment'],
      ['url:above=http://acme.org/fhir/ValueSet/123/_history/5', true, '"any value set above a given specific URL"'],
      ['url:above=http://acme.org/fhir/ValueSet/1234', false],
    ]);
  });

  describe('canonicals: "servers SHOULD support automatically detecting a |[version] portion"', () => {
    itFinds(resource('DiagnosticReport', { meta: { profile: ['http://hl7.org/fhir/StructureDefinition/lipid|4.0'] } }), [
      ['_profile=http://hl7.org/fhir/StructureDefinition/lipid', true],
      ['_profile=http://hl7.org/fhir/StructureDefinition/lipid|4.0', true],
      ['_profile=http://hl7.org/fhir/StructureDefinition/lipid|5.0', false],
    ]);
  });

  itFinds(resource('Patient', { meta: { source: 'http://example.org/source' } }), [
    ['_source=http://example.org/source', true],
    ['_source:missing=true', false],
  ]);

  it('refuses :below on URNs: "the :above and :below modifiers only apply to URLs, and not URNS"', () => {
    expect(refusal('ValueSet', 'url:below=urn:oid:1.2').message).to.match(/not to URNs/);
  });
  it('refuses white space', () => expect(refusal('ValueSet', 'url=a b').message).to.match(/white space/));
});
