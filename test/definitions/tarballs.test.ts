/** Packages as they are published: a `.tgz`, or the folder it unpacks to, anywhere on disk. https://hl7.org/fhir/R4/packages.html */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { folderHash } from '../../src/definitions/package-files.ts';
import { openValidator } from '../../src/validation/validate.ts';
import { makeTarball } from '../support/make-tarball.ts';
import { withFolder } from '../support/temporary-folder.ts';
import { saidOf } from '../support/validation.ts';

const entry = { name: 'it.demo', version: '1.0.0', licence: 'CC0-1.0', source: 'A test.' };
const url = 'https://demo.example/ValueSet/set';
const set = { resourceType: 'ValueSet', url, compose: { include: [{ system: 'urn:x', concept: [{ code: 'a' }] }] } };
const content = { 'package.json': { name: 'it.demo', version: '1.0.0', fhirVersions: ['4.0.1'] }, 'ValueSet-set.json': set };
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** A `profiles/` with these entries and files, and whatever else the test puts beside it. */
function within(use: (folder: string, list: (...entries: readonly object[]) => string) => void): Promise<void> {
  return withFolder(async (folder) => {
    const profiles = join(folder, 'profiles');
    mkdirSync(profiles);
    use(folder, (...entries) => {
      writeFileSync(join(profiles, 'packages.json'), JSON.stringify({ packages: entries }));
      return profiles;
    });
  });
}

const conformance = fileURLToPath(new URL('../../conformance', import.meta.url));

describe('a .tgz', () => {
  it('under profiles/ is read when its hash is the pinned one', () =>
    within((_folder, list) => {
      const bytes = makeTarball({ ...content, 'example/Patient-a.json': { resourceType: 'Patient', url: 'urn:example' } });
      const profiles = list({ ...entry, path: 'demo.tgz', sha256: hashOf(bytes) });
      writeFileSync(join(profiles, 'demo.tgz'), bytes);
      const definitions = openDefinitions({ profiles, conformance });
      expect(definitions.valueSet(url)?.has('a')).to.equal(true);
      expect(definitions.conformance('urn:example'), 'an example').to.equal(undefined);
    }));

  it('elsewhere is found by its name and version', () =>
    within((folder, list) => {
      const bytes = makeTarball(content);
      const path = join(folder, 'demo.tgz');
      writeFileSync(path, bytes);
      const profiles = list({ ...entry, sha256: hashOf(bytes) });
      expect(openDefinitions({ profiles, conformance }).valueSet(url), 'without being named').to.equal(undefined);
      expect(
        openDefinitions({ profiles, conformance, packages: [path] })
          .valueSet(url)
          ?.has('a'),
      ).to.equal(true);
    }));

  it('may have paths of more than a hundred characters', () =>
    within((_folder, list) => {
      const bytes = makeTarball({ 'package.json': content['package.json'], [`${'long-'.repeat(30)}.json`]: set });
      const profiles = list({ ...entry, path: 'demo.tgz', sha256: hashOf(bytes) });
      writeFileSync(join(profiles, 'demo.tgz'), bytes);
      expect(openDefinitions({ profiles, conformance }).valueSet(url)?.has('a')).to.equal(true);
    }));

  const whole = makeTarball(content);
  const faults: readonly [fault: string, bytes: Buffer, message: RegExp][] = [
    ['no gzip', Buffer.from('PK'), /demo\.tgz can't be read as a package: it can't be unzipped/],
    ['no tar', gzipSync(Buffer.alloc(2048, 'x')), /demo\.tgz can't be read as a package: it is no tar archive, or a damaged one/],
    ['cut off', gzipSync(Buffer.alloc(0)), /demo\.tgz can't be read as a package: it has no end/],
    ['no FHIR package', makeTarball({ 'a.json': {} }), /demo\.tgz has no package\/package\.json/],
    [
      'changed since it was pinned',
      whole,
      /demo\.tgz is not the package it\.demo 1\.0\.0 that packages\.json pins: its sha256 is/,
    ],
    [
      'with a file that is no JSON',
      makeTarball({ ...content, 'broken.json': '{' }),
      /demo\.tgz, package\/broken\.json can't be read as JSON/,
    ],
  ];
  for (const [fault, bytes, message] of faults) {
    it(`stops the start when it is ${fault}`, () =>
      within((_folder, list) => {
        const profiles = list({ ...entry, path: 'demo.tgz', sha256: bytes === whole ? 'a'.repeat(64) : hashOf(bytes) });
        writeFileSync(join(profiles, 'demo.tgz'), bytes);
        expect(() => openDefinitions({ profiles, conformance })).to.throw(message);
      }));
  }

  it('that is not listed stops the start with the entry to add', () =>
    within((folder, list) => {
      const path = join(folder, 'demo.tgz');
      writeFileSync(path, whole);
      const entryToAdd = new RegExp(
        `demo\\.tgz is not listed in .*packages\\.json.*"version":"1\\.0\\.0","sha256":"${hashOf(whole)}"`,
      );
      expect(() => openDefinitions({ profiles: list(), conformance, packages: [path] })).to.throw(entryToAdd);
      const profiles = list();
      writeFileSync(join(profiles, 'demo.tgz'), whole);
      expect(() => openDefinitions({ profiles, conformance })).to.throw(/is not listed.*"path":"demo\.tgz".*Or move it away/);
    }));

  it('that is not there stops the start', () =>
    within((folder, list) => {
      const packages = [join(folder, 'none.tgz')];
      expect(() => openDefinitions({ profiles: list(), conformance, packages })).to.throw(/There is no package at .*none\.tgz/);
    }));
});

describe('a package folder elsewhere', () => {
  const unpack = (folder: string) => {
    mkdirSync(join(folder, 'package'), { recursive: true });
    for (const [name, file] of Object.entries(content)) writeFileSync(join(folder, 'package', name), JSON.stringify(file));
    return folder;
  };

  it('is read as it was unpacked', () =>
    within((folder, list) => {
      const path = unpack(join(folder, 'it.demo#1.0.0'));
      const profiles = list({ ...entry, sha256: folderHash(join(path, 'package')) });
      expect(
        openDefinitions({ profiles, conformance, packages: [path] })
          .valueSet(url)
          ?.has('a'),
      ).to.equal(true);
    }));

  it('may hold several, with a list of its own', () =>
    within((folder, list) => {
      const path = unpack(join(folder, 'ours', 'demo'));
      const own = { ...entry, path: 'demo', sha256: folderHash(join(path, 'package')) };
      writeFileSync(join(folder, 'ours', 'packages.json'), JSON.stringify({ packages: [own] }));
      const packages = [join(folder, 'ours')];
      expect(openDefinitions({ profiles: list(), conformance, packages }).valueSet(url)?.has('a')).to.equal(true);
    }));
});

/** Small profiles of our own with the faults that HL7 Italia's core has, under its canonicals. */
const itCore = 'http://hl7.it/fhir/itcore/';
const nullFlavor = 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor';
const oid = 'urn:oid:2.16.840.1.113883.';

function flawed(name: string, type: string, ...element: readonly object[]): object {
  const url = `${itCore}StructureDefinition/${name}`;
  const baseDefinition = `http://hl7.org/fhir/StructureDefinition/${type}`;
  return {
    resourceType: 'StructureDefinition',
    url,
    version: '0.1.0',
    type,
    derivation: 'constraint',
    baseDefinition,
    differential: { element },
  };
}

const slice = (path: string, sliceName: string, more: object = {}) => ({ id: `${path}:${sliceName}`, path, sliceName, ...more });
const atcSet = `${itCore}ValueSet/atc`;
const roles = 'https://www.hl7.it/fhir/terminology/CodeSystem/it-V3RoleCode';

const guide: Readonly<Record<string, object>> = {
  'package.json': { name: 'hl7.fhir.it.core', version: '0.1.0' },
  'organization.json': flawed(
    'organization-it-core',
    'Organization',
    {
      id: 'Organization.identifier',
      path: 'Organization.identifier',
      slicing: {
        discriminator: [
          { type: 'value', path: '$this.system' },
          { type: 'value', path: '$this.value' },
        ],
        rules: 'open',
      },
      min: 1,
    },
    slice('Organization.identifier', 'aslRegione', { max: '1' }),
    {
      id: 'Organization.identifier:aslRegione.system',
      path: 'Organization.identifier.system',
      min: 1,
      fixedUri: `${oid}2.9.4.1.1`,
    },
  ),
  'medication.json': flawed(
    'medication-it-core',
    'Medication',
    {
      id: 'Medication.code.coding',
      path: 'Medication.code.coding',
      slicing: { discriminator: [{ type: 'value', path: 'system' }], rules: 'open' },
    },
    slice('Medication.code.coding', 'ATC', { max: '1', binding: { strength: 'required', valueSet: atcSet } }),
    { id: 'Medication.code.coding:ATC.system', path: 'Medication.code.coding.system', min: 1, fixedUri: `${oid}6.73` },
    slice('Medication.code.coding', 'altro', { max: '1' }),
    {
      id: 'Medication.code.coding:altro.system',
      path: 'Medication.code.coding.system',
      min: 1,
      binding: { strength: 'required', valueSet: 'http://terminology.hl7.org/ValueSet/v3-NullFlavor' },
    },
  ),
  'address.json': flawed('address-it-core', 'Address', {
    id: 'Address',
    path: 'Address',
    constraint: [
      {
        key: 'it-city-required',
        severity: 'warning',
        human: 'An Italian address names its city.',
        expression: 'country.value=100 implies city.exists()',
      },
    ],
  }),
  'patient.json': flawed('patient-it-core', 'Patient', {
    id: 'Patient.address',
    path: 'Patient.address',
    type: [{ code: 'Address', profile: [`${itCore}StructureDefinition/address-it-core`] }],
  }),
  'role.json': flawed('practitionerRole-it-core', 'PractitionerRole', {
    id: 'PractitionerRole.code',
    path: 'PractitionerRole.code',
    min: 1,
    binding: { strength: 'required', valueSet: `${itCore}ValueSet/vs-role-code-it` },
  }),
  'atc.json': {
    resourceType: 'ValueSet',
    url: atcSet,
    compose: { include: [{ system: 'http://www.whocc.no/atc', concept: [{ code: 'J07BB02' }] }] },
  },
  'roles.json': {
    resourceType: 'ValueSet',
    url: `${itCore}ValueSet/vs-role-code-it`,
    version: '0.1.0',
    compose: { include: [{ system: roles }] },
    expansion: { contains: ['MMG', 'MUA'].map((code) => ({ system: roles, code })) },
  },
};

const claim = (name: string) => ({ profile: [`${itCore}StructureDefinition/${name}`] });
const coded = (name: string, resourceType: string, ...coding: readonly object[]) => ({
  resourceType,
  meta: claim(name),
  code: { coding },
});
const asl = { system: `${oid}2.9.4.1.1`, value: '120201' };

const cases: readonly [what: string, resource: object, repaired: readonly string[]][] = [
  [
    'an organization with its ASL code',
    { resourceType: 'Organization', meta: claim('organization-it-core'), identifier: [asl] },
    [],
  ],
  [
    'two ASL codes, whatever their values',
    { resourceType: 'Organization', meta: claim('organization-it-core'), identifier: [asl, { ...asl, value: '120202' }] },
    ['error slice-too-many Organization'],
  ],
  [
    'an ATC code in the system of its slice',
    coded('medication-it-core', 'Medication', { system: `${oid}6.73`, code: 'J07BB02' }),
    [],
  ],
  [
    'two codes of the slice altro',
    coded('medication-it-core', 'Medication', { system: nullFlavor, code: 'OTH' }, { system: nullFlavor, code: 'UNK' }),
    ['error slice-too-many Medication.code'],
  ],
  [
    'an Italian address without city',
    { resourceType: 'Patient', meta: claim('patient-it-core'), address: [{ country: '100', state: '120' }] },
    ['warning it-city-required Patient.address[0]'],
  ],
  [
    'a foreign address without city',
    { resourceType: 'Patient', meta: claim('patient-it-core'), address: [{ country: '215' }] },
    [],
  ],
  ...['MMG', 'MAU', 'MUA'].map((code): [string, object, readonly string[]] => [
    `the role ${code}`,
    { resourceType: 'PractitionerRole', meta: claim('practitionerRole-it-core'), code: [{ coding: [{ system: roles, code }] }] },
    [],
  ]),
];

describe('it-core, from a package that the operator supplies', () => {
  const open = (folder: string, list: (...entries: readonly object[]) => string, repaired: boolean) => {
    const bytes = makeTarball(guide);
    const path = join(folder, 'it-core.tgz');
    writeFileSync(path, bytes);
    const profiles = list({ ...entry, name: 'hl7.fhir.it.core', version: '0.1.0', sha256: hashOf(bytes) });
    if (repaired)
      writeFileSync(join(profiles, 'repairs.json'), readFileSync(new URL('../../profiles/repairs.json', import.meta.url)));
    const rules = { impose: [], values: [], pairs: [] };
    return openValidator(openDefinitions({ profiles, conformance, packages: [path] }), {
      mode: 'fse',
      timeZone: 'Europe/Rome',
      rules,
    });
  };

  for (const [what, resource, expected] of cases) {
    it(`with its known faults repaired, ${what}: ${expected.length === 0 ? 'nothing to say' : expected.join(', ')}`, () =>
      within((folder, list) => {
        expect(saidOf(open(folder, list, true), resource as never)).to.deep.equal(expected);
      }));
  }

  // A discriminator that no slice fixes is passed over, so that the slices of Organization.identifier are told apart all the same.
  it('without the repairs says otherwise', () =>
    within((folder, list) => {
      const validator = open(folder, list, false);
      const wrong = cases.filter(([, resource, expected]) => saidOf(validator, resource as never).join() !== expected.join());
      expect(wrong.map(([what]) => what)).to.deep.equal([
        'an ATC code in the system of its slice',
        'two codes of the slice altro',
        'a foreign address without city',
        'the role MAU',
      ]);
    }));

  it('is applied to what claims it alone', () =>
    within((folder, list) => {
      const { meta: _, ...unclaimed } = { resourceType: 'PractitionerRole', meta: claim('practitionerRole-it-core') };
      expect(saidOf(open(folder, list, true), unclaimed)).to.deep.equal([]);
    }));

  it('of another version is left as it is', () =>
    within((folder, list) => {
      const profiles = list();
      const other = { ...guide['atc.json'], url: `${itCore}ValueSet/vs-role-code-it`, version: '0.2.0' };
      writeFileSync(join(profiles, 'repairs.json'), readFileSync(new URL('../../profiles/repairs.json', import.meta.url)));
      const bytes = makeTarball({ 'package.json': { name: 'hl7.fhir.it.core', version: '0.2.0' }, 'set.json': other });
      writeFileSync(join(folder, 'next.tgz'), bytes);
      list({ ...entry, name: 'hl7.fhir.it.core', version: '0.2.0', sha256: hashOf(bytes) });
      const definitions = openDefinitions({ profiles, conformance, packages: [join(folder, 'next.tgz')] });
      expect(definitions.valueSet(other.url)?.has('MUA')).to.equal(false);
    }));
});
