/** FHIR JSON as FHIR XML, in the order of the definitions, with all digits. https://hl7.org/fhir/R4/xml.html */
import { numberText } from '../../fhir/json.ts';
import { type FhirError, notAcceptable } from '../../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/types.ts';
import { escapeAttribute, narrativeInXml } from './narrative.ts';
import type { Member, Shape, Shapes } from './shapes.ts';

interface Writing {
  readonly shapes: Shapes;
  readonly pretty: boolean;
  readonly parts: string[];
  /** The members and list places that lead to what is being written, for messages. */
  readonly place: (string | number)[];
  /** Elements around it. */
  level: number;
}

/** A value to be written as one element, and what stands beside it. */
interface Item {
  readonly value: JsonValue | undefined;
  readonly beside: JsonValue | undefined;
  /** The object or array that holds the value, for its digits, and its name there. */
  readonly container: object;
  readonly key: string | number;
}

/**
 * Writes a resource. Throws FhirError `notAcceptable` (406) with the FHIRPath of what XML can't hold: an element that R4 does not define, a
 * narrative that is not well formed, a control character. What passed validation has none of it.
 */
export function writeXml(resource: JsonValue, shapes: Shapes, pretty = false): string {
  const type = isJsonObject(resource) ? String(resource['resourceType']) : '';
  const parts = ['<?xml version="1.0" encoding="UTF-8"?>'];
  const writing: Writing = { shapes, pretty, parts, place: [type], level: 0 };
  writeResource(resource, writing);
  if (pretty) parts.push('\n');
  return parts.join('');
}

function unfit({ place }: Writing, why: string): FhirError {
  const path = place.reduce<string>((before, step) => {
    if (typeof step === 'number') return `${before}[${step}]`;
    return before === '' ? step : `${before}.${step}`;
  }, '');
  return notAcceptable(`This can't be given in XML: ${why}. Ask for application/fhir+json.`, path);
}

function newLine({ level, parts, pretty }: Writing): void {
  if (pretty) parts.push(`\n${'  '.repeat(level)}`);
}

function writeResource(value: JsonValue | undefined, writing: Writing): void {
  const type = isJsonObject(value) ? value['resourceType'] : undefined;
  const shape = typeof type === 'string' ? writing.shapes.resource(type) : undefined;
  if (shape === undefined || !isJsonObject(value)) throw unfit(writing, 'a resource of a type that R4 does not define');
  const { parts, level } = writing;
  newLine(writing);
  parts.push(`<${type}${level === 0 ? ' xmlns="http://hl7.org/fhir"' : ''}>`);
  writeMembers(value, shape, writing, 'resourceType');
  newLine(writing);
  parts.push(`</${type}>`);
}

/** `besides`: a member that is no element, what a resource says of its type. */
function writeMembers(object: JsonObject, shape: Shape, writing: Writing, besides?: string): void {
  const members: Member[] = [];
  for (const name of Object.keys(object)) {
    if (name === besides || shape.attributes.has(name) || object[name] === undefined) continue;
    const member = memberOf(name, object, shape, writing);
    if (member !== undefined) members.push(member);
  }
  members.sort((one, other) => one.position - other.position);
  writing.level += 1;
  for (const member of members) {
    writing.place.push(member.name);
    writeMember(member, object, writing);
    writing.place.pop();
  }
  writing.level -= 1;
}

/** Undefined for what stands beside a value (`_birthDate`), which is written with it. */
function memberOf(name: string, object: JsonObject, shape: Shape, writing: Writing): Member | undefined {
  const member = shape.member(name);
  if (member !== undefined) return member;
  const bare = name.startsWith('_') ? name.slice(1) : '';
  const primitive = shape.member(bare);
  if (primitive?.kind === 'primitive') return object[bare] === undefined ? primitive : undefined;
  writing.place.push(name);
  throw unfit(writing, 'an element that R4 does not define');
}

function writeMember(member: Member, object: JsonObject, writing: Writing): void {
  const { name } = member;
  const value = object[name];
  const beside = member.kind === 'primitive' ? object[`_${name}`] : undefined;
  if (!member.array) {
    writeItem(member, { value, beside, container: object, key: name }, writing);
    return;
  }
  const values = listOf(value, writing);
  const besides = listOf(beside, writing);
  for (let index = 0; index < Math.max(values.length, besides.length); index += 1) {
    writing.place.push(index);
    const item = { value: values[index] ?? undefined, beside: besides[index] ?? undefined, container: values, key: index };
    writeItem(member, item, writing);
    writing.place.pop();
  }
}

function listOf(value: JsonValue | undefined, writing: Writing): readonly JsonValue[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw unfit(writing, 'one value stands where R4 has a list');
  return value;
}

function writeItem(member: Member, item: Item, writing: Writing): void {
  newLine(writing);
  switch (member.kind) {
    case 'narrative':
      writing.parts.push(narrativeOf(item.value, writing));
      return;
    case 'primitive':
      writePrimitive(member, item, writing);
      return;
    case 'resource':
      writeHolder(member, item, writing);
      return;
    case 'complex':
      writeBody(member, '', item.value, writing);
  }
}

function narrativeOf(value: JsonValue | undefined, writing: Writing): string {
  const narrative = typeof value === 'string' ? narrativeInXml(value) : undefined;
  if (narrative === undefined) throw unfit(writing, 'a narrative that is no well-formed XHTML');
  return narrative;
}

function writePrimitive(member: Member, { value, beside, container, key }: Item, writing: Writing): void {
  const attribute = value === undefined ? '' : attributeText('value', value, container, key, writing);
  if (beside === undefined) writing.parts.push(`<${member.name}${attribute}/>`);
  else writeBody(member, attribute, beside, writing);
}

function writeHolder({ name }: Member, { value }: Item, writing: Writing): void {
  const { parts } = writing;
  parts.push(`<${name}>`);
  writing.level += 1;
  writeResource(value, writing);
  writing.level -= 1;
  newLine(writing);
  parts.push(`</${name}>`);
}

function writeBody(member: Member, value: string, body: JsonValue | undefined, writing: Writing): void {
  if (!isJsonObject(body)) throw unfit(writing, 'a simple value or a list stands where R4 has an element with parts');
  const { parts } = writing;
  const { name } = member;
  const shape = member.shape();
  parts.push(`<${name}`);
  for (const attribute of shape.attributes.keys()) {
    const text = body[attribute];
    if (text !== undefined) parts.push(attributeText(attribute, text, body, attribute, writing));
  }
  const end = parts.push(value, '>') - 1;
  writeMembers(body, shape, writing);
  if (parts.length === end + 1) {
    parts[end] = '/>';
    return;
  }
  newLine(writing);
  parts.push(`</${name}>`);
}

/** https://www.w3.org/TR/xml/#charsets: what XML has no way to write at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters looked for.
const noXmlCharacter = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function attributeText(name: string, value: JsonValue, container: object, key: string | number, writing: Writing): string {
  const text = typeof value === 'number' ? numberText(container, key, value) : value;
  if (typeof text === 'object') throw unfit(writing, 'a list or an element with parts stands where R4 has a simple value');
  const written = String(text);
  if (noXmlCharacter.test(written)) throw unfit(writing, 'a control character');
  return ` ${name}="${escapeAttribute(written)}"`;
}
