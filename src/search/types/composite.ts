/** https://hl7.org/fhir/R4/search.html#composite */
import type { SearchParameter } from '../../definitions/definitions.ts';
import { limits } from '../../fhir/limits.ts';
import { exception, tooCostly } from '../../fhir/outcome.ts';
import { type Criterion, or, type PartTest, type Test } from '../criterion.ts';
import { splitUnescaped } from '../escape.ts';
import type { IndexEntry } from '../index-entry.ts';
import { date } from './date.ts';
import { type IndexPlace, refuse, type SearchTypeDefinition, type ValueRequest } from './definition.ts';
import { number } from './number.ts';
import { quantity } from './quantity.ts';
import { reference } from './reference.ts';
import { string } from './string.ts';
import { token } from './token.ts';
import { uri } from './uri.ts';

/** What a composite may be made of. */
export const simpleTypes: readonly SearchTypeDefinition[] = [number, date, string, token, reference, quantity, uri];

export const composite: SearchTypeDefinition = {
  code: 'composite',
  // "Modifiers are not used on composite parameters."
  modifiers: [],
  prefixes: [],
  index(node, place) {
    const parts = (place.components ?? []).map(({ definition, evaluate }, index) => {
      const part: IndexPlace = { ...place, parameter: `${place.parameter}$${index + 1}` };
      return evaluate(node).flatMap((value) => definition.index(value, part).flatMap((entry) => asPart(entry, part.parameter)));
    });
    // A value that lacks a part never is found by the pair.
    return parts.every((entries) => entries.length > 0) ? parts.flat() : [];
  },
  parse(request) {
    const components = componentsOf(request);
    const values = splitUnescaped(request.value, '$');
    if (values.length !== components.length || values.includes('')) {
      const names = components.map(({ parameter }) => parameter.code).join('$');
      throw refuse(request, `a composite takes one value for each of its components, joined by '$': ${names}.`);
    }
    const alternatives = components.map((component, index) => partTests(request, component, index, values[index] ?? ''));
    return or(
      ...combine(alternatives).map(
        (parts): Criterion => ({ kind: 'has', parameter: request.key, test: { shape: 'tuple', parts } }),
      ),
    );
  },
};

/** A later word of a string counts as a value of the part; other derived entries have no use in a tuple. */
function asPart(entry: IndexEntry, parameter: string): readonly IndexEntry[] {
  return entry.parameter === parameter || entry.parameter === `${parameter}:word` ? [{ ...entry, parameter }] : [];
}

export interface Component {
  readonly parameter: SearchParameter;
  readonly definition: SearchTypeDefinition;
}

export function componentsOf(request: ValueRequest): readonly Component[] {
  return request.parameter.component.map(({ definition: url }) => {
    const parameter = request.settings.definitions.searchParameterByUrl(url);
    const definition = simpleTypes.find((type) => type.code === parameter?.type);
    if (parameter === undefined || definition === undefined)
      throw exception(`The composite parameter '${request.parameter.code}' has a component that is not loaded: ${url}.`);
    return { parameter, definition };
  });
}

export function partTests(request: ValueRequest, component: Component, index: number, value: string): readonly PartTest[] {
  const key = `${request.key}$${index + 1}`;
  const criterion = component.definition.parse({ ...request, parameter: component.parameter, key, value });
  return (criterion.kind === 'or' ? criterion.of : [criterion]).flatMap((part) =>
    part.kind === 'has' && part.parameter === key && isPart(part.test) ? [part.test] : [],
  );
}

function isPart(test: Test | undefined): test is PartTest {
  return test !== undefined && test.shape !== 'tuple' && test.shape !== 'words';
}

/** Every choice of one test per component. */
function combine(alternatives: readonly (readonly PartTest[])[]): readonly (readonly PartTest[])[] {
  const combined = alternatives.reduce<readonly (readonly PartTest[])[]>(
    (chosen, tests) => chosen.flatMap((parts) => tests.map((test) => [...parts, test])),
    [[]],
  );
  if (combined.length > limits.searchValuesMax)
    throw tooCostly(`A composite value may stand for at most ${limits.searchValuesMax} combinations.`);
  return combined;
}
