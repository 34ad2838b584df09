import { expect } from 'chai';
import { forbidden } from '../../src/fhir/outcome.ts';
import type { Criterion } from '../../src/search/criterion.ts';
import { finds, parse, resource } from './fixture.ts';

const organization = { ...resource('Organization', { name: 'ASL Torino' }), id: 'o1' };
const patient = {
  ...resource('Patient', { name: [{ family: 'Rossi' }], managingOrganization: { reference: 'Organization/o1' } }),
  id: 'p1',
};
const encounter = { ...resource('Encounter', { status: 'finished', subject: { reference: 'Patient/p1' } }), id: 'e1' };
const report = {
  ...resource('DiagnosticReport', {
    status: 'final',
    subject: { reference: 'Patient/p1' },
    encounter: { reference: 'Encounter/e1' },
  }),
  id: 'd1',
};
const provenance = {
  ...resource('Provenance', {
    target: [{ reference: 'DiagnosticReport/d1' }],
    agent: [{ who: { reference: 'Practitioner/x' } }],
  }),
  id: 'v1',
};
const list = { ...resource('List', { entry: [{ item: { reference: 'Patient/p1' } }] }), id: 'l1' };
const all = [organization, patient, encounter, report, provenance, list];

describe('search.html#chaining', () => {
  const rows = [
    ['subject:Patient.name=ross', true, ''],
    ['subject.name=rossi', true, 'without a type: every type that the element allows'],
    ['patient.family=verdi', false, ''],
    ['patient.organization.name=asl', true, 'two links'],
    ['encounter.patient.organization.name=asl', true, 'three links'],
    ['subject:Group.identifier=x', false, ''],
    ['patient.family:exact=Rossi', true, 'a modifier at the end'],
    ['patient.family:missing=true', false, ''],
    ['patient._id=p1', true, ''],
    ['patient.gender:not=male', true, ''],
    ['patient._has:Encounter:patient:status=finished', true, '_has at the end of a chain'],
    ['patient._has:Encounter:patient:status=planned', false, ''],
    ['subject:Patient._list=l1', true, '_list at the end of a chain'],
    ['subject._list=l1', true, ''],
    ['subject._list=l2', false, ''],
  ] as const;
  for (const [query, found, why] of rows) {
    it(`DiagnosticReport?${query} ${found ? 'finds' : 'does not find'} it ${why}`, () =>
      expect(finds(report, query, all)).to.equal(found));
  }

  it('joins the types of an untyped chain that ask the same question', () => {
    const { criterion } = parse('Provenance', 'target.identifier=http://a|1');
    const chains = criterion.kind === 'or' ? criterion.of : [criterion];
    const types = chains.flatMap((chain) => (chain.kind === 'chain' ? chain.types : []));
    expect(types).to.include.members(['Patient', 'Observation']);
    expect(chains.length).to.be.below(10);
  });

  it('puts the border of each type inside its link', () => {
    const border = (type: string): Criterion => ({ kind: 'compartment', member: type });
    expect(parse('DiagnosticReport', 'subject:Patient.active=true', { border }).criterion).to.deep.equal({
      kind: 'chain',
      parameter: 'subject',
      types: ['Patient'],
      target: {
        kind: 'and',
        of: [border('Patient'), { kind: 'has', parameter: 'active', test: { shape: 'token', code: 'true' } }],
      },
    });
  });

  it('leaves closed types out of an untyped chain, and refuses when all are closed', () => {
    const only =
      (open: readonly string[]) =>
      (type: string): Criterion => {
        if (open.includes(type)) return { kind: 'all' };
        throw forbidden(`${type} is closed`);
      };
    const { criterion } = parse('DiagnosticReport', 'subject.identifier=1', { border: only(['Patient']) });
    expect(criterion).to.deep.include({ kind: 'chain', types: ['Patient'] });
    expect(() => parse('DiagnosticReport', 'subject.identifier=1', { border: only([]) })).to.throw(/is closed/);
  });
});

describe('search.html#has', () => {
  const rows = [
    ['_has:Encounter:patient:status=finished', true],
    ['_has:Encounter:patient:status=planned,finished', true],
    ['_has:Encounter:patient:status=planned', false],
    ['_has:Encounter:patient:_id=e1', true],
    ['_has:DiagnosticReport:patient:encounter.status=finished', true],
    ['_has:DiagnosticReport:subject:_has:Provenance:target:agent=Practitioner/x', true],
    ['_has:DiagnosticReport:subject:_has:Provenance:target:agent=Practitioner/y', false],
    ['_has:Encounter:patient:status=finished&_has:DiagnosticReport:patient:status=final', true],
  ] as const;
  for (const [query, found] of rows) {
    it(`Patient?${query} ${found ? 'finds' : 'does not find'} it`, () => expect(finds(patient, query, all)).to.equal(found));
  }

  it('puts the border of the referring type inside', () => {
    const border = (type: string): Criterion => ({ kind: 'compartment', member: type });
    expect(parse('Patient', '_has:Encounter:patient:_id=e1', { border }).criterion).to.deep.equal({
      kind: 'reverse-chain',
      type: 'Encounter',
      parameter: 'patient',
      source: { kind: 'and', of: [border('Encounter'), { kind: 'id', ids: ['e1'] }] },
    });
  });
});
