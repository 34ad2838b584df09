import { expect } from 'chai';
import type { ElementDefinition } from '../../src/definitions/definitions.ts';
import { openDefinitions } from '../../src/definitions/load.ts';

const definitions = openDefinitions();

function element(path: string): ElementDefinition {
  const [type = '', ...names] = path.split('.');
  let elements = definitions.type(type)?.elements;
  let found: ElementDefinition | undefined;
  for (const name of names) {
    found = elements?.find((candidate) => candidate.path.endsWith(`.${name}`));
    elements = found?.children;
  }
  if (found === undefined) throw new Error(`${path} is not among the definitions.`);
  return found;
}

function everyElement(visit: (element: ElementDefinition, type: string) => void): void {
  const walk = (type: string, elements: readonly ElementDefinition[]): void => {
    for (const one of elements) {
      visit(one, type);
      walk(type, one.children ?? []);
    }
  };
  for (const name of [...definitions.resourceTypes, 'Timing', 'Dosage', 'ElementDefinition', 'DataRequirement', 'Extension']) {
    walk(name, definitions.type(name)?.elements ?? []);
  }
}

describe('types', () => {
  it('has the 146 concrete resource types of R4, sorted', () => {
    expect(definitions.resourceTypes).to.have.lengthOf(146);
    expect(definitions.resourceTypes).to.deep.equal([...definitions.resourceTypes].sort());
    expect(definitions.isResourceType('Patient')).to.equal(true);
  });

  for (const name of ['DomainResource', 'Resource', 'patient', 'HumanName', 'MetadataResource', 'Event', 'constructor', '']) {
    it(`does not take "${name}" for a resource type`, () => expect(definitions.isResourceType(name)).to.equal(false));
  }

  for (const [name, kind, abstract] of [
    ['Patient', 'resource', false],
    ['DomainResource', 'resource', true],
    ['Element', 'complex-type', true],
    ['BackboneElement', 'complex-type', true],
    ['HumanName', 'complex-type', false],
    ['Age', 'complex-type', false],
    ['decimal', 'primitive-type', false],
    ['xhtml', 'primitive-type', false],
  ] as const) {
    it(`knows ${name} as ${abstract ? 'an abstract' : 'a'} ${kind}`, () => {
      expect(definitions.type(name)).to.include({ name, kind, abstract });
    });
  }

  it('knows neither profiles nor logical models as types', () => {
    for (const name of ['bp', 'SimpleQuantity', 'MoneyQuantity', 'FiveWs', 'MetadataResource']) {
      expect(definitions.type(name), name).to.equal(undefined);
    }
  });

  it('knows what a type specialises', () => {
    expect(definitions.lineage('Patient')).to.deep.equal(['Patient', 'DomainResource', 'Resource']);
    expect(definitions.lineage('Bundle')).to.deep.equal(['Bundle', 'Resource']);
    expect(definitions.lineage('Age')).to.deep.equal(['Age', 'Quantity', 'Element']);
    expect(definitions.lineage('positiveInt')).to.deep.equal(['positiveInt', 'integer', 'Element']);
    expect(definitions.lineage('Nothing')).to.deep.equal([]);
  });

  it('has the inherited elements first, as JSON orders them', () => {
    const names = definitions.type('Patient')?.elements.map(({ name }) => name);
    expect(names?.slice(0, 9)).to.deep.equal(
      'id meta implicitRules language text contained extension modifierExtension identifier'.split(' '),
    );
  });
});

describe('elements', () => {
  const cases: readonly (readonly [path: string, expected: Partial<ElementDefinition>])[] = [
    ['Patient.name', { name: 'name', min: 0, max: Number.POSITIVE_INFINITY, array: true, choice: false, summary: true }],
    ['Patient.active', { max: 1, array: false, modifier: true }],
    ['Observation.status', { min: 1, max: 1 }],
    ['Observation.value[x]', { name: 'value', choice: true }],
    ['Bundle.link.url', { min: 1 }],
    ['Questionnaire.item.item', { contentReference: 'Questionnaire.item', array: true }],
    ['Bundle.entry.link', { contentReference: 'Bundle.link' }],
    ['Extension.url', { system: true, min: 1 }],
    ['Patient.id', { system: true }],
    ['Patient.contact.id', { system: true }],
    ['Patient.birthDate', { system: false }],
  ];
  for (const [path, expected] of cases) {
    it(`${path} is ${JSON.stringify(expected)}`, () => expect(element(path)).to.include(expected));
  }

  it('lists the eleven types of Observation.value[x]', () => {
    expect(element('Observation.value[x]').types.map(({ code }) => code)).to.deep.equal(
      'Quantity CodeableConcept string boolean integer Range Ratio SampledData time dateTime Period'.split(' '),
    );
  });

  it('says what a Reference may point at', () => {
    expect(element('Immunization.patient').types).to.deep.equal([
      { code: 'Reference', targetProfiles: ['http://hl7.org/fhir/StructureDefinition/Patient'] },
    ]);
  });

  it('takes the version off a binding and keeps its maximum', () => {
    expect(element('Patient.gender').binding).to.deep.equal({
      strength: 'required',
      valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender',
    });
    expect(element('Patient.language').binding?.maxValueSet).to.equal('http://hl7.org/fhir/ValueSet/all-languages');
  });

  // https://hl7.org/fhir/R4/resource.html#id: "The logical id of a resource [is of type] id"; the definitions say string.
  it('types the id of every resource as id, and that of every element as string', () => {
    everyElement((one, type) => {
      if (one.name !== 'id') return;
      const expected = one.path === `${type}.id` && definitions.isResourceType(type) ? 'id' : 'string';
      expect(
        one.types.map(({ code }) => code),
        one.path,
      ).to.deep.equal([expected]);
    });
  });

  it('types the values of positiveInt and unsignedInt as numbers', () => {
    expect(element('positiveInt.value').types).to.deep.equal([{ code: 'positiveInt' }]);
    expect(element('unsignedInt.value').types).to.deep.equal([{ code: 'unsignedInt' }]);
  });

  it('gives every element a known type, children or a reference to some', () => {
    everyElement((one) => {
      if (one.contentReference !== undefined) {
        expect(element(one.contentReference).children, one.path).to.be.an('array');
        return;
      }
      expect(one.types, one.path).not.to.have.lengthOf(0);
      for (const { code } of one.types) expect(definitions.type(code), `${one.path}: ${code}`).not.to.equal(undefined);
    });
  });
});

describe('constraints', () => {
  it('are the type’s with those it inherits', () => {
    const keys = definitions.type('Observation')?.constraints.map(({ key }) => key);
    expect(keys).to.have.members(['dom-2', 'dom-3', 'dom-4', 'dom-5', 'dom-6', 'obs-6', 'obs-7']);
    expect(definitions.type('Extension')?.constraints.map(({ key }) => key)).to.have.members(['ele-1', 'ext-1']);
  });

  it('are not repeated on every element of a type', () => {
    everyElement((one) => {
      expect(
        one.constraints.map(({ key }) => key),
        one.path,
      ).not.to.include.members(['ele-1']);
    });
    expect(element('Patient.contact').constraints.map(({ key }) => key)).to.deep.equal(['pat-1']);
  });

  it('name their source, and the best practice among them', () => {
    const dom6 = definitions.type('Patient')?.constraints.find(({ key }) => key === 'dom-6');
    expect(dom6).to.include({
      severity: 'warning',
      bestPractice: true,
      source: 'http://hl7.org/fhir/StructureDefinition/DomainResource',
    });
    expect(element('Patient.contact').constraints[0]?.source).to.equal('http://hl7.org/fhir/StructureDefinition/Patient');
  });
});
