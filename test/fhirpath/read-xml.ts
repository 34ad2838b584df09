/** FHIR XML to FHIR JSON, as far as the inputs of HL7's FHIRPath suite need it. https://hl7.org/fhir/R4/xml.html */
import type { Definitions, ElementDefinition } from '../../src/definitions/definitions.ts';
import type { Resource } from '../../src/fhir/types.ts';

interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
}

export function readXml(text: string, definitions: Definitions): Resource {
  const root = parseXml(text);
  const body = convert(root, definitions.type(root.name)?.elements ?? [], definitions);
  return { resourceType: root.name, ...body } as Resource;
}

const markup = /<!--.*?-->|<\?.*?\?>|<div[\s>].*?<\/div>|<(\/?)([\w:]+)((?:\s+[\w:]+="[^"]*")*)\s*(\/?)>/gs;

function parseXml(text: string): XmlElement {
  const stack: XmlElement[] = [{ name: '', attributes: {}, children: [] }];
  for (const [whole, close, name, attributes, closed] of text.matchAll(markup)) {
    const parent = stack.at(-1);
    if (parent === undefined) throw new Error('The XML closes more than it opens.');
    if (whole.startsWith('<div')) parent.children.push({ name: 'div', attributes: { value: whole }, children: [] });
    else if (close === '/') stack.pop();
    else if (name !== undefined) {
      const element = { name, attributes: readAttributes(attributes ?? ''), children: [] };
      parent.children.push(element);
      if (closed !== '/') stack.push(element);
    }
  }
  const root = stack[0]?.children[0];
  if (root === undefined) throw new Error('The XML is empty.');
  return root;
}

function readAttributes(text: string): Record<string, string> {
  const found = [...text.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, unescapeXml(value)] as const);
  return Object.fromEntries(found);
}

function unescapeXml(text: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replace(/&(\w+);/g, (whole, name: string) => named[name] ?? whole);
}

type Json = Record<string, unknown>;

function convert(element: XmlElement, elements: readonly ElementDefinition[], definitions: Definitions): Json {
  const object: Json = {};
  if (element.attributes['id'] !== undefined) object['id'] = element.attributes['id'];
  if (element.attributes['url'] !== undefined) object['url'] = element.attributes['url'];
  for (const child of element.children) {
    const found = find(child.name, elements);
    if (found === undefined) throw new Error(`${element.name} has no ${child.name}.`);
    const [definition, type] = found;
    add(object, child.name, definition.array, ...value(child, definition, type, definitions));
  }
  return object;
}

function find(name: string, elements: readonly ElementDefinition[]): readonly [ElementDefinition, string] | undefined {
  for (const element of elements) {
    if (!element.choice && element.name === name) return [element, element.types[0]?.code ?? ''];
    const type = element.types.find(({ code }) => name.toLowerCase() === `${element.name}${code}`.toLowerCase());
    if (element.choice && type !== undefined) return [element, type.code];
  }
  return undefined;
}

function value(
  child: XmlElement,
  definition: ElementDefinition,
  type: string,
  definitions: Definitions,
): readonly [value: unknown, sibling: unknown] {
  const { value: text, ...attributes } = child.attributes;
  const kind = definitions.type(type);
  if (kind?.kind === 'primitive-type') {
    const beside = convert({ ...child, attributes }, kind.elements, definitions);
    return [text === undefined ? undefined : primitive(text, type), Object.keys(beside).length > 0 ? beside : undefined];
  }
  if (type === 'Resource') {
    const [inner] = child.children;
    if (inner === undefined) throw new Error(`${child.name} holds no resource.`);
    return [
      { resourceType: inner.name, ...convert(inner, definitions.type(inner.name)?.elements ?? [], definitions) },
      undefined,
    ];
  }
  return [
    convert(child, definition.children ?? referred(definition, definitions) ?? kind?.elements ?? [], definitions),
    undefined,
  ];
}

function referred({ contentReference }: ElementDefinition, definitions: Definitions): readonly ElementDefinition[] | undefined {
  if (contentReference === undefined) return undefined;
  const [root = '', ...names] = contentReference.split('.');
  return names.reduce<readonly ElementDefinition[] | undefined>(
    (elements, name) => elements?.find((element) => element.name === name)?.children,
    definitions.type(root)?.elements,
  );
}

function primitive(text: string, type: string): unknown {
  if (type === 'boolean') return text === 'true';
  return ['integer', 'decimal', 'positiveInt', 'unsignedInt'].includes(type) ? Number(text) : text;
}

function add(object: Json, name: string, array: boolean, one: unknown, beside: unknown): void {
  if (!array) {
    if (one !== undefined) object[name] = one;
    if (beside !== undefined) object[`_${name}`] = beside;
    return;
  }
  const values = (object[name] ?? []) as unknown[];
  const siblings = (object[`_${name}`] ?? values.map(() => null)) as unknown[];
  values.push(one ?? null);
  siblings.push(beside ?? null);
  object[name] = values;
  if (siblings.some((sibling) => sibling !== null)) object[`_${name}`] = siblings;
}
