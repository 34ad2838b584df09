/** The library behind the compiler: silent, synchronous, offline, and without a mark on the resource. */
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import type { JsonValue, Resource } from '../../src/fhir/types.ts';
import { compileExpression } from '../../src/fhirpath/expression.ts';
import type { Environment } from '../../src/fhirpath/node.ts';

const definitions = openDefinitions();

const patient = freeze({
  resourceType: 'Patient',
  id: 'p',
  name: [{ family: 'Rossi', given: ['Ada', null], _given: [null, { id: 'g' }] }],
  birthDate: '1974-12-25',
  generalPractitioner: [{ reference: 'Practitioner/1' }, { reference: 'Organization/2' }],
}) as Resource;

function evaluate(expression: string, focusType = 'Patient', value: JsonValue = patient, more: Partial<Environment> = {}) {
  const run = compileExpression(expression, focusType, definitions);
  return run([{ type: focusType, value }], { resource: patient, rootResource: patient, ...more });
}

function freeze(value: JsonValue): JsonValue {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}

/** What the console is told while something runs. */
function printed(run: () => unknown): readonly unknown[] {
  const { log, warn, error } = console;
  const lines: unknown[] = [];
  const keep = (...line: unknown[]) => void lines.push(line);
  Object.assign(console, { log: keep, warn: keep, error: keep });
  try {
    run();
  } finally {
    Object.assign(console, { log, warn, error });
  }
  return lines;
}

describe('expressions that the library runs', () => {
  const now = '2026-11-23T23:30:00.000+01:00';
  const cases: readonly (readonly [expression: string, found: readonly unknown[]])[] = [
    ['2.power(3)', [{ type: 'integer', value: 8 }]],
    ['2.0.sqrt().round(2)', [{ type: 'decimal', value: 1.41 }]],
    ['name.coalesce(family)', [{ type: 'string', value: 'Rossi' }]],
    ["'a'.encode('hex')", [{ type: 'string', value: '61' }]],
    ["'1 day'.toQuantity()", [{ type: 'Quantity', value: { value: 1, unit: 'day' } }]],
    [
      'generalPractitioner.where(resolve() is Practitioner and 1.exp() > 2).reference',
      [{ type: 'string', value: 'Practitioner/1' }],
    ],
    ['iif(1.exp() > 2, today(), {})', [{ type: 'date', value: '2026-11-23' }]],
    ['birthDate.lowBoundary() < now()', [{ type: 'boolean', value: true }]],
    ['%resource.id.where(1.exp() > 2)', [{ type: 'string', value: 'p' }]],
  ];
  for (const [expression, found] of cases) {
    it(expression, () => {
      const nodes = evaluate(expression, 'Patient', patient, { now });
      expect(nodes.map(({ type, value }) => ({ type, value }))).to.deep.equal(found);
    });
  }

  it('takes a focus inside a resource by its type', () => {
    const found = evaluate('given.where(1.exp() > 2)', 'HumanName', { family: 'Rossi', given: ['Ada'] });
    expect(found.map(({ value }) => value)).to.deep.equal(['Ada']);
  });

  it('keeps the sibling of a primitive', () => {
    const found = evaluate('name.given.where(1.exp() > 2)');
    expect(found.map(({ value, sibling }) => [value, sibling])).to.deep.equal([
      ['Ada', undefined],
      [undefined, { id: 'g' }],
    ]);
  });

  it('prints nothing: trace() and warnings would show the record', () => {
    const lines = printed(() => {
      evaluate("name.trace('names').family.where(1.exp() > 2)");
      evaluate("trace('patient', name).name.family");
      evaluate('(birthDate + 1.5 days).lowBoundary()');
      evaluate("Patient.name.trace('x').given");
    });
    expect(lines).to.deep.equal([]);
  });

  it('throws an EvaluationError that shows nothing of the content', () => {
    expect(() => evaluate('name.family.power(2)'))
      .to.throw('the fhirpath library cannot evaluate the expression on this content')
      .with.property('name', 'EvaluationError');
  });
});
