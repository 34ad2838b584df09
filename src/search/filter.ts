/** What a `_filter` asks: each comparison comes down to what the same search parameter could ask. https://hl7.org/fhir/R4/search_filter.html#ops */
import type { SearchParameter } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import { FhirError, invalidValue } from '../fhir/outcome.ts';
import { type ChainRequest, followLink, type ParseInner } from './chain.ts';
import { all, and, type Criterion, not, or, type Test } from './criterion.ts';
import { escapeValue } from './escape.ts';
import { elementFilter } from './filter-elements.ts';
import { type Filter, type FilterTest, type Operator, readFilter } from './filter-syntax.ts';
import { searchValue, withoutCommas } from './filter-value.ts';
import { fold } from './fold.ts';
import { dateComparison } from './types/date.ts';
import { fullTextPart } from './types/full-text.ts';
import { numberTest } from './types/number.ts';

/** Throws FhirError (400) for what can't be read, for unknown names and for operators that the parameter does not take. */
export function parseFilter({ type, value, links, settings }: ChainRequest, parseInner: ParseInner): Criterion {
  try {
    return lower(readFilter(value), { type, links, settings, parseInner });
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 400) throw error;
    throw new FhirError(
      400,
      error.issues.map((issue) => ({ ...issue, text: named(issue.text), expression: 'http._filter' })),
    );
  }
}

function named(text: string): string {
  return text.startsWith("'_filter'") ? text : `'_filter': ${text}`;
}

/** Where a part of a filter stands: the type it is asked of. */
interface Scope extends Pick<ChainRequest, 'type' | 'links' | 'settings'> {
  readonly parseInner: ParseInner;
}

function lower(filter: Filter, scope: Scope): Criterion {
  switch (filter.kind) {
    case 'and':
      return and(...filter.of.map((part) => lower(part, scope)));
    case 'or':
      return or(...filter.of.map((part) => lower(part, scope)));
    case 'not':
      return not(lower(filter.of, scope));
    case 'test':
      return lowerTest(filter, scope);
  }
}

function lowerTest(test: FilterTest, scope: Scope): Criterion {
  const [step, ...rest] = test.path;
  const [next] = rest;
  if (step === undefined || next === undefined) return lowerComparison(step?.name ?? '', test, scope);
  const { type, links, settings } = scope;
  const element =
    step.filter === undefined ? undefined : elementFilter(type, step.name, step.filter, { ...test, path: rest }, settings);
  if (element !== undefined) return element;
  return followLink({ type, code: step.name, head: next.name, links, settings }, (target, further) => {
    const behind: Scope = { ...scope, type: target, links: further };
    const condition = step.filter === undefined ? all : lower(step.filter, behind);
    return and(condition, lowerTest({ ...test, path: rest }, behind));
  });
}

const ordered: readonly Operator[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb'];

/** The operators by the parameter's type, as the specification's table has them; `re` says of references what `eq` says of others. */
const operatorsOf: Readonly<Record<SearchParameter['type'], readonly Operator[]>> = {
  string: ['eq', 'ne', 'co', 'sw', 'ew', 'pr'],
  number: [...ordered, 'co', 'pr'],
  date: [...ordered, 'co', 'po', 'pr'],
  quantity: [...ordered, 'pr'],
  token: ['eq', 'ne', 'in', 'ni', 'ss', 'sb', 'pr'],
  reference: ['re', 'eq', 'ne', 'pr'],
  uri: ['eq', 'ne', 'pr'],
  composite: ['eq', 'ne'],
  special: [],
};

function lowerComparison(name: string, { operator, value }: FilterTest, scope: Scope): Criterion {
  const { type, settings } = scope;
  const parameter = settings.definitions.searchParameter(type, name);
  if (name === '_filter') throw invalidValue('a filter can not be asked inside a filter; use parentheses.');
  // Says what is unknown, and what may have been meant.
  if (parameter === undefined) return scope.parseInner({ ...scope, name, value });
  checkOperator(parameter, operator);
  if (operator === 'pr') return presence(name, value, scope);
  return lowerKnown(parameter, operator, value, scope);
}

function checkOperator(parameter: SearchParameter, operator: Operator): void {
  const allowed = fullTextPart(parameter) === undefined ? operatorsOf[parameter.type] : (['eq', 'co'] as const);
  if (allowed.some((one) => one === operator)) return;
  const takes = allowed.length === 0 ? 'none; ask for it outside the filter' : allowed.join(', ');
  throw invalidValue(`'${parameter.code}', a parameter of type ${parameter.type}, does not take '${operator}' but ${takes}.`);
}

const prefixedTypes: ReadonlySet<string> = new Set(['number', 'date', 'quantity']);

function lowerKnown(parameter: SearchParameter, operator: Operator, value: string, scope: Scope): Criterion {
  const { code, type } = parameter;
  const ask = (text: string, modifier = '') => scope.parseInner({ ...scope, name: `${code}${modifier}`, value: text });
  if (fullTextPart(parameter) !== undefined) return ask(withoutCommas(value));
  // The operator stands where a search has its prefix; a second one would be read as part of it.
  if (prefixedTypes.has(type) && /^[A-Za-z]/.test(value))
    throw invalidValue(`'${code}' is compared with a value that is no ${type}.`);
  switch (type) {
    case 'string':
      return lowerString(parameter, operator, value);
    case 'number':
    case 'date':
      return operator === 'co' || operator === 'po'
        ? overlap(parameter, operator, value, scope)
        : ask(operator + searchValue(type, value));
    case 'quantity':
      return ask(operator + searchValue(type, value));
    case 'token':
      return lowerToken(parameter, operator, value, ask);
    default:
      return operator === 'ne' ? unequal(parameter, ask(searchValue(type, value))) : ask(searchValue(type, value));
  }
}

type Ask = (text: string, modifier?: string) => Criterion;

const tokenModifiers: Readonly<Partial<Record<Operator, string>>> = { in: ':in', ni: ':not-in', ss: ':below', sb: ':above' };

function lowerToken(parameter: SearchParameter, operator: Operator, value: string, ask: Ask): Criterion {
  const modifier = tokenModifiers[operator];
  if (operator === 'in' || operator === 'ni') return ask(escapeValue(value), modifier);
  const token = searchValue('token', value);
  if (modifier !== undefined) return ask(token, modifier);
  return operator === 'ne' ? unequal(parameter, ask(token)) : ask(token);
}

/** "An item in the set has an unequal value": of what is not in order, that there is a value and none is equal. Everything has an id. */
function unequal({ code, type }: SearchParameter, equal: Criterion): Criterion {
  const present: Criterion = code === '_id' ? all : { kind: 'has', parameter: type === 'composite' ? `${code}$1` : code };
  return and(present, not(equal));
}

const stringMatches: Readonly<Partial<Record<Operator, (Test & { shape: 'string' })['match']>>> = {
  eq: 'whole',
  ne: 'whole',
  co: 'contains',
  sw: 'prefix',
  ew: 'suffix',
};

function lowerString(parameter: SearchParameter, operator: Operator, text: string): Criterion {
  const { code } = parameter;
  const value = fold(text);
  if (value === '') throw invalidValue(`'${code}' is compared with a value that has no letter and no digit.`);
  if ((operator === 'co' || operator === 'ew') && value.length < limits.containsCharactersMin)
    throw invalidValue(`'${operator}' needs at least ${limits.containsCharactersMin} characters besides punctuation.`);
  const match = stringMatches[operator] ?? 'whole';
  const criterion: Criterion = { kind: 'has', parameter: code, test: { shape: 'string', match, value } };
  return operator === 'ne' ? unequal(parameter, criterion) : criterion;
}

/**
 * `po`: "a (implied) date period in the set overlaps with the implied period in the value"; `co`: "An item in the set's implicit period
 * includes the stated value", of a number "implicit imprecision".
 */
function overlap(parameter: SearchParameter, operator: 'co' | 'po', text: string, { type, settings }: Scope): Criterion {
  const request = { type, parameter, key: parameter.code, value: `eq${escapeValue(text)}`, settings };
  const comparison = operator === 'po' ? 'ap' : 'co';
  if (parameter.type === 'number') {
    const exact = numberTest({ ...request, value: `ge${escapeValue(text)}` }, '');
    return { kind: 'has', parameter: parameter.code, test: { ...exact, comparison } };
  }
  const { low, high } = dateComparison(request);
  if (parameter.code === '_lastUpdated') return { kind: 'last-updated', comparison, low, high };
  return { kind: 'has', parameter: parameter.code, test: { shape: 'range', comparison, low, high, unit: '' } };
}

/** "The set is empty or not (value is false or true)" */
function presence(name: string, value: string, scope: Scope): Criterion {
  if (value !== 'true' && value !== 'false') throw invalidValue(`'pr' takes 'true' or 'false'.`);
  return scope.parseInner({ ...scope, name: `${name}:missing`, value: value === 'true' ? 'false' : 'true' });
}
