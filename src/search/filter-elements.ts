/**
 * Conditions on one element in a `_filter`: `relatesTo[code eq replaces].target re DocumentReference/1` holds of a resource one of whose
 * elements has both. They are what composite search parameters index. https://hl7.org/fhir/R4/search_filter.html#params
 */
import type { SearchParameter } from '../definitions/definitions.ts';
import { invalidValue } from '../fhir/outcome.ts';
import type { Criterion, PartTest } from './criterion.ts';
import type { Filter, FilterTest, Operator } from './filter-syntax.ts';
import { searchValue } from './filter-value.ts';
import type { QuerySettings } from './query.ts';
import { componentsOf, partTests } from './types/composite.ts';

/** A name for an element, and for its members the parameters of the composite's components. */
interface Alias {
  readonly composite: string;
  readonly members: ReadonlyMap<string, string>;
}

/** "Some additional parameters are defined for the filter parameter": those of the table that R4 has search parameters for. */
const aliases: ReadonlyMap<string, Alias> = new Map([
  [
    'DocumentReference.relatesTo',
    {
      composite: 'relationship',
      members: new Map([
        ['code', 'relation'],
        ['target', 'relatesto'],
      ]),
    },
  ],
  [
    'Group.characteristic',
    {
      composite: 'characteristic-value',
      members: new Map([
        ['code', 'characteristic'],
        ['value', 'value'],
      ]),
    },
  ],
]);

/** Undefined when the name is no composite of the type, so that it may be a reference. */
export function elementFilter(
  type: string,
  name: string,
  condition: Filter,
  last: FilterTest,
  settings: QuerySettings,
): Criterion | undefined {
  const alias = aliases.get(`${type}.${name}`);
  const parameter = settings.definitions.searchParameter(type, alias?.composite ?? name);
  if (parameter?.type !== 'composite') return undefined;
  const request = { type, parameter, key: parameter.code, value: '', settings };
  const components = componentsOf(request);
  const tests: (readonly PartTest[] | undefined)[] = components.map(() => undefined);
  for (const test of [...conjunction(condition), last]) {
    const member = memberOf(test, alias);
    const index = components.findIndex((component) => component.parameter.code === member);
    const component = components[index];
    if (component === undefined) throw unknownMember(name, parameter, alias, components);
    if (tests[index] !== undefined) throw invalidValue(`'${name}' asks for '${member}' twice.`);
    tests[index] =
      test.operator === 'pr' ? present(test) : partTests(request, component, index, writtenValue(test, component.parameter));
  }
  return criterionOf(parameter, tests);
}

/** The conditions in the brackets; all must hold of the one element, so that only `and` makes sense. */
function conjunction(filter: Filter): readonly FilterTest[] {
  if (filter.kind === 'test') return [filter];
  if (filter.kind === 'and') return filter.of.flatMap(conjunction);
  throw invalidValue("in the brackets behind an element's name only 'and' may combine conditions.");
}

function memberOf({ path }: FilterTest, alias: Alias | undefined): string {
  const [step, ...rest] = path;
  if (step === undefined || step.filter !== undefined || rest.length > 0)
    throw invalidValue("a condition on an element asks for its members by one name, like 'relatesTo[code eq replaces].target'.");
  return alias === undefined ? step.name : (alias.members.get(step.name) ?? step.name);
}

const prefixed: readonly Operator[] = ['gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb'];
const rangeTypes: ReadonlySet<string> = new Set(['number', 'date', 'quantity']);

function writtenValue({ operator, value }: FilterTest, { code, type }: SearchParameter): string {
  const text = searchValue(type, value);
  if (operator === 'eq' || (operator === 're' && type === 'reference')) return text;
  if (prefixed.includes(operator) && rangeTypes.has(type)) return operator + text;
  throw invalidValue(`'${operator}' can not be asked of the member '${code}' of an element.`);
}

/** An element that lacks a member is not indexed, so that what is found has it. */
function present({ value }: FilterTest): readonly PartTest[] {
  if (value === 'true') return [];
  throw invalidValue("of an element's member 'pr' only takes 'true'.");
}

function criterionOf(parameter: SearchParameter, tests: readonly (readonly PartTest[] | undefined)[]): Criterion {
  const asked = tests.flatMap((of, index) => (of === undefined || of.length === 0 ? [] : [{ of, index }]));
  const [first, ...others] = asked;
  if (first === undefined) return { kind: 'has', parameter: `${parameter.code}$1` };
  if (others.length === 0) {
    const single = `${parameter.code}$${first.index + 1}`;
    return { kind: 'or', of: first.of.map((test) => ({ kind: 'has', parameter: single, test })) };
  }
  if (asked.length < tests.length) throw invalidValue(`'${parameter.code}' is asked by one of its members, or by all of them.`);
  const combined = asked.reduce<readonly (readonly PartTest[])[]>(
    (chosen, { of }) => chosen.flatMap((parts) => of.map((test) => [...parts, test])),
    [[]],
  );
  return {
    kind: 'or',
    of: combined.map((parts) => ({ kind: 'has', parameter: parameter.code, test: { shape: 'tuple', parts } })),
  };
}

function unknownMember(
  name: string,
  parameter: SearchParameter,
  alias: Alias | undefined,
  components: readonly { readonly parameter: SearchParameter }[],
) {
  const members = alias === undefined ? components.map((component) => component.parameter.code) : [...alias.members.keys()];
  return invalidValue(`'${name}', asked by '${parameter.code}', has the members ${members.join(' and ')}.`);
}
