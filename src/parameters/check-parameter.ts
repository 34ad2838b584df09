/** Whether a SearchParameter can be searched by here. https://hl7.org/fhir/R4/searchparameter.html */
import type { Definitions, SearchParameter, SearchParameters } from '../definitions/definitions.ts';
import { expressionFor } from '../definitions/search-parameters.ts';
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { compileExpression, compileInvariant } from '../fhirpath/expression.ts';
import { simpleTypes } from '../search/types/composite.ts';
import { typesOf } from './states.ts';

export interface ParameterProblem {
  /** Of the SearchParameter: `expression`. */
  readonly element: string;
  /** A sentence: what is wrong, what is allowed. */
  readonly text: string;
}

export interface CheckSettings {
  readonly definitions: Definitions;
  /** All parameters that there are besides this one, those on their way too. */
  readonly others: SearchParameters;
}

/**
 * Everything that keeps the parameter from being used; none: it can be. Of a resource that is no valid SearchParameter only what can be judged
 * is judged: the rest is for validation to say.
 */
export function checkParameter(resource: Resource, settings: CheckSettings): readonly ParameterProblem[] {
  const { definitions } = settings;
  const base = textsAt(resource['base']);
  const unknown = base.filter((name) => !isBase(name, definitions));
  const parts: Parts = {
    url: textAt(resource['url']),
    code: textAt(resource['code']),
    type: textAt(resource['type']),
    expression: textAt(resource['expression']),
    target: textsAt(resource['target']),
    base: base.filter((name) => !unknown.includes(name)),
    component: listAt(resource['component']).filter(isJsonObject),
  };
  return [
    ...unknown.map((name) => problem('base', `${name} is no type of resources that R4 has.`)),
    ...checkName(parts, settings),
    ...checkType(parts, settings),
    ...checkExpression(parts, definitions),
  ];
}

/** What of the resource is judged; '' and [] where it has nothing. */
interface Parts {
  readonly url: string;
  readonly code: string;
  readonly type: string;
  readonly expression: string;
  readonly target: readonly string[];
  readonly base: readonly string[];
  readonly component: readonly Readonly<Record<string, JsonValue | undefined>>[];
}

/**
 * As R4's own codes are, and with the underline that some guides have: what stands in a query before `:`, `.` and `=`. "Servers should define
 * search parameters starting with a "-" character": https://hl7.org/fhir/R4/search.html#conformance
 */
const codePattern = /^(?=.{1,64}$)-?[A-Za-z][A-Za-z0-9_-]*$/;

function checkName({ url, code, base }: Parts, { definitions, others }: CheckSettings): readonly ParameterProblem[] {
  const problems: ParameterProblem[] = [];
  if (others.searchParameterByUrl(url) !== undefined) {
    problems.push(
      problem('url', 'There is a search parameter with this canonical already: give this one a canonical of its own.'),
    );
  }
  if (!codePattern.test(code)) {
    const allowed = "1 to 64 letters, digits, '-' and '_', beginning with a letter or with '-' and a letter";
    return [...problems, problem('code', `The code is what stands in a query: ${allowed}.`)];
  }
  const taken = typesOf({ base }, definitions).flatMap((type) => {
    const other = others.searchParameter(type, code);
    return other === undefined || other.url === url ? [] : [{ type, other }];
  });
  const [first] = taken;
  if (first === undefined) return problems;
  const more = taken.length > 1 ? ` and ${taken.length - 1} more types` : '';
  return [
    ...problems,
    problem('code', `The code '${code}' is taken on ${first.type}${more} by ${first.other.url}: choose another.`),
  ];
}

function checkType({ type, target, component }: Parts, settings: CheckSettings): readonly ParameterProblem[] {
  const { definitions } = settings;
  if (type === 'special') {
    return [problem('type', "A parameter of type 'special' works in a way of its own, which this server does not know.")];
  }
  const strange = target.filter((name) => !definitions.isResourceType(name));
  const targets = strange.map((name) => problem('target', `${name} is no resource type of R4.`));
  if (type !== 'composite') return targets;
  if (component.length < 2) return [...targets, problem('component', 'A composite needs at least two components.')];
  return [...targets, ...component.flatMap((part, index) => checkComponent(part, index, settings))];
}

function checkComponent(
  part: Readonly<Record<string, JsonValue | undefined>>,
  index: number,
  { definitions, others }: CheckSettings,
): readonly ParameterProblem[] {
  const definition = textAt(part['definition']);
  const parameter: SearchParameter | undefined = others.searchParameterByUrl(definition);
  if (parameter === undefined || !simpleTypes.some(({ code }) => code === parameter.type)) {
    const sentence = `${definition} is no search parameter of a simple type that this server has.`;
    return [problem(`component[${index}].definition`, sentence)];
  }
  // The type that it starts from is known only with the value, so its elements are looked at then.
  const failure = failureOf(() => compileInvariant(textAt(part['expression']), 'Element', definitions));
  return failure === undefined ? [] : [problem(`component[${index}].expression`, failure)];
}

function checkExpression({ expression, base }: Parts, definitions: Definitions): readonly ParameterProblem[] {
  if (expression === '')
    return [problem('expression', 'Without an expression there is nothing to search in: give one in FHIRPath.')];
  const stray = base.filter((name) => expressionFor(expression, definitions.lineage(name)) === '');
  if (stray.length > 0) {
    return [problem('expression', `The expression has no part for ${stray.join(', ')}, which the parameter names as its base.`)];
  }
  const failures = typesOf({ base }, definitions).flatMap((type) => {
    const part = expressionFor(expression, definitions.lineage(type));
    return failureOf(() => compileExpression(part, type, definitions)) ?? [];
  });
  return [...new Set(failures)].slice(0, 1).map((text) => problem('expression', text));
}

function failureOf(compile: () => unknown): string | undefined {
  try {
    compile();
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

function isBase(name: string, definitions: Definitions): boolean {
  return definitions.isResourceType(name) || name === 'Resource' || name === 'DomainResource';
}

function problem(element: string, text: string): ParameterProblem {
  return { element, text };
}

function textAt(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function textsAt(value: JsonValue | undefined): readonly string[] {
  return listAt(value).filter((item) => typeof item === 'string');
}

function listAt(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
