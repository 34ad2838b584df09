/** https://hl7.org/fhir/R4/operationoutcome.html: issues as they are sent. */
import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { type Issue, operationOutcome } from '../../src/fhir/outcome.ts';

const issue: Issue = { severity: 'warning', code: 'required', text: 'A sentence.' };
const base = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-';
const system = 'https://fascicolo.example/fhir/CodeSystem/message';

describe('operationoutcome.html', () => {
  it('an issue of which nothing more is known has severity, code and text', () => {
    expect(operationOutcome([issue])).to.deep.equal({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'warning', code: 'required', details: { text: 'A sentence.' } }],
    });
  });

  it('names the layer first, then the rule; message, source, line and column stand in HL7’s extensions', () => {
    const full: Issue = {
      ...issue,
      id: 'publish',
      rule: 'fse-doc-2',
      message: 'invariant',
      statedBy: 'http://a.b/p|1.0',
      line: 3,
      column: 14,
      expression: 'Patient.name',
    };
    expect(operationOutcome([full])['issue']).to.deep.equal([
      {
        extension: [
          { url: `${base}message-id`, valueString: 'invariant' },
          { url: `${base}issue-source`, valueString: 'http://a.b/p|1.0' },
          { url: `${base}issue-line`, valueInteger: 3 },
          { url: `${base}issue-col`, valueInteger: 14 },
        ],
        severity: 'warning',
        code: 'required',
        details: {
          coding: [
            { system, code: 'publish' },
            { system, code: 'fse-doc-2' },
          ],
          text: 'A sentence.',
        },
        expression: ['Patient.name'],
      },
    ]);
  });

  it('the message is the id where the id has a sentence of its own', () => {
    const [shown] = operationOutcome([{ ...issue, id: 'uuid-form' }])['issue'] as { readonly extension: unknown }[];
    expect(shown?.extension).to.deep.equal([{ url: `${base}message-id`, valueString: 'uuid-form' }]);
  });

  it('tells how many issues are not shown', () => {
    const shown = operationOutcome(Array.from({ length: limits.issuesMax + 3 }, () => issue))['issue'];
    expect(shown).to.have.length(limits.issuesMax + 1);
    expect(JSON.stringify(shown)).to.contain('3 more issues are not shown.');
  });
});
