/** All functions that are compiled; an expression with any other goes to the library. */
import type { FunctionDefinition } from './code.ts';
import { conversionFunctions } from './functions-conversion.ts';
import { existenceFunctions } from './functions-existence.ts';
import { fhirFunctions } from './functions-fhir.ts';
import { filteringFunctions } from './functions-filtering.ts';
import { mathFunctions } from './functions-math.ts';
import { stringFunctions } from './functions-strings.ts';
import { utilityFunctions } from './functions-utility.ts';

const tables = [
  existenceFunctions,
  filteringFunctions,
  stringFunctions,
  conversionFunctions,
  mathFunctions,
  utilityFunctions,
  fhirFunctions,
];
const functions: ReadonlyMap<string, FunctionDefinition> = new Map(tables.flatMap((table) => Object.entries(table)));

export function functionNamed(name: string): FunctionDefinition | undefined {
  return functions.get(name);
}
