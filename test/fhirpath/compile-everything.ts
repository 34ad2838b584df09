/** Run on its own by coverage.test.ts: compiles what R4 has, and says how much of the library that loaded. */
import { createRequire } from 'node:module';
import { openDefinitions } from '../../src/definitions/load.ts';
import { compileExpression, compileInvariant } from '../../src/fhirpath/expression.ts';

const { cache } = createRequire(import.meta.url);
const libraryFiles = () => Object.keys(cache).filter((path) => /node_modules[/\\]fhirpath[/\\]/.test(path)).length;

const definitions = openDefinitions();
for (const type of definitions.resourceTypes) {
  for (const { expression } of definitions.searchParameters(type)) {
    if (expression !== undefined) compileExpression(expression, type, definitions);
  }
  for (const { expression } of definitions.type(type)?.constraints ?? []) compileInvariant(expression, type, definitions);
}
const before = libraryFiles();

const patient = { resourceType: 'Patient' };
const run = compileExpression('2.power(3)', 'Patient', definitions);
run([{ type: 'Patient', value: patient }], { resource: patient, rootResource: patient });
console.log(`before: ${before}, after a library expression: ${libraryFiles() > 0}`);
