import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type CapabilitySettings, openCapabilities, type Wiring } from '../../src/definitions/capability.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import { limits } from '../../src/fhir/limits.ts';
import type { InteractionCode, JsonObject } from '../../src/fhir/types.ts';
import { operations } from '../../src/operations/index.ts';
import { openValidator } from '../../src/validation/validate.ts';
import { withFolder } from '../support/temporary-folder.ts';

const definitions = openDefinitions();
const typeCodes = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
] as const;
const systemCodes = ['transaction', 'batch', 'search-system', 'history-system', 'capabilities', 'operation'] as const;

const wiring: Wiring = {
  interactions: [...typeCodes, ...systemCodes].map((code) => ({ code, level: 'type' })),
  operations,
  search: {
    supports: (type, { code, expression }) => expression !== undefined && !(type === 'Patient' && code === 'phonetic'),
    targets: (_type, { target }) => target,
    others: { type: [{ name: '_has', documentation: 'x' }], system: [] },
    includesAll: true,
  },
  features: {
    versioning: 'versioned',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: 'full-support',
    conditionalUpdate: true,
    conditionalDelete: 'single',
    referencePolicy: ['literal', 'logical'],
  },
  compartments: ['Patient', 'RelatedPerson'],
  formats: ['application/fhir+json', 'json'],
  patchFormats: ['application/json-patch+json'],
};

const settings: CapabilitySettings = {
  baseUrl: 'https://fhir.example/fhir',
  softwareVersion: '1.2.3',
  access: 'smart',
  cors: true,
  validation: 'fse',
  references: 'checked',
};

interface Statement {
  readonly patchFormat?: readonly string[];
  readonly rest: readonly [
    {
      readonly documentation: string;
      readonly security: JsonObject;
      readonly resource: readonly TypeClaim[];
      readonly interaction: readonly { code: string }[];
      readonly searchParam: readonly { name: string }[];
      readonly operation?: readonly JsonObject[];
      readonly compartment?: readonly string[];
    },
  ];
}

interface TypeClaim {
  readonly type: string;
  readonly interaction: readonly { code: string }[];
  readonly searchParam?: readonly { name: string; definition: string; type: string }[];
  readonly searchInclude?: readonly string[];
  readonly searchRevInclude?: readonly string[];
  readonly operation?: readonly { name: string; definition: string }[];
  readonly supportedProfile?: readonly string[];
}

function statementOf(changes: Partial<Wiring> = {}, otherSettings: Partial<CapabilitySettings> = {}): Statement {
  const resource: JsonObject = openCapabilities(
    definitions,
    { ...wiring, ...changes },
    { ...settings, ...otherSettings },
  ).statement();
  return resource as unknown as Statement; // The shape is what these tests look at.
}

function claim(type: string, statement: Statement = statementOf()): TypeClaim {
  const found = statement.rest[0].resource.find((resource) => resource.type === type);
  if (found === undefined) throw new Error(`The statement has no ${type}.`);
  return found;
}

/** Opens the capabilities with a changed copy of the project's rules. */
function withRules<T>(
  change: (rules: { types: Record<string, JsonObject>; system: string[]; operations: string[] }) => unknown,
  use: (file: string) => T,
) {
  return withFolder(async (folder) => {
    const original = fileURLToPath(import.meta.resolve('#conformance/capability-statement.json'));
    const content = JSON.parse(readFileSync(original, 'utf8'));
    change(content.rules);
    const file = join(folder, 'capability-statement.json');
    writeFileSync(file, JSON.stringify(content));
    return use(file);
  });
}

// https://hl7.org/fhir/R4/capabilitystatement.html
describe('the capability statement', () => {
  it('says what kind of thing it is, of which software, where', () => {
    expect(statementOf()).to.deep.include({
      resourceType: 'CapabilityStatement',
      kind: 'instance',
      fhirVersion: '4.0.1',
      status: 'active',
      version: '1.2.3',
      software: { name: 'Fascicolo', version: '1.2.3' },
      format: ['application/fhir+json', 'json'],
    });
    expect(statementOf()).to.have.nested.property('implementation.url', 'https://fhir.example/fhir');
  });

  it('is valid R4', () => {
    const validator = openValidator(definitions, { mode: 'base', timeZone: 'Europe/Rome' });
    const statement = openCapabilities(definitions, wiring, settings).statement();
    expect(validator.validate(statement).filter(({ severity }) => severity === 'error' || severity === 'fatal')).to.deep.equal(
      [],
    );
  });

  const said: readonly (readonly [setting: Partial<CapabilitySettings>, sentence: RegExp])[] = [
    [{ validation: 'fse' }, /Every write is validated against base R4 and the profiles/],
    [{ validation: 'base' }, /Every write is validated against base R4; /],
    [{ validation: 'off' }, /Writes are not validated/],
    [{ references: 'checked' }, /may refer to nothing on this server that is not there/],
    [{ references: 'free' }, /need not be there/],
  ];
  for (const [setting, sentence] of said) {
    it(`says what ${JSON.stringify(setting)} means for writes`, () => {
      const { documentation } = statementOf({}, setting).rest[0];
      const [name] = Object.keys(setting);
      const alternatives = said.filter(([own]) => Object.keys(own)[0] === name).map(([, other]) => other);
      expect(alternatives.filter((other) => other.test(documentation))).to.deep.equal([sentence]);
    });
  }

  it('says how long a body, a Bundle and a page may be', () => {
    const { documentation } = statementOf().rest[0];
    const megabytes = (bytes: number) => `${bytes / 1024 / 1024} MB`;
    expect(documentation).to.include(`A body may have ${megabytes(limits.bodyBytesMax)}`);
    expect(documentation).to.include(`of a Binary ${megabytes(limits.bundleBodyBytesMax)}`);
    expect(documentation).to.include(`a page ends at ${megabytes(limits.pageCharactersMax)}`);
  });

  it('is the same every time', () => expect(JSON.stringify(statementOf())).to.equal(JSON.stringify(statementOf())));

  it('claims every type of R4 once, with the wired interactions', () => {
    const { resource } = statementOf().rest[0];
    expect(resource.map(({ type }) => type)).to.deep.equal(definitions.resourceTypes);
    for (const { type, interaction } of resource)
      expect(
        interaction.map(({ code }) => code),
        type,
      ).to.have.members(typeCodes);
  });

  it('claims the system interactions', () => {
    const codes = statementOf().rest[0].interaction.map(({ code }) => code);
    expect(codes).to.have.members(['transaction', 'batch', 'search-system', 'history-system']);
  });

  it('claims a search parameter only when search supports it', () => {
    const names = claim('Patient').searchParam?.map(({ name }) => name);
    expect(names).to.include.members(['_id', '_lastUpdated', 'identifier', 'birthdate']);
    expect(names).not.to.include('phonetic').and.not.to.include('_text');
    expect(claim('Person').searchParam?.map(({ name }) => name)).to.include('phonetic');
  });

  it('names each search parameter’s definition and type', () => {
    expect(claim('Coverage').searchParam).to.deep.include({
      name: 'beneficiary',
      definition: 'http://hl7.org/fhir/SearchParameter/Coverage-beneficiary',
      type: 'reference',
    });
  });

  it('lists includes, and reverse includes by what they lead to', () => {
    expect(claim('Coverage').searchInclude).to.include.members(['*', 'Coverage:beneficiary']);
    expect(claim('Patient').searchRevInclude).to.include.members(['*', 'Coverage:beneficiary', 'Immunization:patient']);
    expect(claim('Practitioner').searchRevInclude).not.to.include('Coverage:beneficiary');
    expect(claim('Coverage', statementOf({ search: { ...wiring.search, includesAll: false } })).searchInclude).not.to.include(
      '*',
    );
  });

  it('offers an operation where it is', () => {
    expect(claim('Patient').operation?.map(({ name }) => name)).to.include.members(['everything', 'validate']);
    expect(claim('Coverage').operation?.map(({ name }) => name))
      .to.include('validate')
      .and.not.to.include('everything');
    const system = statementOf().rest[0].operation?.map(({ name }) => name);
    expect(system).to.include('meta').and.not.to.include('validate');
  });

  it('names the profiles that are loaded', () => {
    const profiles = definitions
      .conformanceResources('StructureDefinition')
      .filter((resource) => resource['type'] === 'Coverage');
    expect(profiles).not.to.have.lengthOf(0);
    expect(claim('Coverage').supportedProfile).to.deep.equal(profiles.map((resource) => resource['url']));
    expect(claim('Linkage').supportedProfile).to.equal(undefined);
  });

  it('names the compartments by their canonicals', () => {
    const canonicals = statementOf().rest[0].compartment ?? [];
    expect(canonicals).to.deep.equal([
      'http://hl7.org/fhir/CompartmentDefinition/patient',
      'http://hl7.org/fhir/CompartmentDefinition/relatedPerson',
    ]);
    expect(statementOf({ compartments: [] }).rest[0].compartment).to.equal(undefined);
  });

  it('has patch formats only when PATCH is wired', () => {
    expect(statementOf().patchFormat).to.deep.equal(['application/json-patch+json']);
    return withRules(
      ({ types }) => Object.assign(types, { '*': { interactions: typeCodes.filter((code) => code !== 'patch') } }),
      (file) => {
        const interactions = wiring.interactions.filter(({ code }) => code !== 'patch');
        expect(statementOf({ interactions }, { file }).patchFormat).to.equal(undefined);
      },
    );
  });

  it('describes its security, with SMART’s addresses once there are some', () => {
    const { security } = statementOf().rest[0];
    expect(security).to.have.nested.property('service[0].coding[0].code', 'SMART-on-FHIR');
    expect(security).to.include({ cors: true }).and.not.to.have.property('extension');
    const oauthUris = { authorize: 'https://fhir.example/authorize', token: 'https://fhir.example/token' };
    expect(statementOf({}, { oauthUris }).rest[0].security['extension']).to.deep.equal([
      {
        url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
        extension: [
          { url: 'authorize', valueUri: 'https://fhir.example/authorize' },
          { url: 'token', valueUri: 'https://fhir.example/token' },
        ],
      },
    ]);
  });

  it('does not claim SMART without access control', () => {
    expect(statementOf({}, { access: 'none' }).rest[0].security).not.to.have.property('service');
  });
});

describe('the rules of the capability statement', () => {
  it('can except a type, wholly or in part', () =>
    withRules(
      ({ types }) => Object.assign(types, { Parameters: { interactions: [] }, AuditEvent: { interactions: ['read'] } }),
      (file) => {
        const capabilities = openCapabilities(definitions, wiring, { ...settings, file });
        expect(capabilities.claims('create', 'Parameters')).to.equal(false);
        expect(capabilities.claims('read', 'AuditEvent')).to.equal(true);
        expect(capabilities.claims('create', 'AuditEvent')).to.equal(false);
        expect(capabilities.claims('create', 'Patient')).to.equal(true);
        const statement = statementOf({}, { file });
        expect(statement.rest[0].resource.map(({ type }) => type)).not.to.include('Parameters');
        expect(claim('AuditEvent', statement)).to.include({
          conditionalCreate: false,
          updateCreate: false,
          conditionalDelete: 'not-supported',
        });
        expect(claim('AuditEvent', statement)).not.to.have.property('searchParam');
      },
    ));

  const claims: readonly (readonly [interaction: InteractionCode, type: string | undefined, claimed: boolean])[] = [
    ['read', 'Patient', true],
    ['patch', 'Patient', true],
    ['search-system', 'Patient', false],
    ['read', 'Nothing', false],
    ['transaction', undefined, true],
    ['capabilities', undefined, true],
    ['operation', undefined, true],
    ['operation', 'Patient', true],
    ['read', undefined, false],
  ];
  for (const [interaction, type, claimed] of claims) {
    it(`${claimed ? 'claim' : 'do not claim'} ${interaction} ${type === undefined ? 'of the system' : `of ${type}`}`, () => {
      expect(openCapabilities(definitions, wiring, settings).claims(interaction, type)).to.equal(claimed);
    });
  }

  const without = (code: InteractionCode): Wiring => ({
    ...wiring,
    interactions: wiring.interactions.filter((interaction) => interaction.code !== code),
  });
  const unheard = { code: 'validate', levels: ['type'], definition: 'http://example.org/none' } as const;
  const mismatches: readonly (readonly [fault: string, wired: Wiring, message: RegExp])[] = [
    ['claims an interaction that is not wired', without('vread'), /claims the interaction vread, but it is not wired/],
    ['claims a system interaction that is not wired', without('batch'), /claims the interaction batch, but it is not wired/],
    [
      'claims an operation that is not wired',
      { ...wiring, operations: operations.filter(({ code }) => code !== 'everything') },
      /claims the operation \$everything, but it is not wired/,
    ],
    [
      'leaves a wired operation out',
      { ...wiring, operations: [...operations, { ...unheard, code: 'unheard' }] },
      /operation \$unheard is wired, but/,
    ],
    [
      'has an operation without definition',
      { ...wiring, operations: [...operations, unheard] },
      /\$validate names the OperationDefinition http:\/\/example\.org\/none/,
    ],
  ];
  for (const [fault, wired, message] of mismatches) {
    it(`stop the start when the file ${fault}`, () =>
      expect(() => openCapabilities(definitions, wired, settings)).to.throw(message));
  }

  const faults: readonly (readonly [fault: string, change: Parameters<typeof withRules>[0], message: RegExp])[] = [
    [
      'an unknown type',
      ({ types }) => Object.assign(types, { Paziente: { interactions: [] } }),
      /rules\.types: Paziente is no resource type/,
    ],
    [
      'an unknown interaction',
      ({ types }) => Object.assign(types, { '*': { interactions: ['reed'] } }),
      /"reed" is none of read, vread/,
    ],
    [
      'a wired interaction that it leaves out',
      ({ types }) => Object.assign(types, { '*': { interactions: typeCodes.filter((code) => code !== 'patch') } }),
      /interaction patch is wired, but/,
    ],
    ['a type interaction at system level', ({ system }) => system.push('read'), /rules\.system: "read" is none of/],
    [
      'an operation that is no text',
      (rules) => Object.assign(rules, { operations: [1] }),
      /rules\.operations\[0\] must be a text/,
    ],
    ['no types', (rules) => Object.assign(rules, { types: [] }), /rules\.types must be an object/],
  ];
  for (const [fault, change, message] of faults) {
    it(`stop the start for ${fault}`, () =>
      withRules(change, (file) => expect(() => openCapabilities(definitions, wiring, { ...settings, file })).to.throw(message)));
  }
});
