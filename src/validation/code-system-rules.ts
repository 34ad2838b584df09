/** What R4 says of a CodeSystem's properties beyond its structure. https://hl7.org/fhir/R4/codesystem.html#properties */
import type { JsonObject } from '../fhir/types.ts';
import { sayUnknownCode } from './coding-rules.ts';
import { type Run, report } from './issues.ts';
import { echo } from './messages.ts';
import { objectsOf } from './profile-element.ts';

const conceptProperties = 'http://hl7.org/fhir/concept-properties#';

/** The types of the properties that R4 defines. http://hl7.org/fhir/concept-properties */
const standardTypes: Readonly<Record<string, string>> = {
  inactive: 'boolean',
  deprecated: 'dateTime',
  deprecationDate: 'dateTime',
  retirementDate: 'dateTime',
  notSelectable: 'boolean',
  parent: 'code',
  child: 'code',
  partOf: 'code',
  synonym: 'code',
  comment: 'string',
  itemWeight: 'decimal',
};

export function checkCodeSystem(codeSystem: JsonObject, run: Run, depth: number): void {
  const declared = new Map<string, string>();
  const uris = new Set<string>();
  for (const [index, property] of objectsOf(codeSystem['property']).entries()) {
    const { code, uri, type } = property;
    enter(run, depth, 'property', index);
    if (typeof code === 'string' && declared.has(code))
      report(run, depth + 1, 'property-code-duplicate', { parameters: { value: echo(code) } });
    if (typeof uri === 'string' && uris.has(uri))
      report(run, depth + 1, 'property-uri-duplicate', { parameters: { value: echo(uri) } });
    checkStandard(property, run, depth + 1);
    if (typeof code === 'string' && typeof type === 'string' && !declared.has(code)) declared.set(code, type);
    if (typeof uri === 'string') uris.add(uri);
  }
  checkConcepts(codeSystem, declared, run, depth);
  checkContent(codeSystem, run, depth);
  checkSupplement(codeSystem, run, depth);
}

/** "not-present: None of the concepts defined by the code system are included in the code system resource". */
function checkContent({ content, concept }: JsonObject, run: Run, depth: number): void {
  if (content !== 'not-present' || objectsOf(concept).length === 0) return;
  enter(run, depth, 'concept', 0);
  report(run, depth + 1, 'content-not-present');
}

/** "supplements: The canonical URL of the code system that this code system supplement is adding designations and properties to". */
function checkSupplement(codeSystem: JsonObject, run: Run, depth: number): void {
  const { content, supplements } = codeSystem;
  if ((content === 'supplement') !== (supplements !== undefined)) {
    report(run, depth, content === 'supplement' ? 'supplement-of-nothing' : 'supplement-content');
    return;
  }
  const url = typeof supplements === 'string' ? (supplements.split('|')[0] ?? supplements) : '';
  const system = run.tools.definitions.codeSystem(url);
  if (system?.complete !== true) return;
  for (const [position, { code }] of objectsOf(codeSystem['concept']).entries()) {
    enter(run, depth, 'concept', position);
    if (typeof code === 'string' && !system.has(code, url)) sayUnknownCode(url, code, run, depth + 1);
  }
}

/** A property that carries the URI of a standard one has its code and type. */
function checkStandard({ code, uri, type }: JsonObject, run: Run, depth: number): void {
  const name = typeof uri === 'string' && uri.startsWith(conceptProperties) ? uri.slice(conceptProperties.length) : undefined;
  const standard = name !== undefined && Object.hasOwn(standardTypes, name) ? standardTypes[name] : undefined;
  if (name === undefined || standard === undefined) return;
  if (code !== name) report(run, depth, 'property-code-standard', { parameters: { value: echo(code), expected: echo(name) } });
  if (type !== standard)
    report(run, depth, 'property-type-standard', { parameters: { name, expected: standard, found: echo(type) } });
}

/** "value[x]: the type is as declared in CodeSystem.property.type". */
function checkConcepts(parent: JsonObject, declared: ReadonlyMap<string, string>, run: Run, depth: number): void {
  for (const [index, concept] of objectsOf(parent['concept']).entries()) {
    if (run.full) return;
    enter(run, depth, 'concept', index);
    for (const [place, property] of objectsOf(concept['property']).entries()) {
      enter(run, depth + 1, 'property', place);
      checkValue(property, declared, run, depth + 2);
    }
    checkConcepts(concept, declared, run, depth + 1);
  }
}

function checkValue(property: JsonObject, declared: ReadonlyMap<string, string>, run: Run, depth: number): void {
  const { code } = property;
  const expected = typeof code === 'string' ? declared.get(code) : undefined;
  const name = Object.keys(property).find((key) => key.startsWith('value'));
  if (expected === undefined || name === undefined || name.slice('value'.length).toLowerCase() === expected.toLowerCase()) return;
  const found = name.charAt('value'.length).toLowerCase() + name.slice('value'.length + 1);
  report(run, depth, 'property-type-declared', { parameters: { name: echo(code), expected, found } });
}

function enter(run: Run, depth: number, name: string, index: number): void {
  run.names[depth] = name;
  run.indexes[depth] = index;
}
