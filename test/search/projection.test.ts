import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import type { ParsedQuery } from '../../src/search/parse-query.ts';
import { openProjections } from '../../src/search/projection.ts';
import { definitions, parse } from './fixture.ts';

const example = (file: string) =>
  readFileSync(createRequire(import.meta.url).resolve(`hl7.fhir.r4.examples/${file}.json`), 'utf8');
const subsetted = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };

function reduced(type: string, query: string, text: string) {
  return JSON.parse(openProjections(parse(type, query), definitions).match?.(text) ?? text);
}

describe('search.html#summary', () => {
  it('true: "all supported elements that are marked as "summary" in the base definition", at every depth', () => {
    const patient = reduced('Patient', '_summary=true', example('Patient-example'));
    expect(Object.keys(patient)).to.deep.equal([
      'resourceType',
      'id',
      'meta',
      'identifier',
      'active',
      'name',
      'telecom',
      'gender',
      'birthDate',
      '_birthDate',
      'deceasedBoolean',
      'address',
      'managingOrganization',
    ]);
    const observation = reduced('Observation', '_summary=true', example('Observation-blood-pressure'));
    expect(Object.keys(observation.component[0])).to.deep.equal(['code', 'valueQuantity']);
    expect(observation).not.to.have.any.keys('text', 'interpretation', 'bodySite');
  });

  it('text: "only the "text" element, the \'id\' element, the \'meta\' element, and only top-level mandatory elements"', () => {
    expect(Object.keys(reduced('Observation', '_summary=text', example('Observation-blood-pressure')))).to.deep.equal([
      'resourceType',
      'id',
      'meta',
      'text',
      'status',
      'code',
    ]);
  });

  it('data: "Remove the text element"', () => {
    const whole = JSON.parse(example('Condition-example'));
    const { text: _, ...rest } = whole;
    expect(reduced('Condition', '_summary=data', example('Condition-example'))).to.deep.equal({
      ...rest,
      meta: { tag: [subsetted] },
    });
  });

  it('false: nothing is changed', () =>
    expect(openProjections(parse('Patient', '_summary=false'), definitions)).to.deep.equal({}));

  it('keeps extensions of what is kept whole, and drops what has nothing left', () => {
    const text =
      '{"resourceType":"Observation","id":"1","modifierExtension":[{"url":"http://a","valueBoolean":true}],"status":"final","code":{"extension":[{"url":"http://b"}]}}';
    const observation = reduced('Observation', '_summary=true', text);
    expect(observation.modifierExtension).to.deep.equal([{ url: 'http://a', valueBoolean: true }]);
    expect(observation).not.to.have.property('code');
  });

  it('reduces resources inside a Bundle by their own definition', () => {
    const text =
      '{"resourceType":"Bundle","id":"1","type":"collection","entry":[{"resource":{"resourceType":"Patient","active":true,"photo":[{"title":"x"}]}}]}';
    expect(reduced('Bundle', '_summary=true', text).entry).to.deep.equal([
      { resource: { resourceType: 'Patient', active: true } },
    ]);
  });
});

describe('search.html#elements', () => {
  it('"Only elements that are listed are to be returned", with the mandatory ones and those that change the meaning', () => {
    const observation = reduced('Observation', '_elements=value,component', example('Observation-blood-pressure'));
    expect(Object.keys(observation)).to.deep.equal(['resourceType', 'id', 'meta', 'status', 'code', 'component']);
    expect(observation.component[0]).to.have.property('interpretation');
  });
  it('takes a choice by its name, with the sibling of a primitive', () => {
    const text =
      '{"resourceType":"Patient","id":"1","deceasedDateTime":"2026","_deceasedDateTime":{"id":"x"},"gender":"male","_gender":{"id":"y"}}';
    expect(Object.keys(reduced('Patient', '_elements=deceased', text))).to.deep.equal([
      'resourceType',
      'id',
      'meta',
      'deceasedDateTime',
      '_deceasedDateTime',
    ]);
  });
  it('"does not apply to included resources"', () => {
    expect(openProjections(parse('Patient', '_elements=name'), definitions).include).to.equal(undefined);
    expect(openProjections(parse('Patient', '_summary=true'), definitions).include).to.be.a('function');
  });
});

describe('both', () => {
  it('mark the resource SUBSETTED beside its own tags', () => {
    const text = '{"resourceType":"Patient","id":"1","meta":{"versionId":"3","tag":[{"code":"own"}]},"active":true}';
    expect(reduced('Patient', '_elements=active', text).meta).to.deep.equal({
      versionId: '3',
      tag: [{ code: 'own' }, subsetted],
    });
  });

  for (const query of ['_summary=true', '_summary=data', '_elements=value']) {
    it(`keep every digit: ${query}`, () => {
      const text =
        '{"resourceType":"Observation","id":"1","meta":{},"status":"final","code":{"text":"x"},"valueQuantity":{"value":1.00,"unit":"g"}}';
      const project = openProjections(
        parse('Observation', query) satisfies Pick<ParsedQuery, 'summary' | 'elements'>,
        definitions,
      ).match;
      expect(project?.(text)).to.include('"value":1.00');
    });
  }
});
