/** The search parameters of one type, compiled: expression to values, values to index entries. */
import type { Definitions, SearchParameter } from '../definitions/definitions.ts';
import type { TimeZone } from '../fhir/date.ts';
import { isJsonObject } from '../fhir/types.ts';
import { compileExpression } from '../fhirpath/expression.ts';
import type { Environment, Expression, Node } from '../fhirpath/node.ts';
import type { Content } from './content.ts';
import type { IndexEntry } from './index-entry.ts';
import type { ComponentIndex, IndexPlace, SearchTypeDefinition } from './types/definition.ts';
import { fullTextPart } from './types/full-text.ts';
import { searchTypeOf } from './types/index.ts';

export interface CompiledParameter {
  readonly code: string;
  /** It is none of R4's: its expression may fail on resources that nobody had in mind. */
  readonly own: boolean;
  /** The values that the parameter's expression finds. */
  evaluate(focus: readonly Node[], environment: Environment): readonly Node[];
  /** The entries of values found, without duplicates. */
  index(nodes: readonly Node[], environment: Environment): readonly IndexEntry[];
}

export interface PlaceSettings {
  readonly baseUrl: string;
  readonly timeZone: TimeZone;
  readonly content: Content;
}

/** Kept beside the index: the id is the key, and the time is the store's own. */
const unindexed: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

/** By code. Throws an Error that names the expression when one can't be compiled. */
export function compileParameters(
  definitions: Definitions,
  type: string,
  settings: PlaceSettings,
): ReadonlyMap<string, CompiledParameter> {
  const compiled = new Map<string, CompiledParameter>();
  const core = definitions.searchParametersWith([]);
  for (const parameter of definitions.searchParameters(type)) {
    const definition = searchTypeOf(parameter);
    if (definition === undefined || unindexed.has(parameter.code)) continue;
    const own = core.searchParameterByUrl(parameter.url) === undefined;
    compiled.set(parameter.code, { ...compileParameter({ parameter, definition, type, definitions, settings }), own });
  }
  return compiled;
}

interface Source {
  readonly parameter: SearchParameter;
  readonly definition: SearchTypeDefinition;
  readonly type: string;
  readonly definitions: Definitions;
  readonly settings: PlaceSettings;
}

function compileParameter({ parameter, definition, type, definitions, settings }: Source): Omit<CompiledParameter, 'own'> {
  const expression = evaluatorOf({ parameter, type, definitions, settings });
  const components = compileComponents(parameter, definitions);
  // The entries of a composite must tell which element they came from; those of others need not, so that equal ones fall together.
  const elements = components.length > 0 || parameter.type === 'special';
  return {
    code: parameter.code,
    evaluate: expression,
    index(nodes, environment) {
      const place = { parameter: parameter.code, element: 0, definitions, ...settings };
      const part =
        components.length === 0 ? place : { ...place, components: components.map((component) => component(environment)) };
      const entries = nodes.flatMap((node, index) =>
        definition.index(node, elements && nodes.length > 1 ? { ...part, element: index + 1 } : (part satisfies IndexPlace)),
      );
      return entries.length > 1 ? withoutDuplicates(entries) : entries;
    },
  };
}

function evaluatorOf({ parameter, type, definitions, settings }: Omit<Source, 'definition'>): Expression {
  const part = fullTextPart(parameter);
  if (part !== undefined) {
    const { content } = settings;
    return (focus) =>
      focus.flatMap(({ value }) => (isJsonObject(value) ? [{ type: 'string', value: content[part](value) }] : []));
  }
  return unwrapping(compileExpression(ofStatedType(parameter.expression ?? ''), type, definitions), definitions);
}

/**
 * `subject.where(resolve() is Patient)` leaves out a reference that has only an identifier, since nothing can be resolved; but such a one may
 * state its type ("The expected type of the target of the reference", https://hl7.org/fhir/R4/references.html#Reference) for `:identifier`.
 */
function ofStatedType(expression: string): string {
  return expression.replace(/where\(resolve\(\) is (\w+)\)/g, "where((resolve() is $1) or (reference.empty() and type = '$1'))");
}

/** A component's expression starts at the composite's value, whose type is known when the value is. */
function compileComponents(
  parameter: SearchParameter,
  definitions: Definitions,
): readonly ((environment: Environment) => ComponentIndex)[] {
  return parameter.component.map(({ definition: url, expression }) => {
    const referred = definitions.searchParameterByUrl(url);
    const definition = referred === undefined ? undefined : searchTypeOf(referred);
    if (definition === undefined)
      throw new Error(`The search parameter ${parameter.url} has a component that is not known: ${url}.`);
    const byType = new Map<string, Expression>();
    const expressionFor = (type: string): Expression => {
      const known = byType.get(type);
      if (known !== undefined) return known;
      const compiled = unwrapping(compileExpression(expression, type, definitions), definitions);
      byType.set(type, compiled);
      return compiled;
    };
    return (environment) => ({ definition, evaluate: (node) => expressionFor(node.type)([node], environment) });
  });
}

/** Parameters on extensions point at the extension; its value is meant. */
function unwrapping(expression: Expression, definitions: Definitions): Expression {
  return (focus, environment) => {
    const nodes = expression(focus, environment);
    return nodes.some((node) => node.type === 'Extension') ? nodes.flatMap((node) => extensionValue(node, definitions)) : nodes;
  };
}

function extensionValue(node: Node, definitions: Definitions): readonly Node[] {
  if (node.type !== 'Extension' || !isJsonObject(node.value)) return [node];
  return Object.entries(node.value).flatMap(([name, value]) => {
    const suffix = /^value([A-Z]\w*)$/.exec(name)?.[1];
    if (suffix === undefined) return [];
    const type = definitions.type(suffix) === undefined ? `${suffix.charAt(0).toLowerCase()}${suffix.slice(1)}` : suffix;
    return [{ type, value }];
  });
}

function withoutDuplicates(entries: readonly IndexEntry[]): readonly IndexEntry[] {
  const kept = new Map<string, IndexEntry>();
  for (const entry of entries) kept.set(keyOf(entry), entry);
  return kept.size === entries.length ? entries : [...kept.values()];
}

function keyOf(entry: IndexEntry): string {
  const place = `${entry.parameter}\n${entry.element}\n${entry.shape}\n`;
  switch (entry.shape) {
    case 'token':
      return `${place}${entry.system}\n${entry.code}`;
    case 'string':
      return `${place}${entry.value}\n${entry.exact}`;
    case 'range':
      return `${place}${entry.low}\n${entry.high}\n${entry.unit}`;
    case 'reference':
      return `${place}${entry.target}`;
    case 'uri':
      return `${place}${entry.value}`;
    case 'words':
      return `${place}${entry.words}`;
  }
}
