/** Search parameters by type, each with the part of its expression that applies to the type. https://hl7.org/fhir/R4/searchparameter.html */
import type { PublishedSearchParameter, SearchParameter, SearchParameters, SearchParameterType } from './definitions.ts';
import { repairComponents } from './repairs.ts';
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

/**
 * Of several parameters with one code on a type the first counts: R4's own, then those of `conformance/`, then those of packages, which
 * often define R4's again under canonicals of their own.
 */
export function openSearchParameters(parameters: readonly PublishedSearchParameter[], types: TypeRegistry): SearchParameters {
  const byUrl = new Map<string, SearchParameter>();
  for (const parameter of parameters) if (!byUrl.has(parameter.url)) byUrl.set(parameter.url, complete(parameter));
  const byBase = positionsByBase(parameters);
  const opened = new Map<string, TypeParameters>();
  const open = (type: string): TypeParameters => {
    const lineage = types.lineage(type);
    const positions = [...new Set(lineage.flatMap((base) => byBase.get(base) ?? []))].sort((a, b) => a - b);
    const found = openType(
      positions.flatMap((position) => parameters[position] ?? []),
      lineage,
    );
    opened.set(type, found);
    return found;
  };
  const ofType = (type: string): TypeParameters => opened.get(type) ?? open(type);
  return {
    searchParameters: (type) => ofType(type).sorted,
    searchParameter: (type, code) => ofType(type).byCode.get(code),
    searchParameterByUrl: (url) => byUrl.get(url),
  };
}

interface TypeParameters {
  readonly sorted: readonly SearchParameter[];
  readonly byCode: ReadonlyMap<string, SearchParameter>;
}

/** Where the parameters of each base stand in the list. */
function positionsByBase(parameters: readonly PublishedSearchParameter[]): ReadonlyMap<string, readonly number[]> {
  const positions = new Map<string, number[]>();
  for (const [position, { base }] of parameters.entries()) {
    for (const type of base) {
      const known = positions.get(type);
      if (known === undefined) positions.set(type, [position]);
      else known.push(position);
    }
  }
  return positions;
}

function openType(parameters: readonly PublishedSearchParameter[], lineage: readonly string[]): TypeParameters {
  const byCode = new Map<string, SearchParameter>();
  for (const parameter of parameters) {
    if (!byCode.has(parameter.code)) byCode.set(parameter.code, reduced(parameter, lineage));
  }
  return { sorted: [...byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1)), byCode };
}

function complete(parameter: PublishedSearchParameter): SearchParameter {
  return { ...parameter, target: parameter.target ?? [], component: parameter.component ?? [] };
}

function reduced(parameter: PublishedSearchParameter, lineage: readonly string[]): SearchParameter {
  const whole = complete(parameter);
  return parameter.expression === undefined ? whole : { ...whole, expression: expressionFor(parameter.expression, lineage) };
}

/**
 * The alternatives of a union that start at the type or one it specialises: of `AllergyIntolerance.patient | CarePlan.subject | Resource.id`
 * the first and the last for AllergyIntolerance. An alternative that starts with no type name applies to all. `as` becomes `ofType`: it is
 * an error on several items (http://hl7.org/fhirpath/N1/#as-type-specifier), which R4's `(Observation.component.value as Quantity)` has.
 */
export function expressionFor(expression: string, lineage: readonly string[]): string {
  return alternatives(expression)
    .filter((part) => {
      const [root] = /[A-Za-z_]\w*/.exec(part) ?? [];
      return root === undefined || !/^[A-Z]/.test(root) || lineage.includes(root);
    })
    .map((part) => part.replace(/\(([\w.]+) as ([\w.]+)\)/g, '$1.ofType($2)').replace(/\.as\(/g, '.ofType('))
    .join(' | ');
}

/** Splits at the `|` that stand outside parentheses and quotes. */
function alternatives(expression: string): readonly string[] {
  if (!expression.includes('|')) return [expression];
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
}: RawSearchParameter): PublishedSearchParameter | undefined {
  if (base === undefined || (expression === undefined && !code.startsWith('_'))) return undefined;
  return {
    url,
    code,
    type,
    base,
    ...(expression !== undefined && { expression }),
    ...(target !== undefined && { target }),
    ...(component !== undefined && {
      component: repairComponents(
        url,
        component.map((part) => ({ definition: part.definition, expression: part.expression })),
      ),
    }),
  };
}
