/** What is refused when compiling, and how much an expression may cost when it runs: profiles bring expressions, so they are input. */
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { limits } from '../../src/fhir/limits.ts';
import type { Resource } from '../../src/fhir/types.ts';
import { compileExpression, compileInvariant } from '../../src/fhirpath/expression.ts';
import { processorMs } from '../support/processor-time.ts';

const definitions = openDefinitions();

describe('compileExpression refuses, naming the expression', () => {
  const cases: readonly (readonly [expression: string, reason: string])[] = [
    ['name.', 'expected a name at position 6, found the end'],
    ['name and', 'expected a value at position 9, found the end'],
    ['(name', 'expected ")" at position 6, found the end'],
    ["name = 'x", 'unexpected character "\'" at position 8'],
    ["name.family = '\\q'", '\\q is no escape'],
    ['name # 1', 'unexpected character "#" at position 6'],
    ['name /* open', 'expected a value at position 7, found "*"'],
    ['nmae.family', 'Patient has no element nmae'],
    ['name.famly', 'HumanName has no element famly'],
    ['contact.name.nothing', 'HumanName has no element nothing'],
    ['deceased.unit', 'boolean or dateTime has no element unit'],
    ['name.where(city.exists())', 'HumanName has no element city'],
    ['name is Humanname', 'is needs the name of a type, not Humanname'],
    ["name.ofType('x')", 'ofType needs the name of a type, not an expression'],
    ['name.frobnicate()', 'frobnicate() is not known'],
    ['name.count(1)', 'count() has the wrong number of arguments'],
    ['%missing', '%missing is not known'],
    ["name.family.matches('a(?=b)')", 'a lookaround or an inline flag, which is not supported'],
    ["name.family.matches('(a')", 'a ( without its )'],
    ["name.family.replaceMatches('(a+)+$', '')", 'has too many ways to match for a replacement'],
    ["name.family.replaceMatches('(a|aa){30}', '')", 'has too many ways to match for a replacement'],
    ['repeat(name).count().ln()', 'repeat() cannot be used together with ln()'],
    ["id.memberOf('http://example.org') and 2.exp() > 1", 'memberOf() cannot be used together with exp()'],
    [`${'('.repeat(200)}1${')'.repeat(200)}`, 'nested deeper than 100 levels'],
    [`1${' + 1'.repeat(1_500)}`, 'more than 1000 operations in a row'],
    [`id${'.id'.repeat(1_500)}`, 'more than 1000 steps in a row'],
    [`'${'x'.repeat(20_000)}'`, 'longer than 16384 characters'],
    [Array.from({ length: 5_000 }, () => '-').join(''), 'more than 4000 tokens'],
  ];
  for (const [expression, reason] of cases) {
    it(`${expression.slice(0, 60)}: ${reason}`, () => {
      const compile = () => compileExpression(expression, 'Patient', definitions);
      expect(compile).to.throw(reason);
      expect(compile).to.throw(`The FHIRPath expression ${JSON.stringify(expression)} cannot be compiled`);
    });
  }

  it('compileInvariant takes an unknown element as empty: R4 has such (ras-1 on a decimal)', () => {
    expect(() => compileInvariant('nmae.exists()', 'Patient', definitions)).not.to.throw();
  });
});

const bundle: Resource = {
  resourceType: 'Bundle',
  entry: Array.from({ length: 3_000 }, (_, index) => ({ resource: { resourceType: 'Basic', id: `b${index}` } })),
};

describe(`an expression that would visit more than ${limits.expressionStepsMax} elements is not evaluated to its end`, () => {
  const cases: readonly (readonly [invariant: string, what: string])[] = [
    ['repeat($this + 1).exists()', 'a number that grows'],
    ["'x'.repeat($this & $this).exists()", 'a text that doubles'],
    ['entry.select(%resource.entry.where(resource.id = %resource.entry.last().resource.id)).exists()', 'a loop in a loop'],
    ['descendants().select(%resource.descendants()).exists()', 'descendants of descendants'],
    ['entry.where(%resource.entry.resource.id ~ %resource.entry.resource.id).exists()', 'everything compared with everything'],
    [`entry.aggregate($total & '${'x'.repeat(9_000)}', '').length() > 0`, 'a text that is built'],
    [`'${'aaaaaaaaaa'.repeat(900)}'.replace('', '${'b'.repeat(7_000)}').exists()`, 'a text that is multiplied'],
  ];
  for (const [invariant, what] of cases) {
    it(what, () => {
      const holds = compileInvariant(invariant, 'Bundle', definitions);
      const start = processorMs();
      const verdict = holds({ type: 'Bundle', value: bundle }, { resource: bundle, rootResource: bundle });
      expect(verdict).to.equal(undefined);
      expect(processorMs() - start).to.be.below(5_000);
    });
  }

  it('digits do not double for ever: the largest number has a hundred', () => {
    const holds = compileInvariant('2.repeat($this * $this).count() < 10', 'Bundle', definitions);
    expect(holds({ type: 'Bundle', value: bundle }, { resource: bundle, rootResource: bundle })).to.equal(true);
  });

  it('an honest one on a large Bundle is', () => {
    const holds = compileInvariant('entry.select(fullUrl & resource.id).isDistinct()', 'Bundle', definitions);
    expect(holds({ type: 'Bundle', value: bundle }, { resource: bundle, rootResource: bundle })).to.equal(true);
  });

  it('the longest chain that is compiled also runs', () => {
    const text = `true${' and true'.repeat(1_000)}`;
    const holds = compileInvariant(text, 'Patient', definitions);
    const patient = { resourceType: 'Patient' };
    expect(holds({ type: 'Patient', value: patient }, { resource: patient, rootResource: patient })).to.equal(true);
  });
});
