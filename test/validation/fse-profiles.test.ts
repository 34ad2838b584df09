/** The server's own rules: which profiles a type gets unasked, and the three modes of validation. */
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import type { JsonObject } from '../../src/fhir/types.ts';
import { openValidator } from '../../src/validation/validate.ts';
import { saidOf } from '../support/validation.ts';

const patient = (rest: JsonObject): JsonObject => ({ resourceType: 'Patient', ...rest });

describe('The FSE profiles', () => {
  const open = () => openValidator(openDefinitions(), { mode: 'fse', timeZone: 'Europe/Rome' });
  const fse = 'https://fascicolo.example/fhir/StructureDefinition/';

  it('are imposed by type: a Patient needs an identifier', () => {
    const issues = open().validate(patient({ name: [{ text: 'x' }], birthDate: '1980' }));
    expect(issues.filter(({ severity }) => severity === 'error').map(({ id, profile: by }) => [id, by])).to.deep.equal([
      ['element-missing', `${fse}fse-patient`],
    ]);
  });

  it('the stub is the default for a DocumentReference; what the gateway will ask is only said', () => {
    const document = {
      resourceType: 'DocumentReference',
      status: 'current',
      subject: { reference: 'Patient/1' },
      content: [{ attachment: { title: 'x' } }],
    };
    const validator = open();
    const said = validator.validate(document);
    expect(said.filter(({ severity }) => severity === 'error')).to.deep.equal([]);
    expect(said.some(({ id, severity }) => id === 'publish' && severity === 'warning')).to.equal(true);
    const claimed = validator.validate({ ...document, meta: { profile: [`${fse}fse-documentreference`] } });
    expect(claimed.filter(({ severity }) => severity === 'error').length).to.be.greaterThan(3);
  });

  it('a prescription with an NRE is held to the stricter profile', () => {
    const request = {
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'plan',
      medicationCodeableConcept: { text: 'x' },
      subject: { reference: 'Patient/1' },
    };
    const nre = { groupIdentifier: { system: 'urn:oid:2.16.840.1.113883.2.9.4.3.9', value: '030A05714294324' } };
    const errors = (resource: JsonObject) =>
      open()
        .validate(resource)
        .filter(({ severity }) => severity === 'error').length;
    expect(errors(request)).to.equal(0);
    expect(errors({ ...request, ...nre })).to.be.greaterThan(2);
  });

  it('a profile that could not be applied is refused before it is stored', () => {
    const definition = (path: string): JsonObject => ({
      resourceType: 'StructureDefinition',
      url: 'http://test.example/p',
      name: 'P',
      status: 'draft',
      kind: 'resource',
      abstract: false,
      type: 'Patient',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
      derivation: 'constraint',
      differential: { element: [{ id: path, path, min: 1 }] },
    });
    expect(saidOf(open(), definition('Patient.name'))).to.deep.equal([]);
    expect(saidOf(open(), definition('Patient.hat'))).to.deep.equal(['error definition-broken StructureDefinition']);
  });

  it('mode base applies none, mode off looks only at what storing needs', () => {
    const resource = patient({ gender: 'm', id: 'a_b', meta: { versionId: 1 } });
    const baseOnly = openValidator(openDefinitions(), { mode: 'base', timeZone: 'Europe/Rome' });
    expect(saidOf(baseOnly, patient({}))).to.deep.equal([]);
    const off = openValidator(openDefinitions(), { mode: 'off', timeZone: 'Europe/Rome' });
    expect(saidOf(off, resource)).to.deep.equal(['error id-characters Patient.id', 'error text-expected Patient.meta.versionId']);
  });
});
