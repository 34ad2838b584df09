import { expect } from 'chai';
import { openEqualSystems } from '../../src/definitions/equal-systems.ts';
import { withoutOmocodia } from '../../src/fhir/codice-fiscale.ts';
import { codiceFiscaleOid, codiceFiscaleUrl, taxCode, variantOf } from '../support/tax-codes.ts';
import { definitions, entriesOf, finds, itFinds, resource } from './fixture.ts';

const oid = codiceFiscaleOid;
const url = codiceFiscaleUrl;
const code = taxCode(0);
const variant = (...places: readonly number[]) => variantOf(code, ...places);

const patient = (value: string, system = oid) => resource('Patient', { identifier: [{ system, value }] });

describe('systems that have several names', () => {
  const medication = resource('Medication', {
    code: { coding: [{ system: 'urn:oid:2.16.840.1.113883.6.73', code: 'J07BB02' }] },
  });
  itFinds(patient(code), [
    [`identifier=${oid}|${code}`, true],
    [`identifier=${url}|${code}`, true],
    [`identifier=${url}|`, true, 'any code of the system'],
    [`identifier=http://hl7.it/sid/eni|${code}`, false],
  ]);
  itFinds(patient(code, url), [[`identifier=${oid}|${code}`, true]]);
  itFinds(medication, [
    ['code=http://www.whocc.no/atc|J07BB02', true],
    ['code=https://atcddd.fhi.no/atc|j07bb02', true],
    ['code=urn:oid:2.16.840.1.113883.6.73|J07BB02', true],
    ['code=urn:oid:2.16.840.1.113883.2.9.6.1.5|J07BB02', false],
  ]);
  itFinds(resource('Observation', { subject: { identifier: { system: url, value: code } } }), [
    [`subject:identifier=${oid}|${code}`, true],
    [`subject:identifier=${oid}|${variant(14)}`, true, 'a variant'],
  ]);
  itFinds(
    resource('Patient', {
      identifier: [{ type: { coding: [{ system: 'urn:oid:2.16.840.1.113883.6.96', code: 'X' }] }, system: oid, value: code }],
    }),
    [[`identifier:of-type=http://snomed.info/sct|X|${code.toLowerCase()}`, true]],
  );

  it('does not take an NRE of a prescription for that of a document', () => {
    const group = definitions.equalSystems.group('urn:oid:2.16.840.1.113883.2.9.4.3.9');
    expect(group).to.equal(undefined);
  });

  it('refuses a system in two groups', () => {
    expect(() => openEqualSystems([{ systems: ['a', 'b'] }, { systems: ['b', 'c'] }])).to.throw(/b stands in two groups/);
  });
});

describe('a codice fiscale under omocodia', () => {
  it('has one form for all variants', () => {
    for (const places of [[14], [13, 14], [6, 7, 9, 10, 12, 13, 14]]) expect(withoutOmocodia(variant(...places))).to.equal(code);
  });

  it('has no such form when it is mistyped, so that a wrong letter never leads to somebody', () => {
    const wrong = code.slice(0, 15) + (code.endsWith('A') ? 'B' : 'A');
    expect(withoutOmocodia(wrong)).to.equal(undefined);
    expect(withoutOmocodia(variant(14).slice(0, 15) + (variant(14).endsWith('A') ? 'B' : 'A'))).to.equal(undefined);
    expect(finds(patient(code), `identifier=${oid}|${wrong}`)).to.equal(false);
    expect(finds(patient(wrong), `identifier=${oid}|${code}`)).to.equal(false);
    expect(finds(patient(wrong), `identifier=${oid}|${wrong}`)).to.equal(true);
  });

  itFinds(patient(variant(14)), [
    [`identifier=${oid}|${variant(14)}`, true],
    [`identifier=${oid}|${code}`, true, 'the form without omocodia'],
    [`identifier=${url}|${variant(13, 14)}`, true, 'another variant under another name of the system'],
    [`identifier=${code}`, true, 'without a system'],
    [`identifier=${variant(6).toLowerCase()}`, true, 'without a system, in small letters'],
    [`identifier=|${code}`, false, '"any identifier that has no system"'],
    [`identifier=http://other.example|${code}`, false],
  ]);
  itFinds(patient(code), [
    [`identifier=${oid}|${variant(14)}`, true],
    [`identifier=${variant(9, 14)}`, true],
  ]);
  itFinds(patient(variant(14), 'http://other.example'), [
    [`identifier=http://other.example|${code}`, false, 'another system knows nothing of omocodia'],
    [`identifier=${code}`, false],
    [`identifier=${variant(14)}`, true],
  ]);

  it('is asked exactly where a write must not take one person for another', () => {
    const exact = { exactIdentifiers: true };
    expect(finds(patient(code), `identifier=${oid}|${variant(14)}`, [], exact)).to.equal(false);
    expect(finds(patient(variant(14)), `identifier=${code}`, [], exact)).to.equal(false);
    expect(finds(patient(variant(14)), `identifier=${url}|${variant(14).toLowerCase()}`, [], exact)).to.equal(true);
    expect(finds(patient(variant(14)), `identifier=${variant(14).toLowerCase()}`, [], exact)).to.equal(true);
  });

  it('costs an entry only where letters stand for digits', () => {
    expect(entriesOf(patient(code), 'identifier:omocodia')).to.deep.equal([]);
    expect(entriesOf(patient(variant(14)), 'identifier:omocodia')).to.deep.equal([
      { shape: 'token', parameter: 'identifier:omocodia', element: 0, system: oid, code },
    ]);
  });
});
