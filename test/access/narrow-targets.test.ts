import { expect } from 'chai';
import { type AccessContext, everyone, nobody } from '../../src/access/access-context.ts';
import { narrowTargets, narrowVisible, type Written } from '../../src/access/narrow.ts';
import { openPatientReach } from '../../src/access/patient-reach.ts';
import { parseScopes } from '../../src/access/smart-scopes.ts';
import { patientAccess } from '../../src/definitions/patient-access.ts';
import { all, type Criterion, none } from '../../src/search/criterion.ts';
import { sharedDefinitions } from '../support/server.ts';

const definitions = sharedDefinitions();
const patientReach = openPatientReach(patientAccess(definitions));
const own: Criterion = { kind: 'compartment', member: 'Patient/A' };
const creation: Written = { type: 'Observation', permission: 'c' };

function holding(scope: string): AccessContext {
  const scopes = parseScopes(scope, definitions.isResourceType) ?? [];
  return { ...nobody, scopes, patient: 'A', patientReach, fhirUser: 'Practitioner/1' };
}

describe('access/narrow.ts: what a write may refer to', () => {
  const rows: readonly (readonly [scope: string, target: string, seen: Criterion])[] = [
    ['system/Observation.c', 'Patient', all],
    ['user/Observation.c', 'Group', all],
    ['patient/Observation.c', 'Patient', own],
    ['patient/Observation.c', 'Encounter', own],
    ['patient/Observation.c', 'Practitioner', all],
    ['patient/Observation.c', 'Group', none],
    ['patient/Observation.c user/Group.r', 'Group', all],
    ['patient/Observation.c user/Encounter.s', 'Encounter', all],
    // The scope for the write decides, not one for another letter of the same type.
    ['patient/Observation.c user/Observation.u', 'Group', none],
  ];
  for (const [scope, target, seen] of rows) {
    it(`${scope} writing an Observation: of ${target} ${JSON.stringify(seen)}`, () => {
      expect(narrowTargets(holding(scope), creation, [target])).to.deep.equal(seen);
    });
  }

  it('AUTH=none may refer to anything', () => {
    expect(narrowTargets(everyone, creation, ['Patient', 'Group'])).to.deep.equal(all);
  });

  it('several types have a branch for each border', () => {
    const types = ['Patient', 'Encounter', 'Practitioner', 'Group'];
    expect(narrowTargets(holding('patient/Observation.c'), creation, types)).to.deep.equal({
      kind: 'or',
      of: [
        { kind: 'and', of: [{ kind: 'type', types: ['Patient', 'Encounter'] }, own] },
        { kind: 'type', types: ['Practitioner'] },
      ],
    });
  });
});

describe('access/narrow.ts: what a link may lead to', () => {
  const rows: readonly (readonly [scope: string, target: string, seen: Criterion])[] = [
    ['system/*.rs', 'Group', all],
    ['user/Group.s', 'Group', all],
    ['user/Group.cud', 'Group', none],
    ['patient/*.r', 'Encounter', own],
    ['patient/*.s', 'Encounter', own],
    // What may be read decides where both letters are there.
    ['patient/Encounter.r user/Encounter.s', 'Encounter', own],
    ['patient/Observation.rs', 'Encounter', none],
    ['patient/*.rs', 'Practitioner', all],
  ];
  for (const [scope, target, seen] of rows) {
    it(`${scope}: of ${target} ${JSON.stringify(seen)}`, () => {
      expect(narrowVisible(holding(scope), [target])).to.deep.equal(seen);
    });
  }

  it('several types have a branch for each border; one that no scope opens has nothing', () => {
    expect(narrowVisible(holding('patient/Encounter.r user/Group.s'), ['Encounter', 'Group', 'Patient'])).to.deep.equal({
      kind: 'or',
      of: [
        { kind: 'and', of: [{ kind: 'type', types: ['Encounter'] }, own] },
        { kind: 'type', types: ['Group'] },
      ],
    });
  });
});
