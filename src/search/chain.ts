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
  return eachTarget(withParameter(allowed, rest, settings), inner, code);
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

/** The types that have the parameter behind the link; throws when none has. `_has` asks of any type. */
function withParameter(allowed: readonly string[], rest: string, { definitions }: QuerySettings): readonly string[] {
  const [head = rest] = rest.split(/[.:]/);
  if (head === '_has') return allowed;
  const types = allowed.filter((type) => definitions.searchParameter(type, head) !== undefined);
  if (types.length > 0) return types;
  const known = new Set(allowed.flatMap((type) => definitions.searchParameters(type).map((parameter) => parameter.code)));
  const suggestion = didYouMean(head, known);
  throw unknownParameter(`No type that the chain leads to has a search parameter '${head}'.${suggestion}`, `http.${head}`);
}

/** Targets that come to the same question share one link, so that a reference to any type stays one criterion. */
function eachTarget(types: readonly string[], inner: (target: string) => Criterion, code: string): Criterion {
  const branches = new Map<string, { readonly types: string[]; readonly target: Criterion }>();
  const failures: FhirError[] = [];
  for (const type of types) {
    try {
      const target = inner(type);
      const key = JSON.stringify(target);
      const branch = branches.get(key);
      if (branch === undefined) branches.set(key, { types: [type], target });
      else branch.types.push(type);
    } catch (error) {
      // A type closed to the caller, or that the rest does not fit, is no part of the question as long as another one is.
      if (!(error instanceof FhirError)) throw error;
      failures.push(error);
    }
  }
  // A value that can't be read says more than a type that is closed.
  const [failure] = [...failures].sort((a, b) => a.status - b.status);
  if (branches.size === 0 && failure !== undefined) throw failure;
  return or(...[...branches.values()].map((branch): Criterion => ({ kind: 'chain', parameter: code, ...branch })));
}
