/** Chained parameters: https://hl7.org/fhir/R4/search.html#chaining */
import type { SearchParameter } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import { FhirError, invalidValue, tooCostly, unknownParameter } from '../fhir/outcome.ts';
import { and, type Criterion, or } from './criterion.ts';
import { referenceTargets } from './parameter-elements.ts';
import type { QuerySettings } from './query.ts';
import { aboutUnknown, didYouMean } from './suggest.ts';

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

/** `subject:Patient.name=…` and `subject.name=…`. */
export function parseChain(request: ChainRequest, parseInner: ParseInner): Criterion {
  const { type, name, value, settings } = request;
  const dot = name.indexOf('.');
  const [code = '', only, ...more] = name.slice(0, dot).split(':');
  const rest = name.slice(dot + 1);
  const [head = rest] = rest.split(/[.:]/);
  if (more.length > 0 || rest === '')
    throw invalidValue(`The chain '${name}' can't be read; write it like 'subject:Patient.name'.`, `http.${code}`);
  const link = { type, code, head, links: request.links, settings };
  return followLink(only === undefined ? link : { ...link, only }, (target, links) =>
    parseInner({ type: target, name: rest, value, links, settings }),
  );
}

/** A step from a type through one of its reference parameters. */
export interface Link {
  readonly type: string;
  readonly code: string;
  /** The one type it leads to, where that is said. */
  readonly only?: string;
  /** The parameter asked behind it. */
  readonly head: string;
  /** How many links led here. */
  readonly links: number;
  readonly settings: QuerySettings;
}

/**
 * What resources meet that lead to one that meets `inner`. Without a type the link goes to every type that the element allows, that has the
 * parameter behind it and that the caller may search; it is an error when there is none.
 */
export function followLink(link: Link, inner: (target: string, links: number) => Criterion): Criterion {
  const { type, code, only, head, settings } = link;
  const parameter = referenceParameter(type, code, settings);
  const links = countLink(link);
  const allowed = referenceTargets(settings.definitions, type, parameter);
  const target = (name: string) => and(settings.border(name), inner(name, links));
  if (only === undefined) return eachTarget(withParameter(allowed, head, settings), target, code);
  checkTarget(type, code, only, allowed);
  return { kind: 'chain', parameter: code, types: [only], target: target(only) };
}

/** Counts a link of a chain or a level of `_has`; over the limit: too-costly. */
export function countLink({ links }: Pick<ChainRequest, 'links'>): number {
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
  const more = aboutUnknown([type], code, names, definitions);
  throw unknownParameter(`${type} has no reference search parameter '${code}'.${more}`, `http.${code}`);
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

/** They have no definition: https://hl7.org/fhir/R4/search.html#has and #list */
const ofEveryType: ReadonlySet<string> = new Set(['_has', '_list']);

/** The types that have the parameter behind the link; throws when none has. */
function withParameter(allowed: readonly string[], head: string, { definitions }: QuerySettings): readonly string[] {
  if (ofEveryType.has(head)) return allowed;
  const types = allowed.filter((type) => definitions.searchParameter(type, head) !== undefined);
  if (types.length > 0) return types;
  const known = new Set(allowed.flatMap((type) => definitions.searchParameters(type).map((parameter) => parameter.code)));
  const suggestion = aboutUnknown(allowed, head, known, definitions);
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
