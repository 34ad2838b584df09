/** Extensions: content, url, whether they are known, whether they may stand where they stand. https://hl7.org/fhir/R4/extensibility.html */
import type { JsonObject, Resource } from '../fhir/types.ts';
import { elementName, type Run, report } from './issues.ts';
import { isAbsolute } from './primitive-text.ts';
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

/** What every Extension must be, wherever it stands (ext-1 among it), and what its definition says when it is known. */
export function checkExtension(extension: JsonObject, run: Run, depth: number): void {
  checkContent(extension, run, depth);
  const url = extension['url'];
  if (typeof url !== 'string' || url === '' || isPartOfExtension(run, depth)) return;
  if (!isAbsolute(url)) {
    report(run, depth, 'extension-url-absolute');
    return;
  }
  const definition = run.tools.definitions.conformance(url);
  if (definition === undefined) reportUnknown(url, run, depth);
  else {
    checkUse(definition, url, run, depth);
    const item = { value: extension, sibling: undefined, type: 'Extension', shown: 'extension', index: -1 };
    run.tools.applyProfile?.(url, item, run, depth);
  }
}

function checkContent(extension: JsonObject, run: Run, depth: number): void {
  let value = false;
  for (const name in extension) value ||= name.startsWith('value') || name.startsWith('_value');
  const inner = extension['extension'] !== undefined;
  if (value === inner) report(run, depth, value ? 'extension-both' : 'extension-neither', { rule: 'ext-1' });
}

/** Within another extension, urls are names that the outer one defines. */
function isPartOfExtension(run: Run, depth: number): boolean {
  const parent = depth >= 2 ? run.names[depth - 2] : undefined;
  return parent === 'extension' || parent === 'modifierExtension';
}

/** "Applications SHALL NOT change the meaning of, or ignore, modifierExtensions": an unknown one can't be accepted. */
function reportUnknown(url: string, run: Run, depth: number): void {
  const modifier = elementName(run, depth) === 'modifierExtension';
  report(run, depth, modifier ? 'modifier-extension-unknown' : 'extension-unknown', { parameters: { url: url.slice(0, 200) } });
}

function checkUse(definition: Resource, url: string, run: Run, depth: number): void {
  const asModifier = elementName(run, depth) === 'modifierExtension';
  if (asModifier !== isModifier(definition))
    report(run, depth, asModifier ? 'extension-not-modifier' : 'extension-is-modifier', { parameters: { url } });
  const contexts = objectsOf(definition['context']).filter(({ type }) => type === 'element');
  // Contexts given as FHIRPath or as another extension are not limits that can be told from the place alone.
  if (contexts.length === 0 || contexts.length < objectsOf(definition['context']).length) return;
  const besides = placesBesides[url.replace('http://hl7.org/fhir/StructureDefinition/', '')] ?? [];
  const wanted = [...contexts.map(({ expression }) => String(expression)), ...besides];
  const here = namesOfPlace(run, depth - 1);
  if (!wanted.some((name) => here.has(name))) report(run, depth, 'extension-context', { parameters: { url, contexts: wanted } });
}

function isModifier(definition: Resource): boolean {
  const { snapshot, differential } = definition as { readonly snapshot?: JsonObject; readonly differential?: JsonObject };
  const root = objectsOf((snapshot ?? differential)?.['element'])[0];
  return root?.['isModifier'] === true;
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
