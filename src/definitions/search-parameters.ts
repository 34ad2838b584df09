/** Search parameters by type, each with the part of its expression that applies to the type. https://hl7.org/fhir/R4/searchparameter.html */
import type { SearchParameter, SearchParameterType } from './definitions.ts';
import type { PackedSearchParameter } from './packed.ts';
import type { TypeRegistry } from './types.ts';

/** The parts of R4's SearchParameter that are read here. */
export interface RawSearchParameter {
  readonly resourceType: 'SearchParameter';
  readonly url: string;
  readonly code: string;
  readonly type: SearchParameterType;
  readonly base?: readonly string[];
  readonly expression?: string;
  readonly target?: readonly string[];
  readonly component?: readonly { readonly definition: string; readonly expression: string }[];
}

export interface SearchParameterRegistry {
  ofType(type: string): readonly SearchParameter[];
  byCode(type: string, code: string): SearchParameter | undefined;
  byUrl(url: string): SearchParameter | undefined;
}

/** The first parameter with a code on a type counts: R4's own come first, then those of `conformance/`, then those of packages. */
export function openSearchParameters(parameters: readonly PackedSearchParameter[], types: TypeRegistry): SearchParameterRegistry {
  const byBase = new Map<string, PackedSearchParameter[]>();
  for (const parameter of parameters) {
    for (const base of parameter.base) byBase.set(base, [...(byBase.get(base) ?? []), parameter]);
  }
  const byUrl = new Map([...parameters].reverse().map((parameter) => [parameter.url, complete(parameter)]));
  const opened = new Map<string, ReadonlyMap<string, SearchParameter>>();
  const open = (type: string): ReadonlyMap<string, SearchParameter> => {
    const lineage = types.lineage(type);
    const all = lineage.flatMap((base) => byBase.get(base) ?? []).reverse();
    const codes = new Map(all.map((parameter) => [parameter.code, reduced(parameter, lineage)]));
    const sorted = new Map([...codes].sort(([a], [b]) => (a < b ? -1 : 1)));
    opened.set(type, sorted);
    return sorted;
  };
  const ofType = (type: string): ReadonlyMap<string, SearchParameter> => opened.get(type) ?? open(type);
  return {
    ofType: (type) => [...ofType(type).values()],
    byCode: (type, code) => ofType(type).get(code),
    byUrl: (url) => byUrl.get(url),
  };
}

function complete(parameter: PackedSearchParameter): SearchParameter {
  return { ...parameter, target: parameter.target ?? [], component: parameter.component ?? [] };
}

function reduced(parameter: PackedSearchParameter, lineage: readonly string[]): SearchParameter {
  const whole = complete(parameter);
  return parameter.expression === undefined ? whole : { ...whole, expression: expressionFor(parameter.expression, lineage) };
}

/**
 * The alternatives of a union that start at the type or one it specialises: of `AllergyIntolerance.patient | CarePlan.subject | Resource.id`
 * the first and the last for AllergyIntolerance. An alternative that starts with no type name applies to all.
 */
export function expressionFor(expression: string, lineage: readonly string[]): string {
  return alternatives(expression)
    .filter((part) => {
      const [root] = /[A-Za-z_]\w*/.exec(part) ?? [];
      return root === undefined || !/^[A-Z]/.test(root) || lineage.includes(root);
    })
    .join(' | ');
}

/** Splits at the `|` that stand outside parentheses and quotes. */
function alternatives(expression: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  // A quoted text or delimited identifier is one token, so that nothing inside it counts.
  for (const { 0: token, index } of expression.matchAll(/'(?:\\.|[^'\\])*'|`[^`]*`|[()|]/g)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (token === '|' && depth === 0) {
      parts.push(expression.slice(start, index).trim());
      start = index + 1;
    }
  }
  return [...parts, expression.slice(start).trim()];
}

/**
 * The search parameter in its packed form. Undefined for one that cannot be searched by: R4 has ten without a base, and two without an
 * expression that aren't special parameters either.
 */
export function packSearchParameter({
  url,
  code,
  type,
  base,
  expression,
  target,
  component,
}: RawSearchParameter): PackedSearchParameter | undefined {
  if (base === undefined || (expression === undefined && !code.startsWith('_'))) return undefined;
  return {
    url,
    code,
    type,
    base,
    ...(expression !== undefined && { expression }),
    ...(target !== undefined && { target }),
    ...(component !== undefined && {
      component: component.map((part) => ({ definition: part.definition, expression: part.expression })),
    }),
  };
}
