/** Italian identifiers: forms and check digits, of synthetic people and published specimens. */
import { expect } from 'chai';
import { checkAic, checkCodiceFiscale, checkLuhn11 } from '../../src/validation/identifier-checks.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { openTestValidator, saidOf } from '../support/validation.ts';

const rows: readonly (readonly [check: (value: string) => string | undefined, value: string, fault: string | undefined])[] = [
  [checkCodiceFiscale, 'RSSMRA80A01H501U', undefined],
  [checkCodiceFiscale, 'RSSMRA80A01H50MM', undefined], // One digit replaced (omocodia).
  [checkCodiceFiscale, 'RSSMRAULALMHRLMD', undefined], // All seven.
  [checkCodiceFiscale, 'RSSMRA80A01H501A', 'identifier-codice-fiscale-check'],
  [checkCodiceFiscale, 'PROVAX00X00X000Y', 'identifier-codice-fiscale-form'],
  [checkCodiceFiscale, 'rssmra80a01h501u', 'identifier-codice-fiscale-form'],
  [checkCodiceFiscale, 'RSSMRA80A35H501I', 'identifier-codice-fiscale-check'],
  [checkCodiceFiscale, '80012000826', undefined],
  [checkCodiceFiscale, '12345678910', 'identifier-codice-fiscale-check'],
  [checkCodiceFiscale, 'STP0000000000001', undefined],
  [checkCodiceFiscale, '', 'identifier-codice-fiscale-form'],
  [checkLuhn11, '04735061006', undefined],
  [checkLuhn11, '02429560236', 'identifier-luhn-check'],
  [checkLuhn11, '1', 'identifier-luhn-form'],
  [checkAic, '035606033', undefined],
  [checkAic, '045018064', undefined],
  [checkAic, '035606034', 'identifier-aic-check'],
  [checkAic, 'A35606033', 'identifier-aic-form'],
];

describe('Italian identifiers', () => {
  for (const [check, value, fault] of rows) {
    it(`${check.name} of "${value}": ${fault ?? 'no fault'}`, () => {
      expect(check(value)).to.equal(fault);
    });
  }

  describe('in resources', () => {
    let validator: Validator;
    before(() => {
      validator = openTestValidator({ mode: 'fse' });
    });
    const identified = (system: string, value: string) => ({
      resourceType: 'Patient',
      identifier: [{ system, value }],
      name: [{ family: 'Prova' }],
      birthDate: '1980-01-01',
    });

    it('a wrong check character is a warning at the value, which is not repeated', () => {
      const resource = identified('urn:oid:2.16.840.1.113883.2.9.4.3.2', 'RSSMRA80A01H501A');
      expect(saidOf(validator, resource)).to.deep.equal(['warning identifier-codice-fiscale-check Patient.identifier[0].value']);
      expect(
        validator
          .validate(resource)
          .map(({ text }) => text)
          .join(),
      ).to.not.contain('RSSMRA');
    });

    it('a right one is not spoken of', () => {
      expect(saidOf(validator, identified('http://hl7.it/sid/codiceFiscale', 'RSSMRA80A01H501U'))).to.deep.equal([]);
    });

    it('codes have forms too', () => {
      const code = {
        coding: [
          { system: 'urn:oid:2.16.840.1.113883.2.9.6.1.5', code: '035606034' },
          { system: 'http://www.whocc.no/atc', code: 'J7' },
        ],
      };
      expect(saidOf(validator, { resourceType: 'Medication', code })).to.deep.equal([
        'warning identifier-aic-check Medication.code.coding[0].code',
        'warning identifier-pattern Medication.code.coding[1].code',
      ]);
    });

    it('in mode base nothing is said of them', () => {
      expect(saidOf(openTestValidator(), identified('urn:oid:2.16.840.1.113883.2.9.4.3.2', 'RSSMRA80A01H501A'))).to.deep.equal(
        [],
      );
    });
  });
});
