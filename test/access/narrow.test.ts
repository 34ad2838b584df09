import { expect } from 'chai';
import { type AccessContext, everyone, nobody, type Permission } from '../../src/access/access-context.ts';
import { authorize } from '../../src/access/authorize.ts';
import { authorizeWrite, mayCreateUnderId } from '../../src/access/authorize-write.ts';
import { grantedTypes } from '../../src/access/grants.ts';
import { border, narrow } from '../../src/access/narrow.ts';
import { openPatientReach } from '../../src/access/patient-reach.ts';
import { parseScopes } from '../../src/access/smart-scopes.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import { patientAccess } from '../../src/definitions/patient-access.ts';
import { FhirError } from '../../src/fhir/outcome.ts';
import { all, type Criterion } from '../../src/search/criterion.ts';

const definitions = openDefinitions();
const patientReach = openPatientReach(patientAccess(definitions));
const own: Criterion = { kind: 'compartment', member: 'Patient/A' };

/** A token for patient A. */
function holding(scope: string): AccessContext {
  const scopes = parseScopes(scope, definitions.isResourceType) ?? [];
  return { ...nobody, scopes, patient: 'A', patientReach, fhirUser: 'Practitioner/1' };
}

function refusalOf(body: () => unknown): FhirError | undefined {
  try {
    body();
    return undefined;
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
}

describe('access/narrow.ts: what a token sees of a type', () => {
  const rows: readonly (readonly [scope: string, type: string, permission: Permission, seen: Criterion | 403])[] = [
    ['system/*.rs', 'Observation', 'r', all],
    ['user/Observation.rs', 'Observation', 's', all],
    ['user/Observation.rs', 'Patient', 'r', 403],
    ['user/Observation.r', 'Observation', 's', 403],
    ['user/Observation.s', 'Observation', 'r', 403],
    ['patient/*.rs', 'Observation', 'r', own],
    ['patient/*.rs', 'Patient', 'r', own],
    ['patient/*.cruds', 'Patient', 'u', 403],
    ['patient/*.cruds', 'Patient', 'c', 403],
    ['patient/*.cruds', 'Patient', 'd', 403],
    ['patient/*.rs', 'Organization', 's', all],
    ['patient/*.cruds', 'Organization', 'u', 403],
    ['patient/*.cruds', 'ValueSet', 'c', 403],
    ['patient/*.cruds', 'Observation', 'u', own],
    ['patient/*.rs', 'Device', 'r', { kind: 'or', of: [own, { kind: 'compartment', member: 'nobody' }] }],
    ['patient/*.cruds', 'Device', 'u', 403],
    ['patient/*.rs', 'Subscription', 's', 403],
    ['patient/*.rs', 'Group', 'r', 403],
    ['patient/*.cruds', 'Binary', 's', 403],
    ['patient/Observation.rs', 'Binary', 'r', 403],
    // A token with both: the union of what each gives alone, never the wider side of two.
    ['patient/Observation.rs user/Observation.r', 'Observation', 'r', all],
    ['patient/Observation.rs user/Observation.r', 'Observation', 's', own],
    ['patient/*.rs user/Immunization.rs', 'Observation', 's', own],
  ];
  for (const [scope, type, permission, seen] of rows) {
    it(`${scope}: ${type} for ${permission} is ${seen === 403 ? 'refused' : seen.kind}`, () => {
      if (seen === 403) expect(refusalOf(() => border(holding(scope), type, permission))).to.have.property('status', 403);
      else expect(border(holding(scope), type, permission)).to.deep.equal(seen);
    });
  }

  describe('a Binary', () => {
    const contexts = (...types: readonly string[]): Criterion => ({
      kind: 'chain',
      parameter: '_access-context',
      types,
      target: own,
    });
    const link = (type: string): Criterion => ({ kind: 'reverse-chain', type, parameter: '_access-link', source: own });

    it('is read through its context or a document that links to it, of the types that the token may read', () => {
      const scope = 'patient/Binary.r patient/DocumentReference.rs patient/Media.s patient/Organization.r';
      expect(border(holding(scope), 'Binary', 'r')).to.deep.equal({
        kind: 'or',
        of: [own, contexts('DocumentReference'), link('DocumentReference')],
      });
    });

    it('is not opened by what another scope reads', () => {
      const scope = 'patient/Binary.r user/DocumentReference.rs';
      expect(border(holding(scope), 'Binary', 'r')).to.deep.equal({ kind: 'or', of: [own, contexts()] });
      expect(border(holding('patient/Binary.r user/Binary.r'), 'Binary', 'r')).to.equal(all);
    });

    it('is changed through its context alone', () => {
      const scope = 'patient/Binary.cud patient/DocumentReference.cruds';
      for (const permission of ['c', 'u', 'd'] as const)
        expect(border(holding(scope), 'Binary', permission)).to.deep.equal({
          kind: 'or',
          of: [own, contexts('DocumentReference')],
        });
    });

    it('is never opened by a shared resource, nor by a patient other than the own', () => {
      const criterion = JSON.stringify(border(holding('patient/*.r'), 'Binary', 'r'));
      for (const type of ['Organization', 'Practitioner', 'Patient', 'ValueSet']) expect(criterion).not.to.include(`"${type}"`);
    });
  });

  it('a patient/ scope gives nothing when the context lacks the patient', () => {
    const { patient: _, ...lacking } = holding('patient/*.rs');
    expect(refusalOf(() => border(lacking, 'Observation', 'r'))).to.have.property('status', 403);
  });

  it('AUTH=none sees everything, a request without token nothing', () => {
    expect(border(everyone, 'Observation', 'd')).to.equal(all);
    expect(refusalOf(() => border(nobody, 'Observation', 'r'))).to.have.property('status', 403);
  });

  it('keeps the caller out of the types it may not see, over many types', () => {
    const access = holding('patient/Observation.rs patient/Organization.rs');
    const types = grantedTypes(access, definitions.resourceTypes, 's');
    expect(types).to.deep.equal(['Observation', 'Organization']);
    expect(narrow(access, types, 's')).to.deep.equal({
      kind: 'or',
      of: [
        { kind: 'and', of: [{ kind: 'type', types: ['Observation'] }, own] },
        { kind: 'type', types: ['Organization'] },
      ],
    });
    expect(refusalOf(() => narrow(access, definitions.resourceTypes, 's'))).to.have.property('status', 403);
  });

  it('is a conjunction with what the client asks, which can only narrow further', () => {
    const asked: Criterion = { kind: 'or', of: [{ kind: 'id', ids: ['1'] }, all] };
    expect(narrow(holding('patient/*.rs'), ['Observation'], 's', asked)).to.deep.equal({ kind: 'and', of: [asked, own] });
  });

  it('over all types of R4 stays a handful of branches', () => {
    const access = holding('patient/*.rs');
    const criterion = narrow(access, grantedTypes(access, definitions.resourceTypes, 's'), 's');
    expect(criterion.kind === 'or' ? criterion.of : []).to.have.length(3);
  });
});

describe('access/authorize.ts', () => {
  it('asks for every letter', () => {
    const attempt = { interaction: 'update', type: 'Observation', permissions: ['u', 's'] } as const;
    expect(refusalOf(() => authorize(holding('system/*.us'), attempt))).to.equal(undefined);
    expect(refusalOf(() => authorize(holding('system/*.u'), attempt))).to.have.property('status', 403);
  });

  it('takes letters from several scopes', () => {
    const attempt = { interaction: 'update', type: 'Observation', permissions: ['u', 's'] } as const;
    expect(refusalOf(() => authorize(holding('user/Observation.u system/*.s'), attempt))).to.equal(undefined);
  });

  it('lets a Bundle through, whose entries are judged one by one', () => {
    expect(refusalOf(() => authorize(nobody, { interaction: 'transaction', permissions: [] }))).to.equal(undefined);
  });

  it('at system level asks for one type that has the letters', () => {
    const attempt = { interaction: 'search-system', permissions: ['s'] } as const;
    expect(refusalOf(() => authorize(holding('patient/Observation.s'), attempt))).to.equal(undefined);
    expect(refusalOf(() => authorize(holding('patient/Observation.r'), attempt))).to.have.property('status', 403);
  });

  it('says what the token has, what it lacks, and challenges as RFC 6750 has it', () => {
    const attempt = { interaction: 'create', type: 'Immunization', permissions: ['c'] } as const;
    const error = refusalOf(() => authorize(holding('patient/*.rs'), attempt));
    expect(error?.issues[0]?.text).to.equal(
      'This token may read or search but not create Immunization. It needs the scope patient/Immunization.c.',
    );
    expect(error?.headers['WWW-Authenticate']).to.equal(
      'Bearer realm="fhir", error="insufficient_scope", scope="patient/Immunization.c"',
    );
  });

  it('suggests a user/ scope where no patient/ scope could help', () => {
    const attempt = { interaction: 'create', type: 'Organization', permissions: ['c'] } as const;
    expect(refusalOf(() => authorize(holding('patient/*.cruds'), attempt))?.issues[0]?.text).to.equal(
      'This token may read or search but not create Organization. It needs the scope user/Organization.c.',
    );
  });
});

describe('access/authorize-write.ts: what a patient/ token may leave behind', () => {
  const rows: readonly (readonly [what: string, scope: string, type: string, subjects: readonly string[], allowed: boolean])[] = [
    ['the own patient', 'patient/*.cruds', 'Observation', ['Patient/A'], true],
    ['another patient', 'patient/*.cruds', 'Observation', ['Patient/B'], false],
    ['both', 'patient/*.cruds', 'Observation', ['Patient/A', 'Patient/B'], false],
    ['nobody', 'patient/*.cruds', 'Observation', [], false],
    ['a reference without a literal target', 'patient/*.cruds', 'Observation', ['?'], false],
    ['a contained patient', 'patient/*.cruds', 'Observation', ['#p'], false],
    ['a patient elsewhere', 'patient/*.cruds', 'Observation', ['https://other.example/fhir/Patient/A'], false],
    ['a group', 'patient/*.cruds', 'Observation', ['Group/A'], false],
    ['the patient itself', 'patient/*.cruds', 'Patient', ['Patient/A'], false],
    ['a shared type', 'patient/*.cruds', 'Practitioner', [], false],
    [
      'another patient, with a user/ scope for the type',
      'patient/*.cruds user/Observation.c',
      'Observation',
      ['Patient/B'],
      true,
    ],
    [
      'another patient, with a user/ scope for another type',
      'patient/*.cruds user/Condition.c',
      'Observation',
      ['Patient/B'],
      false,
    ],
    [
      'another patient, with a user/ scope for another letter',
      'patient/*.cruds user/Observation.r',
      'Observation',
      ['Patient/B'],
      false,
    ],
    ['nobody, by the system', 'system/*.c', 'Observation', [], true],
  ];
  for (const [what, scope, type, subjects, allowed] of rows) {
    it(`${scope}: a ${type} that names ${what} is ${allowed ? 'stored' : 'refused'}`, () => {
      const refusal = refusalOf(() => authorizeWrite(holding(scope), type, 'c', { subjects }));
      expect(refusal?.status).to.equal(allowed ? undefined : 403);
    });
  }

  const contexts: readonly (readonly [what: string, contexts: readonly string[], allowed: boolean])[] = [
    ['the own patient', ['Patient/A'], true],
    ['something visible', ['DocumentReference/of-A'], true],
    ['something hidden', ['DocumentReference/of-B'], false],
    ['another patient', ['Patient/B'], false],
    ['nothing', [], false],
    ['a reference without a literal target', ['?'], false],
    ['a contained resource', ['#d'], false],
  ];
  for (const [what, named, allowed] of contexts) {
    it(`patient/*.cruds: a Binary whose context is ${what} is ${allowed ? 'stored' : 'refused'}`, () => {
      const indexed = { subjects: [], contexts: named };
      const visible = new Set(['DocumentReference/of-A']);
      const refusal = refusalOf(() => authorizeWrite(holding('patient/*.cruds'), 'Binary', 'c', indexed, visible));
      expect(refusal?.status).to.equal(allowed ? undefined : 403);
    });
  }

  it('never names the other patient in the refusal', () => {
    const refusal = refusalOf(() =>
      authorizeWrite(holding('patient/*.cruds'), 'Observation', 'u', { subjects: ['Patient/B77'] }),
    );
    expect(JSON.stringify(refusal?.issues)).not.to.include('B77');
  });

  it('lets only user/ and system/ scopes create under an id of their choosing', () => {
    expect(mayCreateUnderId(holding('patient/*.cruds'), 'Observation')).to.equal(false);
    expect(mayCreateUnderId(holding('patient/*.cruds user/Observation.u'), 'Observation')).to.equal(true);
    expect(mayCreateUnderId(holding('system/*.u'), 'Observation')).to.equal(true);
  });
});
