import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Binding, ElementDefinition } from '../../src/definitions/definitions.ts';
import { isLicensed, isLicensedCode } from '../../src/definitions/licensed.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import { packedFiles, packedFolder } from '../../src/definitions/packed.ts';
import type { RawCodeSystem } from '../../src/definitions/value-set.ts';
import type { Resource } from '../../src/fhir/types.ts';
import { processorMs } from '../support/processor-time.ts';

const definitions = openDefinitions();
const fhir = 'http://hl7.org/fhir/ValueSet/';

/** How often R4's types bind to each value set with a strength. */
function boundSets(strength: Binding['strength']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const walk = (elements: readonly ElementDefinition[]): void => {
    for (const { binding, children } of elements) {
      if (binding?.strength === strength) counts.set(binding.valueSet, (counts.get(binding.valueSet) ?? 0) + 1);
      walk(children ?? []);
    }
  };
  const types = JSON.parse(readFileSync(join(packedFolder(), packedFiles.types), 'utf8')) as { types: { name: string }[] };
  for (const { name } of types.types) walk(definitions.type(name)?.elements ?? []);
  return counts;
}

function incomplete(strength: Binding['strength']): readonly string[] {
  return [...boundSets(strength).keys()].filter((url) => definitions.valueSet(url)?.complete !== true).sort();
}

describe('value sets', () => {
  it('can check the required bindings of R4, but for two open syntaxes and a LOINC answer list', () => {
    expect(boundSets('required').size).to.equal(224);
    expect(incomplete('required')).to.deep.equal([`${fhir}mimetypes`, `${fhir}ucum-units`, 'http://loinc.org/vs/LL379-9']);
  });

  it('can check the extensible bindings of R4, but for those to what is licensed or not published', () => {
    expect(incomplete('extensible')).to.deep.equal([
      'http://dicom.nema.org/medical/dicom/current/output/chtml/part04/sect_B.5.html#table_B.5-1',
      `${fhir}consent-category`,
      `${fhir}designation-use`,
      `${fhir}jurisdiction`,
      `${fhir}ucum-units`,
      'http://www.rsna.org/RadLex_Playbook.aspx',
    ]);
  });

  it('never refuses by an expansion that was cut off', () => {
    // Each carries valueset-toocostly or valueset-unclosed: https://hl7.org/fhir/R4/extension-valueset-toocostly.html
    for (const name of ['ucum-units', 'mimetypes', 'questionnaire-answers', 'body-site', 'encounter-reason', 'condition-code']) {
      expect(definitions.valueSet(fhir + name)?.complete, name).to.equal(false);
    }
  });

  const cases: readonly (readonly [set: string, code: string, system: string | undefined, has: boolean])[] = [
    ['administrative-gender', 'female', undefined, true],
    ['administrative-gender', 'female', 'http://hl7.org/fhir/administrative-gender', true],
    ['administrative-gender', 'female', 'http://example.org/other', false],
    ['administrative-gender', 'Female', undefined, false],
    ['currencies', 'EUR', 'urn:iso:std:iso:4217', true],
    ['currencies', 'ITL', 'urn:iso:std:iso:4217', false],
    ['units-of-time', 'min', 'http://unitsofmeasure.org', true],
    ['resource-types', 'Patient', undefined, true],
    ['resource-types', 'SubscriptionStatus', undefined, false],
    ['all-types', 'HumanName', undefined, true],
    ['examplescenario-actor-type', 'person', undefined, true],
    ['administrative-gender', 'constructor', undefined, false],
    ['administrative-gender', 'female', '__proto__', false],
  ];
  for (const [set, code, system, has] of cases) {
    it(`${set} has ${has ? '' : 'no '}"${code}"${system === undefined ? '' : ` of ${system}`}`, () => {
      expect(definitions.valueSet(fhir + set)?.has(code, system)).to.equal(has);
    });
  }

  it('ignores the version of a canonical', () => {
    expect(definitions.valueSet(`${fhir}administrative-gender|4.0.1`)?.url).to.equal(`${fhir}administrative-gender`);
  });

  it('knows nothing of a value set that nobody defines', () => {
    expect(definitions.valueSet('http://example.org/ValueSet/unknown')).to.equal(undefined);
    expect(definitions.valueSet('constructor')).to.equal(undefined);
  });

  it('lists codes with their displays', () => {
    const codes = [...(definitions.valueSet(`${fhir}administrative-gender`)?.codes() ?? [])];
    expect(codes.map(({ code }) => code)).to.deep.equal(['male', 'female', 'other', 'unknown']);
    expect(codes[0]).to.deep.equal({ system: 'http://hl7.org/fhir/administrative-gender', code: 'male', display: 'Male' });
  });

  it('follows is-a filters where no expansion was published', () => {
    const set = definitions.valueSet('http://terminology.hl7.org/ValueSet/v3-ServiceDeliveryLocationRoleType');
    expect(set?.complete).to.equal(true);
    expect(set?.has('HOSP', 'http://terminology.hl7.org/CodeSystem/v3-RoleCode')).to.equal(true);
    expect(set?.has('MTH', 'http://terminology.hl7.org/CodeSystem/v3-RoleCode')).to.equal(false);
  });
});

describe('code systems', () => {
  it('are complete when the specification prints them whole', () => {
    const roles = definitions.codeSystem('http://terminology.hl7.org/CodeSystem/v3-RoleCode');
    expect(roles?.complete).to.equal(true);
    expect(roles?.has('MTH')).to.equal(true);
    expect(definitions.codeSystem('http://terminology.hl7.org/CodeSystem/service-type')?.complete).to.equal(false);
  });

  for (const url of ['http://snomed.info/sct', 'http://loinc.org', 'http://hl7.org/fhir/sid/icd-10', 'http://www.whocc.no/atc']) {
    it(`${url} is not known`, () => expect(definitions.codeSystem(url)).to.equal(undefined));
  }
});

describe('licensed codes', () => {
  const licensed = [
    'http://snomed.info/sct',
    'http://snomed.info/sct/900000000000207008',
    'http://loinc.org',
    'http://www.ama-assn.org/go/cpt',
    'http://hl7.org/fhir/sid/icd-10',
    'http://hl7.org/fhir/sid/icd-9-cm',
    'http://hl7.org/fhir/sid/ex-icd-10-procedures',
    'http://www.whocc.no/atc',
    'urn:oid:2.16.840.1.113883.6.96',
    'urn:oid:2.16.840.1.113883.6.1',
    '2.16.840.1.113883.6.73',
  ];
  for (const system of licensed) it(`are all of ${system}`, () => expect(isLicensed(system)).to.equal(true));

  const open = [
    'http://unitsofmeasure.org',
    'http://loinc.org/vs/LL379-9',
    'urn:oid:2.16.840.1.113883.6.8',
    'http://hl7.org/fhir/sid/cvx',
  ];
  for (const system of open) it(`are none of ${system}`, () => expect(isLicensed(system)).to.equal(false));

  it('are nowhere in the packed terminology', () => {
    const { valueSets, codeSystems } = JSON.parse(readFileSync(join(packedFolder(), packedFiles.terminology), 'utf8')) as {
      valueSets: { systems: Record<string, '*' | [string][]> }[];
      codeSystems: { url: string; concepts: [string][] }[];
    };
    const listed = [
      ...valueSets.flatMap(({ systems }) => Object.entries(systems)),
      ...codeSystems.map(({ url, concepts }): [string, [string][]] => [url, concepts]),
    ];
    expect(listed.length).to.be.above(2000);
    const found = listed.flatMap(([system, concepts]) =>
      concepts === '*'
        ? [system].filter(isLicensed)
        : concepts.filter(([code]) => isLicensedCode(system, code)).map(([code]) => code),
    );
    expect(found).to.deep.equal([]);
  });

  it('are nowhere else in what is packed: no text in the form of a LOINC code, no licensed system beside one', () => {
    const files = [packedFiles.types, packedFiles.searchParameters, packedFiles.compartments, packedFiles.resources].map((name) =>
      join(packedFolder(), name),
    );
    const resources = join(packedFolder(), packedFiles.resourcesFolder);
    // Definitions of other systems' codes hold numbers of all forms; their codes are looked at one by one below.
    const named = readdirSync(resources).filter((name) => !name.startsWith('CodeSystem-'));
    for (const file of [...files, ...named.map((name) => join(resources, name))]) {
      const text = readFileSync(file, 'utf8');
      expect(text, file).not.to.match(/\b\d{3,5}-\d\b(?!-)/);
      expect(text, file).not.to.match(
        /"http:\/\/(loinc\.org|snomed\.info\/sct|www\.whocc\.no\/atc|www\.ama-assn\.org\/go\/cpt)"/,
      );
    }
  });

  it('are no concepts of the code systems that are kept whole', () => {
    const folder = join(packedFolder(), packedFiles.resourcesFolder);
    const names = readdirSync(folder).filter((name) => name.startsWith('CodeSystem-'));
    expect(names.length).to.be.above(900);
    for (const name of names) {
      const { url, concept } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as RawCodeSystem;
      expect(isLicensed(url), name).to.equal(false);
      const walk = (concepts: RawCodeSystem['concept']): void => {
        for (const { code, concept: inner } of concepts ?? []) {
          expect(isLicensedCode(url, code), `${name} ${code}`).to.equal(false);
          walk(inner);
        }
      };
      walk(concept);
    }
  });
});

describe('code systems and concept maps as resources', () => {
  it('keep what $lookup answers with, and lose their narrative', () => {
    const gender = definitions.conformance('http://hl7.org/fhir/administrative-gender');
    expect(gender).to.include({ resourceType: 'CodeSystem', name: 'AdministrativeGender' });
    expect(gender).not.to.have.property('text');
    expect(gender).to.have.nested.property('concept[0].definition', 'Male.');
  });

  it('are all listed, those of R4 too', () => {
    const urls = definitions.conceptMaps().map(({ url }) => url);
    expect(urls).to.include('http://hl7.org/fhir/ConceptMap/101');
    expect(urls).to.include('https://fascicolo.example/fhir/ConceptMap/document-class');
    expect(urls).not.to.include('http://hl7.org/fhir/ConceptMap/102');
  });
});

describe('stored conformance resources', () => {
  const codeSystem = (url: string, ...codes: readonly string[]) => ({
    resourceType: 'CodeSystem',
    url,
    content: 'complete',
    concept: codes.map((code) => ({ code })),
  });
  const valueSet = (url: string, ...includes: readonly object[]) => ({
    resourceType: 'ValueSet',
    url,
    compose: { include: includes },
  });
  const colours = 'https://stored.example/colours';
  const set = 'https://stored.example/set';

  it('are laid beneath the definitions, which stay as they were', () => {
    const layered = definitions.including([codeSystem(colours, 'red'), valueSet(set, { system: colours })] as Resource[]);
    expect(layered.valueSet(set)?.has('red', colours)).to.equal(true);
    expect(layered.conformance(set)).to.include({ url: set });
    expect(layered.revision()).not.to.equal(definitions.revision());
    expect(definitions.valueSet(set)).to.equal(undefined);
  });

  it('replace none of R4, nor of a package', () => {
    const gender = 'http://hl7.org/fhir/administrative-gender';
    const genders = `${fhir}administrative-gender`;
    const classes = 'urn:oid:2.16.840.1.113883.2.9.3.3.6.1.5';
    const forged = [codeSystem(gender, 'x'), codeSystem(classes, 'x'), valueSet(genders, { system: colours })] as Resource[];
    const layered = definitions.including(forged);
    expect(layered.codeSystem(gender)?.has('x')).to.equal(false);
    expect(layered.codeSystem(classes)?.has('x')).to.equal(false);
    expect(layered.valueSet(genders)?.has('male')).to.equal(true);
    expect(layered.conformance(genders)).to.equal(undefined);
    for (const url of [gender, genders, classes]) expect(definitions.isPackaged(url), url).to.equal(true);
    expect(definitions.isPackaged(set)).to.equal(false);
  });

  it('of two with one canonical the first counts; a version is found by its number', () => {
    const [newer, older] = [
      { ...codeSystem(colours, 'red'), version: '2' },
      { ...codeSystem(colours, 'blue'), version: '1' },
    ];
    const layered = definitions.including([newer, older] as Resource[]);
    expect(layered.codeSystem(colours)?.has('red')).to.equal(true);
    expect(layered.codeSystem(colours)?.has('blue')).to.equal(false);
    expect(layered.conformance(`${colours}|1`)).to.equal(older);
  });

  it('that contain each other a thousandfold are followed in bounded time', () => {
    const names = Array.from({ length: 60 }, (_, place) => `${set}/${place}`);
    const doubling = names.map((url, place) => {
      const next = { valueSet: [names[place + 1] ?? `${set}/none`] };
      return valueSet(url, next, next, { system: colours });
    });
    const large = Array.from({ length: 50_000 }, (_, place) => `c${place}`);
    const many = valueSet(`${set}/many`, ...Array.from({ length: 2_000 }, () => ({ system: colours })));
    const layered = definitions.including([codeSystem(colours, ...large), many, ...doubling] as Resource[]);
    const started = processorMs();
    expect(layered.valueSet(String(names[0]))?.complete).to.equal(false);
    expect(layered.valueSet(`${set}/many`)?.complete, 'over the limit').to.equal(false);
    expect(processorMs() - started).to.be.below(5_000);
  });
});
