/** Chained parameters: https://hl7.org/fhir/R4/search.html#chaining */
import type { SearchParameter } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import { FhirError, invalidValue, tooCostly, unknownParameter } from '../fhir/outcome.ts';
import { and, type Criterion, or } from './criterion.ts';
import { referenceTargets } from './parameter-elements.ts';
import type { QuerySettings } from './query.ts';
import { didYouMean } from './suggest.ts';

/** A parameter asked of a type, somewhere along a chain. */
export interface ChainRequest {
  readonly type: string;
  /** What is left of the name: `patient:Patient.name:exact`. */
  readonly name: string;
  readonly value: string;
  /** How many links led here. */
  readonly links: number;
  readonly settings: QuerySettings;
}

/** Reads what stands behind a link; throws for an unknown name. */
export type ParseInner = (request: ChainRequest) => Criterion;

/**
 * `subject:Patient.name=…` and `subject.name=…`. Without a type the chain follows every type that the element allows, that has the
 * parameter behind it and that the caller may search; it is an error when there is none.
 */
export function parseChain(request: ChainRequest, parseInner: ParseInner): Criterion {
  const { name, settings } = request;
  const dot = name.indexOf('.');
  const [code = '', only, ...more] = name.slice(0, dot).split(':');
  const rest = name.slice(dot + 1);
  const parameter = referenceParameter(request.type, code, settings);
  if (more.length > 0 || rest === '')
    throw invalidValue(`The chain '${name}' can't be read; write it like 'subject:Patient.name'.`, `http.${code}`);
  const links = countLink(request);
  const allowed = referenceTargets(settings.definitions, request.type, parameter);
  const inner = (target: string) => {
    const criterion = parseInner({ type: target, name: rest, value: request.value, links, settings });
    return and(settings.border(target), criterion);
  };
  if (only !== undefined) {
    checkTarget(request.type, code, only, allowed);
    return { kind: 'chain', parameter: code, types: [only], target: inner(only) };
  }
  return eachTarget(allowed, inner, code, rest, settings);
}

/** Counts a link of a chain or a level of `_has`; over the limit: too-costly. */
export function countLink({ links }: ChainRequest): number {
  if (links < limits.chainDepthMax) return links + 1;
  throw tooCostly(`A chain may have at most ${limits.chainDepthMax} links, those of '_has' included.`);
}

/** The reference parameter with a code on a type; throws for any other. */
export function referenceParameter(type: string, code: string, { definitions }: QuerySettings): SearchParameter {
  const parameter = definitions.searchParameter(type, code);
  if (parameter?.type === 'reference') return parameter;
  const references = definitions.searchParameters(type).filter((candidate) => candidate.type === 'reference');
  const names = references.map((candidate) => candidate.code);
  if (parameter !== undefined) {
    throw invalidValue(
      `Search parameter '${code}' of ${type} is no reference, so nothing can be chained to it or included by it.`,
      `http.${code}`,
    );
  }
  throw unknownParameter(`${type} has no reference search parameter '${code}'.${didYouMean(code, names)}`, `http.${code}`);
}

/** Throws when a reference can't lead to the type asked. */
export function checkTarget(type: string, code: string, target: string, allowed: readonly string[]): void {
  if (allowed.includes(target)) return;
  const shown = allowed.length > 12 ? `${allowed.length} types` : allowed.join(', ');
  throw invalidValue(
    `Search parameter '${code}' of ${type} does not lead to '${target}' but to ${shown}.${didYouMean(target, allowed)}`,
    `http.${code}`,
  );
}

/** Targets that come to the same question share one link, so that a reference to any type stays one criterion. */
function eachTarget(
  allowed: readonly string[],
  inner: (target: string) => Criterion,
  code: string,
  rest: string,
  settings: QuerySettings,
): Criterion {
  const branches = new Map<string, { readonly types: string[]; readonly target: Criterion }>();
  const failures: FhirError[] = [];
  for (const type of allowed) {
    try {
      const target = inner(type);
      const key = JSON.stringify(target);
      const branch = branches.get(key);
      if (branch === undefined) branches.set(key, { types: [type], target });
      else branch.types.push(type);
    } catch (error) {
      // A type without the parameter, or closed to the caller, is no part of the question as long as another one is.
      if (!(error instanceof FhirError)) throw error;
      failures.push(error);
    }
  }
  if (branches.size === 0) throw gravest(failures, allowed, rest, settings);
  return or(...[...branches.values()].map(({ types, target }): Criterion => ({ kind: 'chain', parameter: code, types, target })));
}

/** A value that can't be read says more than a type that is closed, and that more than a parameter that none of the types has. */
function gravest(
  failures: readonly FhirError[],
  allowed: readonly string[],
  rest: string,
  { definitions }: QuerySettings,
): FhirError {
  const told = failures.find((error) => error.issues[0]?.code !== 'not-supported' && error.status !== 403);
  const refused = told ?? failures.find((error) => error.status === 403);
  if (refused !== undefined) return refused;
  const [head = rest] = rest.split(/[.:]/);
  const known = new Set(allowed.flatMap((type) => definitions.searchParameters(type).map((parameter) => parameter.code)));
  return unknownParameter(
    `No type that the chain leads to has a search parameter '${head}'.${didYouMean(head, known)}`,
    `http.${head}`,
  );
}
