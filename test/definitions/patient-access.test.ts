import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { type PatientAccessRule, patientAccess } from '../../src/definitions/patient-access.ts';
import { withFolder } from '../support/temporary-folder.ts';

const definitions = openDefinitions();
const access = patientAccess(definitions);

interface RuleFile {
  groups: { reach: string; parameters?: string[]; write: boolean | string; types: string[] }[];
}

const ruleFile = (): RuleFile =>
  JSON.parse(
    readFileSync(fileURLToPath(import.meta.resolve('#conformance/compartments/patient-access.json')), 'utf8'),
  ) as RuleFile;

function typesWith(matches: (rule: PatientAccessRule) => boolean): readonly string[] {
  return definitions.resourceTypes.filter((type) => matches(access.rule(type)));
}

describe('what a patient/ scope reaches', () => {
  it('is said of every type of R4 exactly once', () => {
    const listed = ruleFile().groups.flatMap(({ types }) => types);
    expect([...listed].sort()).to.deep.equal(definitions.resourceTypes);
  });

  it('of R4’s patient compartment is every type but Group, by subject parameters of the compartment alone', () => {
    const members = definitions.resourceTypes.filter((type) => definitions.compartment('Patient', type) !== undefined);
    const reached = typesWith(({ reach }) => reach === 'subject' || reach === 'self');
    expect(members.filter((type) => !reached.includes(type))).to.deep.equal(['Group']);
    expect(reached.filter((type) => !members.includes(type))).to.deep.equal(['Contract', 'GuidanceResponse', 'Task']);
    for (const type of members) {
      const allowed = definitions.compartment('Patient', type) ?? [];
      expect(allowed, type).to.include.members([...access.rule(type).parameters]);
    }
  });

  it('never rests on who performs, asserts, writes, receives or pays', () => {
    const parameters = new Set(definitions.resourceTypes.flatMap((type) => access.rule(type).parameters));
    expect([...parameters].sort()).to.deep.equal(['actor', 'beneficiary', 'individual', 'patient', 'subject']);
    expect(typesWith((rule) => rule.parameters.includes('actor'))).to.deep.equal([
      'Appointment',
      'AppointmentResponse',
      'Schedule',
    ]);
  });

  const cases: readonly (readonly [type: string, rule: Partial<PatientAccessRule>])[] = [
    ['Patient', { reach: 'self', write: false }],
    ['Observation', { reach: 'subject', write: true }],
    ['Coverage', { reach: 'subject', write: true }],
    ['Organization', { reach: 'shared', write: false }],
    ['StructureDefinition', { reach: 'shared', write: false }],
    ['Device', { reach: 'subject-or-none', write: false }],
    ['AuditEvent', { reach: 'subject', write: false }],
    ['Provenance', { reach: 'subject', write: false }],
    ['Task', { reach: 'subject', write: false }],
    ['Binary', { reach: 'linked', context: 'Binary.securityContext', write: true }],
    ['Bundle', { reach: 'none', write: false }],
    ['Group', { reach: 'none', write: false }],
    ['Subscription', { reach: 'none', write: false }],
    ['constructor', { reach: 'none', write: false }],
  ];
  for (const [type, rule] of cases) {
    it(`${type}: ${JSON.stringify(rule)}`, () => expect(access.rule(type)).to.include(rule));
  }

  it('may be written only where there is a subject in the compartment, or a context that says whose it is', () => {
    const written = typesWith(({ write }) => write);
    expect(written).to.include('Binary');
    for (const type of written.filter((name) => name !== 'Binary')) {
      expect(access.rule(type).reach, type).to.equal('subject');
      expect(definitions.compartment('Patient', type), type).not.to.equal(undefined);
    }
  });

  it('a Binary is opened by documents about the patient alone', () => {
    expect(access.linkedTypes).to.deep.equal(['Binary']);
    const sources = Object.keys(access.rule('Binary').links);
    expect(sources).to.deep.equal(['Consent', 'DiagnosticReport', 'DocumentReference', 'Media']);
    expect(access.subjectTypes).to.include.members(sources);
    expect(access.subjectTypes).not.to.include.members(['Patient', 'Organization', 'Binary']);
  });

  it('lets an appointment name others beside its patient', () => {
    expect(access.rule('Appointment').besides).to.include('Practitioner').and.not.to.include('Patient');
  });
});

describe('a patient-access.json that is wrong', () => {
  const cases: readonly (readonly [fault: string, change: (file: RuleFile) => unknown, message: RegExp])[] = [
    ['leaves a type out', ({ groups }) => groups[0]?.types.pop(), /has no rule for Patient/],
    ['lists a type twice', ({ groups }) => groups[1]?.types.push('Patient'), /Patient stands in two groups/],
    ['lists an unknown type', ({ groups }) => groups[1]?.types.push('Paziente'), /Paziente is no resource type/],
    [
      'names an unknown parameter',
      ({ groups }) => groups[1]?.parameters?.push('subjects'),
      /no reference search parameter "subjects"/,
    ],
    [
      'names a parameter that is no reference',
      ({ groups }) => groups[1]?.parameters?.push('_id'),
      /no reference search parameter "_id"/,
    ],
    ['has an unknown reach', ({ groups }) => Object.assign(groups[0] ?? {}, { reach: 'all' }), /"reach" must be one of/],
    [
      'has a subject without parameters',
      ({ groups }) => Object.assign(groups[1] ?? {}, { parameters: [] }),
      /"parameters" belong to/,
    ],
    [
      'lets shared types be written',
      ({ groups }) => groups.map((group) => Object.assign(group, { write: true })),
      /only types with a subject or a context may be written/,
    ],
    [
      'gives a context to what stands for itself',
      ({ groups }) => Object.assign(groups[1] ?? {}, { context: 'subject' }),
      /"context" belongs to the reach linked/,
    ],
    [
      'gives links to what stands for itself',
      ({ groups }) => Object.assign(groups[1] ?? {}, { links: { Media: 'Media.content.url' } }),
      /"links" belong to the reach linked/,
    ],
    [
      'opens a Binary by what is about nobody',
      ({ groups }) =>
        groups.filter(({ reach }) => reach === 'linked').map((group) => Object.assign(group, { links: { Organization: 'id' } })),
      /Binary is linked to by Organization, which is not reached by its subject/,
    ],
    ['has no groups', (file) => Object.assign(file, { groups: {} }), /must hold an object with a list "groups"/],
  ];
  for (const [fault, change, message] of cases) {
    it(`stops the start when it ${fault}, and says where`, () =>
      withFolder(async (folder) => {
        const file = ruleFile();
        change(file);
        const path = join(folder, 'patient-access.json');
        writeFileSync(path, JSON.stringify(file));
        expect(() => patientAccess(definitions, path))
          .to.throw(message)
          .with.property('message')
          .that.includes(path);
      }));
  }
});
