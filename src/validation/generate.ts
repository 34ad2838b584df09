/**
 * Turns a type of R4 into the source of one JavaScript function that checks instances of it: closed properties by `for..in` and `switch`,
 * required elements by bits, paths only as two array stores per element. https://hl7.org/fhir/R4/json.html
 *
 * The source is made from names that match `identifier` and from strings through JSON.stringify, so that a definition can't inject code.
 */
import type { ElementDefinition, TypeDefinition } from '../definitions/definitions.ts';

/** What the generated source refers to by position: made by `type-checks.ts` while the source is made. */
export interface Linker {
  /** Variable that holds the cell of a complex type. */
  type(name: string): string;
  /** Variable that holds the check of a primitive type, undefined when the type is not primitive. */
  primitive(name: string): string | undefined;
  /** Variables that hold the rules about one element beyond its type. */
  elementRules(element: ElementDefinition, typeCode: string): readonly string[];
  /** Variables that hold the rules about a whole object. */
  objectRules(path: string): readonly string[];
  /** Variable that holds any other value. */
  constant(value: unknown): string;
}

/** A required element, and what to say when it is missing. */
export interface Requirement {
  readonly bit: number;
  readonly element: ElementDefinition;
}

/** What to say of a property that is none of the type's. */
export interface Closed {
  readonly type: string;
  readonly elements: readonly ElementDefinition[];
}

const identifier = /^[A-Za-z][A-Za-z0-9]{0,127}$/;

/** An ElementDefinition's types are FHIR types; those of `Element` and `BackboneElement` have a body of their own. */
interface Body {
  readonly path: string;
  readonly elements: readonly ElementDefinition[];
  readonly resource: boolean;
}

interface Generation {
  readonly link: Linker;
  /** Position of each body by path; `contentReference` points to one. */
  readonly positions: ReadonlyMap<string, number>;
}

/** The body of a function of (lib, cells, links) that returns the check of the type. */
export function generateType(type: TypeDefinition, link: Linker): string {
  const bodies = collectBodies(type);
  const positions = new Map(bodies.map((body, position) => [body.path, position]));
  const functions = bodies.map((body, position) => generateBody(body, position, { link, positions }));
  return `${functions.join('\n')}\nreturn f0;`;
}

function collectBodies(type: TypeDefinition): readonly Body[] {
  const bodies: Body[] = [{ path: type.name, elements: type.elements, resource: type.kind === 'resource' }];
  const collect = (elements: readonly ElementDefinition[]): void => {
    for (const element of elements) {
      if (element.children === undefined) continue;
      bodies.push({ path: element.path, elements: element.children, resource: false });
      collect(element.children);
    }
  };
  collect(type.elements);
  return bodies;
}

function generateBody(body: Body, position: number, generation: Generation): string {
  const { link } = generation;
  const required = body.elements.filter((element) => element.min > 0);
  if (required.length > 30) throw new Error(`${body.path} has more required elements than there are bits for them.`);
  const choices = body.elements.filter((element) => element.choice);
  const bitOf = new Map(required.map((element, place) => [element, 1 << place]));
  const context: ElementContext = { ...generation, choices, bitOf };
  const type: readonly Case[] = body.resource ? [['resourceType', '']] : [];
  const cases = [...type, ...body.elements.flatMap((element) => elementCases(element, context))];
  const closed = link.constant({ type: body.path, elements: body.elements } satisfies Closed);
  const requirements = required.map((element): Requirement => ({ bit: bitOf.get(element) ?? 0, element }));
  const all = requirements.reduce((bits, { bit }) => bits | bit, 0);
  const ends = [
    body.resource ? '' : `if (content === 0) lib.contentMissing(o, run, depth);`,
    all === 0
      ? ''
      : `if (bits !== ${all}) lib.requiredMissing(bits, ${link.constant(requirements)}, ${quote(body.path)}, run, depth);`,
    ...link.objectRules(body.path).map((rule) => `${rule}(o, run, depth);`),
  ];
  return `function f${position}(o, run, depth) {
if (typeof o !== 'object' || o === null || Array.isArray(o)) return lib.objectExpected(o, run, depth);
if (run.full || lib.tooDeep(run, depth)) return false;
let bits = 0, content = 0, v;
${choices.map((_, place) => `let c${place} = '';`).join(' ')}
const names = run.names, indexes = run.indexes;
for (const k in o) {
content += 1;
switch (k.length) {
${casesByLength(cases)}
}
lib.unknownProperty(k, ${closed}, run, depth);
}
${ends.join('\n')}
return true;
}`;
}

interface ElementContext extends Generation {
  readonly choices: readonly ElementDefinition[];
  readonly bitOf: ReadonlyMap<ElementDefinition, number>;
}

/** A name in JSON, and what is done with its value. */
type Case = readonly [name: string, statements: string];

/** First by the length of the name: an Observation would else be compared with up to sixty names for each of its own. */
function casesByLength(cases: readonly Case[]): string {
  const lengths = [...new Set(cases.map(([name]) => name.length))];
  return lengths
    .map((length) => {
      const named = cases.filter(([name]) => name.length === length);
      const inner = named.map(([name, statements]) => `case ${quote(name)}: ${statements} continue;`);
      return `case ${length}: switch (k) {\n${inner.join('\n')}\n} break;`;
    })
    .join('\n');
}

function elementCases(element: ElementDefinition, context: ElementContext): readonly Case[] {
  if (!identifier.test(element.name)) throw new Error(`${element.path}: "${element.name}" is not the name of an element.`);
  if (element.contentReference !== undefined || element.children !== undefined) return [bodyCase(element, context)];
  return element.types.flatMap((type) => typeCases(element, type.code, context));
}

/** Name in JSON, and as FHIRPath shows it: `valueString`, `value.ofType(string)`. */
function namesOf(element: ElementDefinition, typeCode: string): readonly [json: string, shown: string] {
  if (!element.choice) return [element.name, element.name];
  if (!identifier.test(typeCode)) throw new Error(`${element.path}: "${typeCode}" is not the name of a type.`);
  return [jsonName(element, typeCode), `${element.name}.ofType(${typeCode})`];
}

/** The name a choice element has in JSON for one of its types. https://hl7.org/fhir/R4/formats.html#choice */
export function jsonName(element: ElementDefinition, typeCode: string): string {
  return element.choice ? `${element.name}${typeCode.charAt(0).toUpperCase()}${typeCode.slice(1)}` : element.name;
}

function bodyCase(element: ElementDefinition, context: ElementContext): Case {
  const path = element.contentReference ?? element.path;
  const position = context.positions.get(path);
  if (position === undefined) throw new Error(`${element.path} refers to the content of ${path}, which its type does not have.`);
  const rules = context.link.elementRules(element, 'BackboneElement');
  return [element.name, `${mark(element, element.name, context)}${values(element, element.name, `f${position}`, rules)}`];
}

function typeCases(element: ElementDefinition, typeCode: string, context: ElementContext): readonly Case[] {
  const [json, shown] = namesOf(element, typeCode);
  const { link } = context;
  const primitive = link.primitive(checkName(element, typeCode));
  const rules = link.elementRules(element, typeCode);
  const seen = mark(element, json, context);
  if (primitive === undefined) {
    const check = typeCode === 'Resource' ? 'lib.resource' : `${link.type(typeCode)}.check`;
    return [[json, `${seen}${values(element, shown, check, rules)}`]];
  }
  // An element's id is its own and has no sibling in JSON. https://hl7.org/fhir/R4/json.html#primitive
  if (element.name === 'id' || element.path === 'Extension.url') {
    return [[json, `${idCounts(element)}${seen}${values(element, shown, primitive, rules)}`]];
  }
  const value = element.array
    ? primitiveList(shown, json, primitive, rules)
    : `${values(element, shown, primitive, rules)}${digits(typeCode)}`;
  const sibling = element.array ? siblingList(shown, json, rules, link) : siblingValue(shown, json, rules, link);
  return [
    [json, `${seen}${value}`],
    [`_${json}`, `${seen}${sibling}`],
  ];
}

const numeric = new Set(['decimal', 'integer', 'positiveInt', 'unsignedInt']);

/** The text of a number that JavaScript would write otherwise says more than its value: `1.0` is no integer. */
function digits(typeCode: string): string {
  return numeric.has(typeCode)
    ? ` if (o[lib.digits] !== undefined) lib.checkDigits(o, k, ${quote(typeCode)}, run, depth + 1);`
    : '';
}

/** "children().count() > id.count()" (ele-1): an id alone is no content. */
function idCounts(element: ElementDefinition): string {
  return element.name === 'id' ? 'content -= 1; ' : '';
}

/** The id of an element is a string without spaces; that of a resource is an id. */
function checkName(element: ElementDefinition, typeCode: string): string {
  return element.name === 'id' && typeCode === 'string' ? 'element-id' : typeCode;
}

function mark(element: ElementDefinition, json: string, { choices, bitOf }: ElementContext): string {
  const bit = bitOf.get(element);
  const required = bit === undefined ? '' : `bits |= ${bit}; `;
  const place = choices.indexOf(element);
  if (place < 0) return required;
  const name = quote(json);
  return `${required}if (c${place} === '') c${place} = ${name}; else if (c${place} !== ${name}) lib.choiceTwice(${quote(element.name)}, c${place}, ${name}, run, depth); `;
}

/** One value, or a list of values none of which may be null. */
function values(element: ElementDefinition, shown: string, check: string, rules: readonly string[]): string {
  const step = `v = o[k]; names[depth] = ${quote(shown)}; indexes[depth] = -1;`;
  if (!element.array) return `${step} ${checked('v', check, rules)}`;
  const max = Number.isFinite(element.max) ? element.max : 'Infinity';
  return `${step} if (lib.list(v, ${max}, run, depth + 1)) ${loop(checked('list[i]', check, rules))}`;
}

function checked(value: string, check: string, rules: readonly string[]): string {
  const call = `${check}(${value}, run, depth + 1)`;
  return rules.length === 0 ? `${call};` : `if (${call}) { ${applied(rules, value)} }`;
}

function applied(rules: readonly string[], value: string): string {
  return rules.map((rule) => `${rule}(${value}, run, depth + 1);`).join(' ');
}

function loop(body: string): string {
  return `{ const list = v; for (let i = 0; i < list.length && !run.full; i += 1) { indexes[depth] = i; ${body} } }`;
}

/** "JSON null values are used to fill out both arrays so that the id and/or extension are aligned with the matching value". */
function primitiveList(shown: string, json: string, check: string, rules: readonly string[]): string {
  const absent = applied(rules, 'undefined');
  const item = `if (list[i] === null && lib.isFilled(o[${quote(`_${json}`)}], i)) { ${absent} } else ${checked('list[i]', check, rules)}`;
  return `v = o[k]; names[depth] = ${quote(shown)}; indexes[depth] = -1; if (lib.list(v, Infinity, run, depth + 1)) ${loop(item)}`;
}

function siblingList(shown: string, json: string, rules: readonly string[], link: Linker): string {
  const beside = `o[${quote(json)}]`;
  const item = `if (list[i] !== null || !lib.isFilled(${beside}, i)) ${siblingCheck('list[i]', beside, rules, link)}`;
  return `v = o[k]; names[depth] = ${quote(shown)}; indexes[depth] = -1; if (lib.aligned(v, ${beside}, run, depth + 1)) ${loop(item)}`;
}

function siblingValue(shown: string, json: string, rules: readonly string[], link: Linker): string {
  return `names[depth] = ${quote(shown)}; indexes[depth] = -1; ${siblingCheck('o[k]', `o[${quote(json)}]`, rules, link)}`;
}

/** Rules about a primitive without a value are applied here; those about one with a value, where the value is. */
function siblingCheck(sibling: string, value: string, rules: readonly string[], link: Linker): string {
  const check = `${link.type('Element')}.check(${sibling}, run, depth + 1)`;
  return rules.length === 0 ? `${check};` : `if (${check} && ${value} === undefined) { ${applied(rules, 'undefined')} }`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
