/** What is compiled: everything that R4 itself uses. And the library is not even loaded for it. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Constraint, Definitions, ElementDefinition } from '../../src/definitions/definitions.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import { compileSyntax, functionNames } from '../../src/fhirpath/compile.ts';
import { isLibraryFunction } from '../../src/fhirpath/library.ts';
import { parseExpression } from '../../src/fhirpath/parse.ts';

/** Left to the library, or unable to be strict: expression and reason. */
const notCompiled: Readonly<Record<string, string>> = {
  'htmlChecks()': 'txt-1: the validation checks XHTML itself.',
};

const definitions = openDefinitions();

function isCompiled(expression: string, type: string, strict: boolean): boolean {
  const syntax = parseExpression(expression);
  if (functionNames(syntax).some(isLibraryFunction)) return false;
  compileSyntax(syntax, { type, definitions, strict });
  return true;
}

describe('the compiled subset of FHIRPath', () => {
  it('covers every search parameter of every type, each path of it sure to exist', () => {
    const parameters = definitions.resourceTypes.flatMap((type) =>
      definitions.searchParameters(type).map(({ code, expression }) => ({ type, code, expression })),
    );
    const expressions = parameters.filter(({ expression }) => expression !== undefined);
    const left = expressions.filter(({ type, expression }) => !isCompiled(expression ?? '', type, true));
    expect(expressions.length).to.be.above(2_000);
    expect(left).to.deep.equal([]);
  });

  it('has a result for every search parameter: none is always empty', () => {
    const always = definitions.resourceTypes.flatMap((type) =>
      definitions
        .searchParameters(type)
        .filter(({ expression }) => expression !== undefined)
        .filter(
          ({ expression }) => compileSyntax(parseExpression(expression ?? ''), { type, definitions, strict: true }).constant,
        )
        .map(({ code }) => `${type} ${code}`),
    );
    expect(always).to.deep.equal([]);
  });

  it('covers every invariant of every type, resource and element', () => {
    const all = allConstraints(definitions);
    const left = all.filter(({ constraint, type }) => !isCompiled(constraint.expression, type, false));
    expect(new Set(all.map(({ constraint }) => constraint.key)).size).to.be.above(220);
    expect([...new Set(left.map(({ constraint }) => constraint.expression))]).to.deep.equal(Object.keys(notCompiled));
  });

  it('does not load the library', () => {
    const script = fileURLToPath(new URL('compile-everything.ts', import.meta.url));
    const loaded = execFileSync(process.execPath, ['--import', 'tsx/esm', script], { encoding: 'utf8' });
    expect(loaded.trim()).to.equal('before: 0, after a library expression: true');
  }).timeout(30_000);
});

interface Place {
  readonly constraint: Constraint;
  readonly type: string;
}

function allConstraints({ resourceTypes, type }: Definitions): readonly Place[] {
  const names = new Set<string>(resourceTypes);
  const places: Place[] = [];
  // A Set is walked with what is added to it on the way: the data types that the resources use, and theirs.
  for (const name of names) {
    const definition = type(name);
    for (const constraint of definition?.constraints ?? []) places.push({ constraint, type: name });
    for (const element of definition?.elements ?? []) visit(element);
  }
  return places;

  function visit(element: ElementDefinition): void {
    const types = element.children === undefined ? element.types.map(({ code }) => code) : [element.path];
    for (const constraint of element.constraints) for (const one of types) places.push({ constraint, type: one });
    for (const { code } of element.types) names.add(code);
    for (const child of element.children ?? []) visit(child);
  }
}
