/** The compiled expressions against the `fhirpath` library, on a sample of HL7's examples. */
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { newMeter } from '../../src/fhirpath/code.ts';
import { compileExpression, compileInvariant } from '../../src/fhirpath/expression.ts';
import { libraryCode } from '../../src/fhirpath/library.ts';
import type { Collection, Environment, Node } from '../../src/fhirpath/node.ts';
import { constrainedPlaces, type Example, sampleExamples } from './examples.ts';

/** `code expression` of search parameters where the two differ, and why ours is right. */
const searchExceptions: Readonly<Record<string, string>> = {
  _id: 'The library types Resource.id as string, R4’s own slip: the specification says id.',
  'combo-code-value-concept': 'Observation-decimal has 1e-245, whose digits the library cannot print to JSON.',
  'combo-code-value-quantity': 'As combo-code-value-concept.',
  'combo-value-quantity': 'The library takes 1e-22 and 1e-245 for equal, and drops one from the union.',
  'component-value-quantity': 'As combo-value-quantity.',
  'source-uri':
    'ofType(uri) is not ofType(canonical), as HL7’s suite has it (testFHIRPathAsFunction16); the library takes subtypes of primitives.',
  'target-uri': 'As source-uri.',
  'item-subject': 'The library does not have hasExtension(), which R4 uses in this parameter.',
};

/** Keys of invariants. */
const invariantExceptions: Readonly<Record<string, string>> = {
  'ras-1': 'On a probability that is a decimal the library fails by an error of its own (getDecimal is not a function).',
};

describe('the compiled FHIRPath and the fhirpath library', () => {
  const definitions = openDefinitions();
  let examples: readonly Example[];

  before(() => {
    examples = sampleExamples();
    expect(examples.length).to.be.above(400);
  });

  it('find the same values by every search parameter', () => {
    const own = memo((expression: string, type: string) => compileExpression(expression, type, definitions));
    const other = memo(libraryRun);
    let compared = 0;
    const different = new Set<string>();
    for (const { resource } of examples) {
      const type = resource.resourceType;
      const environment = { resource, rootResource: resource };
      const focus = [{ type, value: resource }];
      for (const { code, expression } of definitions.searchParameters(type)) {
        if (expression === undefined) continue;
        compared += 1;
        const [a, b] = [own(expression, type), other(expression, type)].map((run) =>
          attempt(() => show(run(focus, environment))),
        );
        if (a !== b) different.add(code);
      }
    }
    expect(compared).to.be.above(6_000);
    expect([...different].toSorted()).to.deep.equal(Object.keys(searchExceptions).toSorted());
  });

  it('reach the same verdict by every base invariant', () => {
    const own = memo((expression: string, type: string) => compileInvariant(expression, type, definitions));
    const other = memo(libraryRun);
    const keys = new Set<string>();
    const different = new Set<string>();
    for (const { resource } of examples) {
      for (const { constraint, focus, environment } of constrainedPlaces(resource, definitions)) {
        // The narrative's XHTML is checked by the validation itself.
        if (constraint.expression === 'htmlChecks()') continue;
        keys.add(constraint.key);
        const mine = own(constraint.expression, focus.type)(focus, environment);
        const theirs = attempt(() => holds(other(constraint.expression, focus.type)([focus], environment)));
        if (mine !== theirs) different.add(constraint.key);
      }
    }
    expect(keys.size).to.be.above(180);
    expect([...different].toSorted()).to.deep.equal(Object.keys(invariantExceptions).toSorted());
  });
});

function libraryRun(expression: string, type: string): (focus: Collection, environment: Environment) => Collection {
  const code = libraryCode(expression, type);
  return (focus, environment) => code.run(focus, { environment, context: focus, index: 0, total: [], meter: newMeter() });
}

function holds(found: Collection): boolean {
  return found.length > 1 || (found.length === 1 && found[0]?.value !== false);
}

function show(found: Collection): string {
  return JSON.stringify(found.map(({ type, value, sibling }: Node) => [plainType(type), value, sibling]));
}

function plainType(type: string): string {
  return type.startsWith('System.') ? type.charAt(7).toLowerCase() + type.slice(8) : type;
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

function memo<T>(make: (expression: string, type: string) => T): (expression: string, type: string) => T {
  const known = new Map<string, T>();
  return (expression, type) => {
    const key = `${type} ${expression}`;
    const value = known.get(key) ?? make(expression, type);
    known.set(key, value);
    return value;
  };
}
