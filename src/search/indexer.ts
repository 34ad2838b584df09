/** From a resource to its index entries and compartments, by the search parameters' expressions. */
import type { Definitions } from '../definitions/definitions.ts';
import { type PatientAccessRule, patientAccess } from '../definitions/patient-access.ts';
import { openTimeZone } from '../fhir/date.ts';
import { parseReference } from '../fhir/reference.ts';
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import type { Environment, Node } from '../fhirpath/node.ts';
import { openAccessEntries } from './access-entries.ts';
import { type CompiledParameter, compileParameters } from './compile-parameters.ts';
import { openContent } from './content.ts';
import { nobodysCompartment } from './criterion.ts';
import type { IndexEntry } from './index-entry.ts';
import { referenceTarget } from './types/reference.ts';

export interface IndexedResource {
  readonly entries: readonly IndexEntry[];
  /**
   * `Patient/A` for each patient in whose compartment the resource is, by `conformance/compartments/patient-access.json`;
   * `nobodysCompartment` when it names no subject and its rule is `subject-or-none`.
   */
  readonly compartments: readonly string[];
  /**
   * Everything the compartment's subject parameters point at, for the border of writes: `Type/id`, an absolute URL, `#id`, or `?` for a
   * reference without a literal target. Empty when the resource names no subject.
   */
  readonly subjects: readonly string[];
  /**
   * What stands for the resource where access is decided (a Binary's security context), written as `subjects` are; absent when it stands for
   * itself.
   */
  readonly contexts?: readonly string[];
}

export interface Indexer {
  /**
   * Throws an Error when an expression of R4's can't be evaluated on the resource: what passed validation never does. Of another parameter that
   * can't be there are no entries, and `onFailure` is told.
   */
  index(resource: Resource): IndexedResource;
  /** The entries of one parameter alone. Throws an Error when its expression can't be evaluated on the resource. */
  entries(resource: Resource, parameter: string): readonly IndexEntry[];
  /** The targets (`Type/id` or absolute URL) of one reference parameter, for includes; duplicates removed. */
  targets(resource: Resource, parameter: string): readonly string[];
}

export interface IndexerSettings {
  /** Without a trailing slash: an absolute reference under it is local. */
  readonly baseUrl: string;
  /** Of dates and times sent without a zone: an IANA name. */
  readonly timeZone: string;
  /** Called with the code of a parameter beside R4's own that could not be evaluated on a resource of the type. */
  readonly onFailure?: (type: string, parameter: string, error: Error) => void;
}

/** Compiles the search parameters of a type when a resource of it first comes. */
export function openIndexer(definitions: Definitions, settings: IndexerSettings): Indexer {
  const access = patientAccess(definitions);
  const places = { baseUrl: settings.baseUrl, timeZone: openTimeZone(settings.timeZone), content: openContent(definitions) };
  const accessEntries = openAccessEntries(definitions, access, settings.baseUrl);
  const types = new Map<string, ReadonlyMap<string, CompiledParameter>>();
  const parametersOf = (type: string): ReadonlyMap<string, CompiledParameter> => {
    const known = types.get(type);
    if (known !== undefined) return known;
    const compiled = compileParameters(definitions, type, places);
    types.set(type, compiled);
    return compiled;
  };
  return {
    index(resource) {
      const parameters = parametersOf(resource.resourceType);
      const [focus, environment] = focusOf(resource);
      const attempt = attempting(resource.resourceType, settings);
      const found = [...parameters.values()].map((parameter) => ({
        parameter,
        nodes: attempt(parameter, () => parameter.evaluate(focus, environment)),
      }));
      const entries = found.flatMap(({ parameter, nodes }) =>
        nodes.length === 0 ? [] : attempt(parameter, () => parameter.index(nodes, environment)),
      );
      const rule = access.rule(resource.resourceType);
      const named = found.filter(({ parameter }) => rule.parameters.includes(parameter.code)).flatMap(({ nodes }) => nodes);
      const { entries: own, contexts } = accessEntries(resource.resourceType)(focus, environment);
      const member = membership(resource, rule, named, settings.baseUrl);
      if (contexts !== undefined)
        return { entries: [...entries, ...own], ...member, compartments: contexts.filter(isPatient), contexts };
      return { entries: own.length === 0 ? entries : [...entries, ...own], ...member };
    },
    entries(resource, code) {
      const parameter = parametersOf(resource.resourceType).get(code);
      const [focus, environment] = focusOf(resource);
      return parameter?.index(parameter.evaluate(focus, environment), environment) ?? [];
    },
    targets(resource, code) {
      const parameter = parametersOf(resource.resourceType).get(code);
      const nodes = parameter?.evaluate(...focusOf(resource)) ?? [];
      return unique(nodes.map((node) => targetOf(node.value, settings.baseUrl)).filter((target) => target !== undefined));
    },
  };
}

/** What cannot be searched by a parameter that somebody added must be storable all the same. */
function attempting(type: string, { onFailure }: IndexerSettings) {
  return <T>({ own, code }: CompiledParameter, work: () => readonly T[]): readonly T[] => {
    if (!own) return work();
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      onFailure?.(type, code, error);
      return [];
    }
  };
}

function focusOf(resource: Resource): [readonly Node[], Environment] {
  return [[{ type: resource.resourceType, value: resource }], { resource, rootResource: resource }];
}

function membership(
  resource: Resource,
  rule: PatientAccessRule,
  named: readonly Node[],
  baseUrl: string,
): Pick<IndexedResource, 'compartments' | 'subjects'> {
  const { id } = resource;
  if (rule.reach === 'self')
    return { compartments: typeof id === 'string' ? [`${resource.resourceType}/${id}`] : [], subjects: [] };
  const targets = unique(named.map((node) => targetOf(node.value, baseUrl) ?? '?'));
  const subjects = targets.filter((target) => !rule.besides.includes(target.split('/', 1)[0] ?? target));
  const patients = subjects.filter(isPatient);
  const unnamed = rule.reach === 'subject-or-none' && subjects.length === 0;
  return { compartments: unnamed ? [nobodysCompartment] : patients, subjects };
}

function isPatient(target: string): boolean {
  return target.startsWith('Patient/');
}

/** Of a Reference, a canonical or a nested resource. */
function targetOf(value: JsonValue | undefined, baseUrl: string): string | undefined {
  if (isJsonObject(value) && typeof value['resourceType'] === 'string') return `${value['resourceType']}/${String(value['id'])}`;
  const text = isJsonObject(value) ? value['reference'] : value;
  return typeof text === 'string' ? referenceTarget(parseReference(text.split('|', 1)[0] ?? text, baseUrl)) : undefined;
}

function unique<T>(values: readonly T[]): readonly T[] {
  return values.length > 1 ? [...new Set(values)] : values;
}
