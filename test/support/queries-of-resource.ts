/** The searches that have to find a resource: one for each search parameter that has a value in it. */
import type { Definitions, SearchParameter } from '../../src/definitions/definitions.ts';
import { isJsonObject, type JsonValue, type Resource } from '../../src/fhir/types.ts';
import { compileExpression } from '../../src/fhirpath/expression.ts';
import type { Environment, Expression, Node } from '../../src/fhirpath/node.ts';
import { openIndexer } from '../../src/search/indexer.ts';
import { type Asked, askFor } from './query-of-value.ts';

export interface QueriesOfResource {
  /** `query` as in a URL, without the type. */
  readonly found: readonly { readonly code: string; readonly query: string }[];
  /** Codes of parameters that the index has values for, and of whose values no query could be made. */
  readonly missing: readonly string[];
}

/** Values that are asked for together, so that each has to be found. */
const valuesMax = 3;

export function openQueries(definitions: Definitions, baseUrl: string): (resource: Resource) => QueriesOfResource {
  const indexer = openIndexer(definitions, { baseUrl, timeZone: 'Europe/Rome' });
  const compiled = new Map<string, Expression>();
  const evaluate = (expression: string, focus: Node, environment: Environment): readonly Node[] => {
    const key = `${focus.type} ${expression}`;
    const known = compiled.get(key) ?? compileExpression(expression, focus.type, definitions);
    compiled.set(key, known);
    return known([focus], environment).map(valueOfExtension);
  };

  const askForAll = (parameter: SearchParameter, focus: Node, environment: Environment): readonly Asked[] => {
    const { code, expression, type } = parameter;
    if (code === '_text' || code === '_content') return askForWord(code, environment.resource);
    // The server sets it, whatever was sent.
    if (code === '_lastUpdated') return [['', 'ge2020']];
    if (expression === undefined || expression === '') return [];
    const nodes = evaluate(expression, focus, environment);
    if (type !== 'composite') return spread(nodes.map((node) => askFor(type, node)));
    return spread(nodes.map((node) => askForTuple(parameter, node, environment)));
  };

  const askForTuple = ({ component }: SearchParameter, focus: Node, environment: Environment): readonly Asked[] => {
    const parts = component.map(({ definition, expression }) => {
      const type = definitions.searchParameterByUrl(definition)?.type ?? 'token';
      const values = evaluate(expression, focus, environment).flatMap((node) => askFor(type, node));
      return values.find(([modifier]) => modifier === '')?.[1];
    });
    return parts.includes(undefined) ? [] : [['', parts.join('$')]];
  };

  return (resource) => {
    const focus: Node = { type: resource.resourceType, value: resource };
    const environment: Environment = { resource, rootResource: resource };
    const found = definitions.searchParameters(resource.resourceType).flatMap((parameter) => {
      const asked = askForAll(parameter, focus, environment);
      const query = asked.map(([modifier, value]) => `${parameter.code}${modifier}=${encodeURIComponent(value)}`).join('&');
      return query === '' ? [] : [{ code: parameter.code, query }];
    });
    const codes = new Set(found.map(({ code }) => code));
    const searchable = new Set(definitions.searchParameters(resource.resourceType).map(({ code }) => code));
    const indexed = new Set(indexer.index(resource).entries.map(({ parameter }) => parameter.replace(/\$\d+$/, '')));
    // A word asked for is one of a sentence; the content of a few resources is names and numbers alone, which other parameters find.
    const missing = [...indexed].filter((code) => code !== '_content' && searchable.has(code) && !codes.has(code));
    return { found, missing };
  };
}

/** One of each value before the second of any. */
function spread(asked: readonly (readonly Asked[])[]): readonly Asked[] {
  return asked
    .filter((one) => one.length > 0)
    .slice(0, valuesMax)
    .flat();
}

/** "a parameter on an extension" means the extension's value. */
function valueOfExtension(node: Node): Node {
  if (node.type !== 'Extension' || !isJsonObject(node.value)) return node;
  const [name, value] = Object.entries(node.value).find(([member]) => /^value[A-Z]/.test(member)) ?? [];
  return name === undefined ? node : { type: name.slice('value'.length), value };
}

/** The first word of some length, between spaces. */
function askForWord(code: '_text' | '_content', resource: Resource): readonly Asked[] {
  const { text } = resource;
  const div = isJsonObject(text) && typeof text['div'] === 'string' ? text['div'] : '';
  const narrative = div.replace(/<[^>]*>|&[^;]*;/g, ' ');
  const sentences = code === '_text' ? [narrative] : [narrative, ...sentencesIn(resource)];
  const words = sentences.flatMap((one) => one.split(/\s+/)).filter((word) => /^[\p{L}\p{N}]{1,20}$/u.test(word));
  const word = words.find(({ length }) => length > 4) ?? words[0];
  return word === undefined ? [] : [['', word]];
}

/** Codes and addresses are no text; what stands in several words is. */
function sentencesIn(value: JsonValue): readonly string[] {
  if (typeof value === 'string') return /^[^<]*\p{L} \p{L}[^<]*$/u.test(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(sentencesIn);
  const members = isJsonObject(value) ? Object.entries(value) : [];
  return members.flatMap(([name, member]) => (name === 'data' ? [] : sentencesIn(member)));
}
