import { expect } from 'chai';
import { formatJson, parseJson } from '../../src/fhir/json.ts';
import type { Resource } from '../../src/fhir/types.ts';
import { type Link, openLinkMapper } from '../../src/interactions/map-links.ts';
import { processorMs } from '../support/processor-time.ts';
import { sharedDefinitions } from '../support/server.ts';

const link = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a';

function read(resource: object): Resource {
  return parseJson(JSON.stringify(resource)) as Resource; // The cases below are resources.
}

/** The links that are seen, and the resource with each of them as `Patient/1`. */
function map(resource: Resource): { readonly seen: readonly Link[]; readonly mapped: Resource } {
  const seen: Link[] = [];
  const mapped = openLinkMapper(sharedDefinitions())(resource, resource.resourceType, (found) => {
    seen.push(found);
    return found.text === link ? 'Patient/1' : found.text;
  });
  return { seen, mapped };
}

describe('interactions/map-links', () => {
  const cases: readonly [what: string, resource: object, place: string][] = [
    ['a reference', { resourceType: 'Observation', subject: { reference: link } }, 'Observation.subject.reference'],
    [
      'a reference in a repeating element',
      { resourceType: 'Observation', performer: [{ display: 'x' }, { reference: link }] },
      'Observation.performer[1].reference',
    ],
    [
      'a reference in a choice',
      { resourceType: 'MedicationRequest', medicationReference: { reference: link } },
      'MedicationRequest.medication.ofType(Reference).reference',
    ],
    [
      'a reference in a backbone element',
      { resourceType: 'Composition', section: [{ entry: [{ reference: link }] }] },
      'Composition.section[0].entry[0].reference',
    ],
    [
      'a reference behind a content reference',
      { resourceType: 'Composition', section: [{ section: [{ section: [{ entry: [{ reference: link }] }] }] }] },
      'Composition.section[0].section[0].section[0].entry[0].reference',
    ],
    [
      'a reference in an extension',
      { resourceType: 'Patient', extension: [{ url: 'http://x', valueReference: { reference: link } }] },
      'Patient.extension[0].value.ofType(Reference).reference',
    ],
    [
      'a reference in the extension of a primitive',
      { resourceType: 'Patient', _birthDate: { extension: [{ url: 'http://x', valueReference: { reference: link } }] } },
      'Patient.birthDate.extension[0].value.ofType(Reference).reference',
    ],
    [
      'a reference in the assigner of an identifier',
      { resourceType: 'Patient', identifier: [{ assigner: { reference: link } }] },
      'Patient.identifier[0].assigner.reference',
    ],
    [
      'a reference in a contained resource',
      { resourceType: 'Observation', contained: [{ resourceType: 'Specimen', id: 's', subject: { reference: link } }] },
      'Observation.contained[0].subject.reference',
    ],
    [
      'a reference in a resource inside Parameters',
      {
        resourceType: 'Parameters',
        parameter: [{ name: 'x', resource: { resourceType: 'Specimen', subject: { reference: link } } }],
      },
      'Parameters.parameter[0].resource.subject.reference',
    ],
    ['a uri', { resourceType: 'Patient', implicitRules: link }, 'Patient.implicitRules'],
    ['a url', { resourceType: 'Patient', photo: [{ url: link }] }, 'Patient.photo[0].url'],
    [
      'an <a href> in a narrative',
      { resourceType: 'Patient', text: { status: 'generated', div: `<div><a class="x" href="${link}">y</a></div>` } },
      'Patient.text.div',
    ],
    [
      'an <img src> with single quotes',
      { resourceType: 'Patient', text: { status: 'generated', div: `<div><img src='${link}' alt="y"/></div>` } },
      'Patient.text.div',
    ],
  ];
  for (const [what, resource, place] of cases) {
    it(`finds and changes ${what}`, () => {
      const { seen, mapped } = map(read(resource));
      expect(seen.filter(({ text }) => text === link).map((found) => found.place)).to.deep.equal([place]);
      expect(formatJson(mapped)).to.include('Patient/1').and.not.to.include(link);
    });
  }

  const untouched: readonly [what: string, resource: object][] = [
    ['a string', { resourceType: 'Patient', identifier: [{ value: link }] }],
    ['a canonical', { resourceType: 'Patient', meta: { profile: [link] } }],
    ['the url of an extension', { resourceType: 'Patient', extension: [{ url: link, valueBoolean: true }] }],
    ['an element of type uuid', { resourceType: 'Patient', extension: [{ url: 'http://x', valueUuid: link }] }],
    ['an element that R4 does not have', { resourceType: 'Patient', colour: { reference: link } }],
    [
      'text of a narrative that is no link',
      { resourceType: 'Patient', text: { div: `<div><p title="${link}">${link}</p></div>` } },
    ],
    [
      'a resource inside a Bundle, which has entries of its own to resolve among',
      { resourceType: 'Bundle', entry: [{ resource: { resourceType: 'Specimen', subject: { reference: link } } }] },
    ],
  ];
  for (const [what, resource] of untouched) {
    it(`leaves ${what} alone`, () => {
      const before = read(resource);
      expect(map(before).mapped).to.equal(before);
    });
  }

  it('keeps digits and the order of members in what it copies', () => {
    const text = `{"resourceType":"Observation","valueQuantity":{"value":1.00,"unit":"g"},"subject":{"display":"x","reference":"${link}"},"component":[{"valueQuantity":{"value":2.50}},{"valueReference":{"reference":"x"}}]}`;
    const { mapped } = map(parseJson(text) as Resource); // The text is a resource's.
    expect(formatJson(mapped)).to.equal(text.replace(link, 'Patient/1'));
  });

  it('takes time in proportion to a hostile narrative', () => {
    const size = 200_000;
    for (const part of ['<a ', '<a href="', '<a href=', "<img src='"]) {
      const resource = read({ resourceType: 'Patient', text: { div: part.repeat(size / part.length) } });
      const start = processorMs();
      map(resource);
      expect(processorMs() - start, part).to.be.below(2000);
    }
  });
});
