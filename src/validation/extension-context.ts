/** Where an extension may stand, by the contexts of its definition. https://hl7.org/fhir/R4/defining-extensions.html#context */
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { compileExpression, compileInvariant } from '../fhirpath/expression.ts';
import { evaluationErrorName } from '../fhirpath/node.ts';
import { type ExtensionPlace, type Run, report } from './issues.ts';
import { objectsOf } from './profile-element.ts';
import { shapeKeys } from './shapes.ts';

/**
 * Places beyond those that R4's definitions name, where R4's own published definitions use the extensions: StructureDefinitions and value
 * sets that tools make from them carry them there too.
 */
const placesBesides: Readonly<Record<string, readonly string[]>> = {
  'structuredefinition-fhir-type': ['ElementDefinition.type'],
  regex: ['ElementDefinition.type'],
  'structuredefinition-normative-version': ['ElementDefinition', 'DomainResource'],
  'structuredefinition-standards-status': ['ElementDefinition', 'DomainResource'],
  'structuredefinition-wg': ['DomainResource'],
  'structuredefinition-fmm': ['DomainResource'],
  'valueset-concept-comments': ['CodeSystem.concept'],
  translation: ['ValueSet.expansion.contains'],
};

/** Says when the extension at the end of the run's path is not at a place that its definition names, or when a rule about its place does not hold. */
export function checkContext(definition: Resource, extension: JsonObject, url: string, run: Run, depth: number): void {
  const { places } = run.tools;
  const allowed = places.get(definition) ?? readContexts(definition, url);
  places.set(definition, allowed);
  if (allowed.length > 0 && !allowed.some((context) => isMet(context, extension, run, depth))) {
    const shown = allowed.map(({ expression }) => expression);
    report(run, depth, 'extension-context', { parameters: { url, contexts: shown } });
  }
  const rules = definition['contextInvariant'];
  if (Array.isArray(rules)) for (const rule of rules) checkInvariant(rule, url, run, depth);
}

/** None for an extension that says nothing of its place. */
function readContexts(definition: Resource, url: string): readonly ExtensionPlace[] {
  const contexts = objectsOf(definition['context']).flatMap(({ type, expression }) =>
    typeof type === 'string' && typeof expression === 'string' ? [{ type, expression }] : [],
  );
  const besides = placesBesides[url.replace('http://hl7.org/fhir/StructureDefinition/', '')] ?? [];
  return contexts.length === 0 ? [] : [...contexts, ...besides.map((expression) => ({ type: 'element', expression }))];
}

function isMet({ type, expression }: ExtensionPlace, extension: JsonObject, run: Run, depth: number): boolean {
  if (type === 'element') return namesOfPlace(run, depth - 1).has(expression.slice(expression.indexOf('#') + 1));
  if (type === 'extension') {
    // On the extension itself or on its value.
    const onValue = /^value(\.|$)/.test(run.names[depth - 2] ?? '');
    return outerUrl(run, onValue ? depth - 1 : depth) === expression.split('#')[0];
  }
  return isSelected(expression, extension, run);
}

/** The url of the extension that the one at the end of the path stands in. */
export function outerUrl(run: Run, depth: number): JsonValue | undefined {
  if (!/^(modifierE|e)xtension$/.test(run.names[depth - 2] ?? '')) return undefined;
  const outer = objectAt(run, depth - 1);
  return outer?.['url'];
}

/** The object at the first `depth` steps of the path; of a primitive, what stands beside it. */
function objectAt(run: Run, depth: number): JsonObject | undefined {
  let value: JsonValue | undefined = run.environment.resource;
  for (let step = run.resourceDepth; step < depth; step += 1) {
    if (!isJsonObject(value)) return undefined;
    const name = jsonNameOf(run.names[step] ?? '');
    const member: JsonValue | undefined = partOf(value[name], run.indexes[step] ?? -1);
    value = isJsonObject(member) ? member : partOf(value[`_${name}`], run.indexes[step] ?? -1);
  }
  return isJsonObject(value) ? value : undefined;
}

function partOf(value: JsonValue | undefined, index: number): JsonValue | undefined {
  if (index < 0) return value;
  return Array.isArray(value) ? value[index] : undefined;
}

/** `valueQuantity` of the step `value.ofType(Quantity)`. */
function jsonNameOf(step: string): string {
  const [name = '', type = ''] = step.replace(')', '').split('.ofType(');
  return `${name}${type.charAt(0).toUpperCase()}${type.slice(1)}`;
}

/** "fhirpath: the context is all elements that match the FHIRPath query found in the expression". */
function isSelected(expression: string, extension: JsonObject, run: Run): boolean {
  const { resource } = run.environment;
  const select = compiled(run.tools.contextPaths, `${resource.resourceType} ${expression}`, () =>
    compileExpression(expression, resource.resourceType, run.tools.definitions),
  );
  // What can't be compiled for this type is no element of it.
  if (select === undefined) return false;
  try {
    return select([{ type: resource.resourceType, value: resource }], run.environment).some(({ value, sibling }) =>
      [value, sibling].some((one) => holds(one, extension)),
    );
  } catch (error) {
    if (error instanceof Error && error.name === evaluationErrorName) return false;
    throw error;
  }
}

function holds(value: JsonValue | undefined, extension: JsonObject): boolean {
  if (!isJsonObject(value)) return false;
  return [value['extension'], value['modifierExtension']].some(
    (list) => Array.isArray(list) && list.some((one: JsonValue) => one === extension),
  );
}

/** Clients may store definitions, so that what is kept of their expressions has an end. */
const expressionsKept = 200;

function compiled<T>(known: Map<string, T | undefined>, key: string, compile: () => T): T | undefined {
  if (known.has(key)) return known.get(key);
  if (known.size >= expressionsKept) known.clear();
  const made = compileOrNothing(compile);
  known.set(key, made);
  return made;
}

function compileOrNothing<T>(compile: () => T): T | undefined {
  try {
    return compile();
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** "contextInvariant: a set of rules as FHIRPath invariants about when the extension can be used"; on the element that has the extension. */
function checkInvariant(rule: JsonValue, url: string, run: Run, depth: number): void {
  const value = objectAt(run, depth - 1);
  if (typeof rule !== 'string' || value === undefined) return;
  const types = [...namesOfPlace(run, depth - 1)].filter((name) => name !== 'Element' && run.tools.shapeOf(name) !== undefined);
  const type = types[0] ?? run.environment.resource.resourceType;
  const test = compiled(run.tools.contextRules, `${type} ${rule}`, () => compileInvariant(rule, type, run.tools.definitions));
  const verdict = test?.({ type, value }, run.environment);
  if (verdict === false) report(run, depth, 'extension-context-rule', { parameters: { url, rule } });
  else if (verdict === undefined) report(run, depth, 'invariant-not-checked', { parameters: { key: 'contextInvariant' } });
}

const placesKept = 5000;

/** Everything the element at some steps may be called: its path in the resource, its path in its datatype, its types. */
function namesOfPlace(run: Run, depth: number): ReadonlySet<string> {
  const { placeNames } = run.tools;
  let key = run.environment.resource.resourceType;
  for (let step = run.resourceDepth; step < depth; step += 1) key += `.${run.names[step]}`;
  const known = placeNames.get(key);
  if (known !== undefined) return known;
  const names = findNames(run, depth);
  if (placeNames.size >= placesKept) placeNames.clear();
  placeNames.set(key, names);
  return names;
}

function findNames(run: Run, depth: number): ReadonlySet<string> {
  const { definitions, shapeOf } = run.tools;
  const start = run.environment.resource.resourceType;
  let keys: readonly string[] = [start];
  let names: readonly string[] = [start];
  for (let step = run.resourceDepth; step < depth; step += 1) {
    const [name = '', type] = (run.names[step] ?? '').replace(')', '').split('.ofType(');
    const element = keys.map((key) => shapeOf(key)?.get(name)).find((found) => found !== undefined);
    names = names.flatMap((parent) =>
      type === undefined ? [`${parent}.${name}`] : [`${parent}.${name}`, `${parent}.${name}[x]`],
    );
    keys = type === undefined ? (element === undefined ? [] : shapeKeys(element)) : [type];
    names = [...names, ...keys, ...(element?.types.map(({ code }) => code) ?? [])];
  }
  const types = keys.flatMap((key) => definitions.lineage(key));
  return new Set([...names, ...types, 'Element']);
}
