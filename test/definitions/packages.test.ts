import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Definitions } from '../../src/definitions/definitions.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import { folderHash } from '../../src/definitions/package-files.ts';
import { withFolder } from '../support/temporary-folder.ts';

const entry = { path: 'demo', name: 'it.demo', version: '1.0.0', sha256: 'own', licence: 'CC0-1.0', source: 'A test.' };

const colours = {
  resourceType: 'CodeSystem',
  url: 'https://demo.example/CodeSystem/colours',
  content: 'complete',
  concept: [
    { code: 'red', display: 'Red' },
    { code: 'blue', concept: [{ code: 'navy' }] },
  ],
};

const files: Readonly<Record<string, object>> = {
  'package.json': { name: 'it.demo', version: '1.0.0' },
  'StructureDefinition/patient.json': {
    resourceType: 'StructureDefinition',
    url: 'https://demo.example/StructureDefinition/patient',
    version: '1.0.0',
    type: 'Patient',
    derivation: 'constraint',
  },
  'colours.json': colours,
  'ValueSet/blues.json': {
    resourceType: 'ValueSet',
    url: 'https://demo.example/ValueSet/blues',
    compose: { include: [{ system: colours.url, filter: [{ property: 'concept', op: 'is-a', value: 'blue' }] }] },
  },
  'ValueSet/both.json': {
    resourceType: 'ValueSet',
    url: 'https://demo.example/ValueSet/both',
    compose: {
      include: [
        { valueSet: ['https://demo.example/ValueSet/blues'] },
        { system: 'http://loinc.org', concept: [{ code: '1-8' }] },
      ],
      exclude: [{ system: colours.url, concept: [{ code: 'navy' }] }],
    },
  },
  'ValueSet/open.json': {
    resourceType: 'ValueSet',
    url: 'https://demo.example/ValueSet/open',
    compose: { include: [{ system: 'http://snomed.info/sct' }, { system: colours.url }] },
  },
  'ValueSet/circle.json': {
    resourceType: 'ValueSet',
    url: 'https://demo.example/ValueSet/circle',
    compose: { include: [{ valueSet: ['https://demo.example/ValueSet/circle'] }] },
  },
  'SearchParameter/nre.json': {
    resourceType: 'SearchParameter',
    url: 'https://demo.example/SearchParameter/nre',
    code: 'nre',
    type: 'token',
    base: ['MedicationRequest', 'ServiceRequest'],
    expression: 'MedicationRequest.groupIdentifier | ServiceRequest.requisition',
  },
  'SearchParameter/name.json': {
    resourceType: 'SearchParameter',
    url: 'https://demo.example/SearchParameter/name',
    code: 'name',
    type: 'string',
    base: ['Patient'],
    expression: 'Patient.name.family',
  },
  'patient-core.json': {
    resourceType: 'StructureDefinition',
    url: 'http://hl7.org/fhir/StructureDefinition/Patient',
    version: '4.0.1',
    title: 'A forged Patient',
  },
  'example/patient.json': { resourceType: 'Patient', id: 'not-read' },
};

interface Setup {
  readonly entries?: readonly object[] | ((folder: string) => readonly object[]);
  readonly files?: Readonly<Record<string, object | string>>;
}

/** Opens the definitions with a package of its own. */
function open(setup: Setup, use: (definitions: () => Definitions, folder: string) => void): Promise<void> {
  return withFolder(async (folder) => {
    const profiles = join(folder, 'profiles');
    const conformance = join(folder, 'conformance');
    for (const path of [profiles, conformance]) mkdirSync(path);
    for (const [name, content] of Object.entries(setup.files ?? files)) {
      const path = join(profiles, 'demo', name);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    }
    const { entries = [entry] } = setup;
    const packages = typeof entries === 'function' ? entries(join(profiles, 'demo')) : entries;
    writeFileSync(join(profiles, 'packages.json'), JSON.stringify({ packages }));
    use(() => openDefinitions({ profiles, conformance }), profiles);
  });
}

describe('a package under profiles/', () => {
  it('brings its profiles', () =>
    open({}, (definitions) => {
      const url = 'https://demo.example/StructureDefinition/patient';
      const found = definitions();
      expect(found.conformance(url)).to.include({ type: 'Patient' });
      expect(found.conformance(`${url}|1.0.0`)).to.include({ type: 'Patient' });
      expect(found.conformance(`${url}|2.0.0`)).to.equal(undefined);
      expect(found.conformanceResources('StructureDefinition').map((resource) => resource['url'])).to.deep.equal([url]);
      expect(found.conformanceResources('Patient')).to.deep.equal([]);
    }));

  it('brings value sets, as far as they can be followed', () =>
    open({}, (definitions) => {
      const set = (name: string) => definitions().valueSet(`https://demo.example/ValueSet/${name}`);
      expect(set('blues')?.complete).to.equal(true);
      expect([...(set('blues')?.codes() ?? [])].map(({ code }) => code)).to.deep.equal(['blue', 'navy']);
      expect([...(set('both')?.codes() ?? [])].map(({ code }) => code)).to.deep.equal(['blue', '1-8']);
      expect(set('both')?.complete).to.equal(true);
      expect(set('open')?.complete, 'holds all of SNOMED CT').to.equal(false);
      expect(set('open')?.has('red')).to.equal(true);
      expect(set('circle')?.complete, 'contains itself').to.equal(false);
    }));

  it('brings code systems', () =>
    open({}, (definitions) => expect(definitions().codeSystem(colours.url)?.has('navy')).to.equal(true)));

  it('brings search parameters, but replaces none of R4', () =>
    open({}, (definitions) => {
      const found = definitions();
      expect(found.searchParameter('ServiceRequest', 'nre')?.expression).to.equal('ServiceRequest.requisition');
      expect(found.searchParameter('Patient', 'name')?.url).to.equal('http://hl7.org/fhir/SearchParameter/Patient-name');
      expect(found.searchParameterByUrl('https://demo.example/SearchParameter/name')?.code).to.equal('name');
    }));

  it('replaces no definition of R4', () =>
    open({}, (definitions) => {
      expect(definitions().conformance('http://hl7.org/fhir/StructureDefinition/Patient')).not.to.have.property(
        'title',
        'A forged Patient',
      );
    }));

  it('is taken when its content has the pinned hash', () =>
    open({ entries: (folder) => [{ ...entry, sha256: folderHash(folder) }] }, (definitions) => {
      expect(definitions().conformanceResources('CodeSystem')).to.have.lengthOf(1);
    }));
});

describe('a package that can’t be read stops the start', () => {
  const twin = { resourceType: 'ValueSet', url: 'https://demo.example/ValueSet/blues' };
  const cases: readonly (readonly [fault: string, setup: Setup, message: RegExp])[] = [
    [
      'not listed',
      { entries: [] },
      /profiles.demo is not listed in .*packages\.json.*"name":"it\.demo".*"sha256":"[0-9a-f]{64}"/,
    ],
    ['missing', { entries: [entry, { ...entry, path: 'other' }] }, /other is missing, but packages\.json lists it\.demo 1\.0\.0/],
    [
      'for another FHIR',
      { files: { ...files, 'package.json': { name: 'it.demo', version: '1.0.0', fhirVersions: ['5.0.0'] } } },
      /package\.json is for FHIR 5\.0\.0; this server has FHIR 4\.0\.1/,
    ],
    ['of another version', { entries: [{ ...entry, version: '2.0.0' }] }, /demo is of it\.demo 1\.0\.0, but .* 2\.0\.0/],
    ['of another name', { entries: [{ ...entry, name: 'it.else' }] }, /demo is of it\.demo 1\.0\.0, but .* it\.else/],
    [
      'changed',
      { entries: [{ ...entry, sha256: 'a'.repeat(64) }] },
      /demo is not the package it\.demo 1\.0\.0 that packages\.json pins: its sha256 is/,
    ],
    ['listed without licence', { entries: [{ ...entry, licence: '' }] }, /packages\[0\] must have a text "licence"/],
    ['no JSON', { files: { ...files, 'broken.json': '{"a":' } }, /broken\.json can't be read as JSON/],
    [
      'defining a canonical twice',
      { files: { ...files, 'twin.json': twin } },
      /ValueSet https:\/\/demo\.example\/ValueSet\/blues.* is defined twice/,
    ],
    [
      'with a search parameter nobody can evaluate',
      { files: { ...files, 'bad.json': { resourceType: 'SearchParameter', url: 'https://demo.example/bad', code: 'bad' } } },
      /https:\/\/demo\.example\/bad has no base or no expression/,
    ],
    [
      'with a search parameter that has no path for its base',
      {
        files: {
          ...files,
          'bad.json': { ...files['SearchParameter/nre.json'], url: 'https://demo.example/bad', base: ['Patient'] },
        },
      },
      /https:\/\/demo\.example\/bad has the base Patient, but its expression has no part for it/,
    ],
  ];
  for (const [fault, setup, message] of cases) {
    it(`when it is ${fault}`, () => open(setup, (definitions) => expect(definitions).to.throw(message)));
  }

  it('when there is no packages.json', () =>
    withFolder(async (folder) => {
      expect(() => openDefinitions({ profiles: folder, conformance: folder })).to.throw(/packages\.json can't be read/);
    }));
});

describe('conformance/', () => {
  const openWith = (name: string, resource: object, use: (definitions: () => Definitions) => void): Promise<void> =>
    open({}, (_definitions, profiles) => {
      const conformance = join(profiles, '..', 'conformance');
      mkdirSync(join(conformance, name), { recursive: true });
      writeFileSync(join(conformance, name, 'one.json'), JSON.stringify(resource));
      use(() => openDefinitions({ profiles, conformance }));
    });

  const nickname = {
    resourceType: 'SearchParameter',
    url: 'https://demo.example/SearchParameter/nickname',
    code: 'nickname',
    type: 'string',
    base: ['Patient'],
    expression: "Patient.name.where(use = 'nickname').given",
  };

  it('adds a search parameter by a file in search-parameters/', () =>
    openWith('search-parameters', nickname, (definitions) => {
      expect(definitions().searchParameter('Patient', 'nickname')).to.include({ url: nickname.url, type: 'string' });
    }));

  it('adds an operation’s definition by a file in operation-definitions/', () => {
    const url = 'https://demo.example/OperationDefinition/count';
    return openWith('operation-definitions', { resourceType: 'OperationDefinition', url }, (definitions) => {
      expect(definitions().conformance(url)).to.include({ resourceType: 'OperationDefinition' });
    });
  });

  it('stops the start for a file in the wrong folder, which would do nothing', () =>
    openWith('operation-definitions', nickname, (definitions) => {
      expect(definitions).to.throw(
        /operation-definitions is for resources of type OperationDefinition, but holds a SearchParameter/,
      );
    }));
});

describe('core definitions', () => {
  const definitions = openDefinitions();

  it('are read by canonical when asked for', () => {
    expect(definitions.conformance('http://hl7.org/fhir/StructureDefinition/patient-birthPlace')).to.include({
      type: 'Extension',
    });
    expect(definitions.conformance('http://hl7.org/fhir/StructureDefinition/vitalsigns|4.0.1')).to.include({
      type: 'Observation',
    });
    expect(definitions.conformance('http://hl7.org/fhir/OperationDefinition/Patient-everything')).to.include({
      code: 'everything',
    });
    expect(definitions.conformance('http://hl7.org/fhir/StructureDefinition/vitalsigns|3.0.1')).to.equal(undefined);
    expect(definitions.conformance('constructor')).to.equal(undefined);
  });

  it('keep their snapshot and lose their prose', () => {
    const patient = definitions.conformance('http://hl7.org/fhir/StructureDefinition/Patient');
    expect(patient).to.have.nested.property('snapshot.element[0].path', 'Patient');
    expect(patient).not.to.have.property('differential');
    expect(JSON.stringify(patient)).not.to.include('"definition"');
  });

  it('leave out the profiles that fix LOINC codes, which come as a package with LOINC’s notice', async () => {
    const bp = 'http://hl7.org/fhir/StructureDefinition/bp';
    await withFolder(async (folder) => {
      writeFileSync(join(folder, 'packages.json'), JSON.stringify({ packages: [] }));
      expect(openDefinitions({ profiles: folder }).conformance(bp)).to.equal(undefined);
    });
    expect(openDefinitions().conformance(bp)?.['copyright']).to.match(/LOINC is copyright/);
  });
});
