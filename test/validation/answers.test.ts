/** What an issue tells besides its sentence: its rule and where that is stated; and which issues are asked for. */
import { expect } from 'chai';
import type { JsonObject, JsonValue } from '../../src/fhir/types.ts';
import type { ValidateOptions, ValidationIssue, Validator } from '../../src/validation/validate.ts';
import { openTestValidator } from '../support/validation.ts';

const core = 'http://hl7.org/fhir/StructureDefinition/';
const fse = 'https://fascicolo.example/fhir/StructureDefinition/';

describe('Answers people can act on', () => {
  let validator: Validator;
  before(() => {
    validator = openTestValidator({ mode: 'fse' });
  });
  const find = (resource: JsonValue, wanted: Partial<ValidationIssue>, options?: ValidateOptions) => {
    const issues = validator.validate(resource, options);
    return issues.find((issue) => Object.entries(wanted).every(([name, value]) => issue[name as keyof typeof issue] === value));
  };
  const patient = (rest: JsonObject): JsonObject => ({ resourceType: 'Patient', ...rest });
  const document: JsonObject = {
    resourceType: 'DocumentReference',
    status: 'current',
    content: [{ attachment: { title: 'x' } }],
  };

  it('base R4 is stated by the definition of the resource', () => {
    expect(find(patient({ gender: 'm' }), { id: 'code-not-allowed' })).to.include({
      source: 'base',
      message: 'code-not-allowed',
      statedBy: `${core}Patient|4.0.1`,
    });
  });

  it('an invariant is stated by the definition that has it, and goes under its key', () => {
    const issue = find(patient({ name: [{ period: { start: '2026', end: '2025' } }] }), { id: 'per-1' });
    expect(issue).to.include({ message: 'invariant', statedBy: `${core}Period|4.0.1` });
  });

  it('a rule of a profile is stated by the profile in its version', () => {
    const issue = find(patient({}), { id: 'element-missing', source: 'profile' });
    expect(issue).to.include({ profile: `${fse}fse-patient` });
    expect(issue?.statedBy).to.match(/\/fse-patient\|\d+\.\d+\.\d+$/);
  });

  it('what will be asked for later goes under the id publish, and names its rule', () => {
    const later = validator.validate(document).filter(({ id }) => id === 'publish');
    expect(later.length).to.be.greaterThan(3);
    expect(later.filter(({ severity, rule }) => severity !== 'warning' || rule === undefined)).to.deep.equal([]);
    expect(later.map(({ rule }) => rule)).to.include('element-missing');
  });

  it('a resource is called by its type wherever it stands, an element by its name', () => {
    const texts = validator.validate(document, { at: 'Bundle.entry[10].resource' }).map(({ text }) => text);
    expect(texts.join('\n')).to.contain('DocumentReference needs `masterIdentifier`');
    expect(texts.filter((text) => text.includes('Bundle.entry'))).to.deep.equal([]);
    const entry = { fullUrl: 'http://a.b/DocumentReference/1', resource: { ...document, id: '1' } };
    const inner = find({ resourceType: 'Bundle', type: 'collection', entry: [entry] }, { rule: 'element-missing' });
    expect(inner?.text).to.match(/^DocumentReference needs/);
    expect(inner?.expression).to.equal('Bundle.entry[0].resource');
  });

  it('recommendations are said unless the caller leaves them out', () => {
    expect(find(patient({}), { id: 'dom-6' })?.severity).to.equal('warning');
    expect(find(patient({}), { id: 'dom-6' }, { recommendations: false })).to.equal(undefined);
  });
});
