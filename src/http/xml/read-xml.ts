/**
 * FHIR XML to the JSON it stands for, element by element as the definitions have them. https://hl7.org/fhir/R4/xml.html
 * What JSON could not hold is refused with line and column; all else is for validation to judge, as if it had come as JSON.
 */
import { setImmediate } from 'node:timers/promises';
import { SaxesParser, type SaxesTagNS } from 'saxes';
import { limits } from '../../fhir/limits.ts';
import type { FhirError } from '../../fhir/outcome.ts';
import type { JsonValue } from '../../fhir/types.ts';
import { attach, type Frame, finish, holdsPending, newFrame, settleAttributes } from './frame.ts';
import { type Namespaces, standsAlone, withoutPrefixes, xhtmlNamespace } from './narrative.ts';
import { readPrimitive } from './primitive-text.ts';
import type { Member, Shapes } from './shapes.ts';
import { placeFault, wellFormedness } from './xml-faults.ts';

export const fhirNamespace = 'http://hl7.org/fhir';
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/';
/** "Exchanged content SHALL NOT ... contain the schema instance namespace": much of it does, in `xsi:schemaLocation`, which says nothing. */
const xsiNamespace = 'http://www.w3.org/2001/XMLSchema-instance';

interface OpenNarrative {
  readonly start: number;
  readonly around: Namespaces;
  depth: number;
  alone: boolean;
}

interface Reading {
  readonly text: string;
  readonly shapes: Shapes;
  readonly parser: SaxesParser<{ xmlns: true }>;
  readonly open: Frame[];
  /** Where the tag being read begins, and where the last markup ended. */
  start: number;
  end: number;
  narrative: OpenNarrative | undefined;
  root: JsonValue | undefined;
}

/**
 * Reads a resource. Throws FhirError `malformed` (400) with line and column, and with the FHIRPath of the element, for text that is no
 * well-formed XML, has a document type, is not in UTF-8, is nested too deep, or has what R4 does not define at its place.
 */
export function readXml(text: string, shapes: Shapes): JsonValue {
  const reading = openReading(text, shapes);
  reading.parser.write(text).close();
  return rootOf(reading);
}

/** The same for a text of any length, piece by piece, so that other requests come in between: a megabyte takes a tenth of a second. */
export async function readLargeXml(text: string, shapes: Shapes, pieceCharacters = 256 * 1024): Promise<JsonValue> {
  const reading = openReading(text, shapes);
  for (let at = 0; at < text.length; at += pieceCharacters) {
    if (at > 0) await setImmediate();
    reading.parser.write(text.slice(at, at + pieceCharacters));
  }
  reading.parser.close();
  return rootOf(reading);
}

/** Without a root element the parser has found a fault. */
function rootOf({ root }: Reading): JsonValue {
  return root ?? null;
}

function openReading(text: string, shapes: Shapes): Reading {
  const parser = new SaxesParser({ xmlns: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  const reading: Reading = { text, shapes, parser, open: [], start: 0, end: 0, narrative: undefined, root: undefined };
  parser.on('error', (error) => {
    throw fault(reading, wellFormedness(error), parser.position - 1, 'fatal');
  });
  parser.on('doctype', () => {
    throw fault(reading, 'A document type declaration (DTD) is not allowed in FHIR XML', parser.position - 1, 'fatal');
  });
  parser.on('xmldecl', ({ version, encoding }) => {
    if (version !== '1.0' || (encoding !== undefined && encoding.toUpperCase() !== 'UTF-8'))
      throw fault(reading, 'FHIR XML is XML 1.0 in UTF-8; the XML declaration says something else', 0);
    reading.end = parser.position;
  });
  parser.on('opentagstart', () => {
    reading.start = text.lastIndexOf('<', parser.position - 1);
  });
  parser.on('opentag', (tag) => {
    openTag(tag, reading);
    reading.end = parser.position;
  });
  parser.on('closetag', (tag) => {
    // An end tag that does not fit closes what is open, before the parser calls it a fault.
    if (fits(tag, reading)) closeTag(reading);
    reading.end = parser.position;
  });
  parser.on('text', (characters) => checkText(characters, reading));
  parser.on('cdata', (characters) => checkText(characters, reading));
  parser.on('comment', () => {
    reading.end = parser.position;
  });
  return reading;
}

/** The local name of a root element in FHIR's namespace, '' for another one; undefined when the text is no XML as far as its root. */
export function readRootType(text: string): string | undefined {
  let root: string | undefined;
  let broken = false;
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on('error', () => {
    broken ||= root === undefined;
  });
  parser.on('opentag', ({ local, uri }) => {
    root ??= uri === fhirNamespace ? local : '';
  });
  // A root element stands near the beginning; comments before it may be long.
  for (let at = 0; at < text.length && root === undefined && !broken; at += rootPiece)
    parser.write(text.slice(at, at + rootPiece));
  return root;
}

const rootPiece = 4_096;

function fault(reading: Reading, what: string, at = reading.start, severity: 'error' | 'fatal' = 'error'): FhirError {
  return placeFault(reading.text, at, what, reading.open, severity);
}

/** XML has fewer spaces than JavaScript. */
const notSpace = /[^ \t\r\n]/;

function checkText(characters: string, reading: Reading): void {
  if (reading.narrative !== undefined || reading.open.length === 0 || !notSpace.test(characters)) return;
  const rest = notSpace.exec(reading.text.slice(reading.end, reading.end + characters.length * 10));
  throw fault(reading, 'Text stands between elements; FHIR XML has its values in attributes', reading.end + (rest?.index ?? 0));
}

function openTag(tag: SaxesTagNS, reading: Reading): void {
  const { narrative, open } = reading;
  const depth = open.length + (narrative?.depth ?? 0);
  if (depth >= limits.xmlDepthMax) throw fault(reading, `XML may be nested ${limits.xmlDepthMax} levels deep, not more`);
  const parent = open.at(-1);
  if (narrative !== undefined) {
    narrative.depth += 1;
    narrative.alone &&= standsAlone(tag, false);
  } else if (parent === undefined || parent.kind === 'holder') openResource(tag, parent, reading);
  else openMember(tag, parent, reading);
}

function openResource(tag: SaxesTagNS, parent: Frame | undefined, reading: Reading): void {
  checkNamespace(tag, fhirNamespace, reading);
  const shape = reading.shapes.resource(tag.local);
  if (shape === undefined) throw fault(reading, `${tag.local} is not a resource type of FHIR R4`);
  if (parent?.value !== undefined) throw fault(reading, `\`${parent.name}\` holds one resource, and here comes another`);
  push(newFrame('object', tag, shape, parent), reading);
  const frame = reading.open.at(-1);
  if (frame !== undefined) frame.object['resourceType'] = tag.local;
  readAttributes(tag, undefined, reading);
}

function openMember(tag: SaxesTagNS, parent: Frame, reading: Reading): void {
  const member = parent.shape.member(tag.local);
  if (member === undefined) {
    const similar = parent.shape.similar(tag.local);
    throw fault(
      reading,
      `\`${parent.name}\` has no element \`${tag.local}\`${similar === undefined ? '' : `; did you mean \`${similar}\`?`}`,
    );
  }
  checkNamespace(tag, member.kind === 'narrative' ? xhtmlNamespace : fhirNamespace, reading);
  checkOrder(member, parent, reading);
  if (!holdsPending(parent, member)) settleAttributes(parent, member.position);
  parent.last = member;
  if (member.kind === 'narrative') {
    reading.narrative = { start: reading.start, around: namespacesAround(reading), depth: 1, alone: standsAlone(tag, true) };
    return;
  }
  const kind = member.kind === 'complex' ? 'object' : member.kind === 'resource' ? 'holder' : 'primitive';
  push(newFrame(kind, tag, member.shape(), parent, member), reading);
  readAttributes(tag, member, reading);
}

function push(frame: Frame, reading: Reading): void {
  if (frame.depth > limits.jsonDepthMax) throw fault(reading, `FHIR may be nested ${limits.jsonDepthMax} levels deep, not more`);
  reading.open.push(frame);
}

function checkNamespace({ local, uri }: SaxesTagNS, wanted: string, reading: Reading): void {
  if (uri !== wanted) throw fault(reading, `\`${local}\` must be in the namespace ${wanted}`);
}

/** "Elements must always appear in the order documented", those that repeat together; what does not repeat is no list in JSON. */
function checkOrder(member: Member, { last }: Frame, reading: Reading): void {
  if (last === undefined || member.position > last.position) return;
  if (member.position < last.position)
    throw fault(reading, `\`${member.name}\` must stand before \`${last.name}\`: the elements of FHIR XML have a fixed order`);
  if (member.name !== last.name)
    throw fault(reading, `\`${member.name}\` can't stand beside \`${last.name}\`: one of them is allowed`);
  if (!member.array) throw fault(reading, `\`${member.name}\` may stand here only once`);
}

function readAttributes(tag: SaxesTagNS, member: Member | undefined, reading: Reading): void {
  const frame = reading.open.at(-1);
  if (frame === undefined) return;
  for (const { uri, prefix, local, value } of Object.values(tag.attributes)) {
    if (uri === xmlnsNamespace || uri === xsiNamespace) continue;
    const position = prefix === '' ? frame.shape.attributes.get(local) : undefined;
    if (position !== undefined && frame.kind !== 'holder') frame.attributes.push({ name: local, value, position });
    else if (prefix === '' && local === 'value' && member?.kind === 'primitive') readValue(value, member, frame, reading);
    else throw fault(reading, `\`${tag.local}\` has an attribute \`${local}\`, which is not defined for it`);
  }
  frame.attributes.sort((one, other) => one.position - other.position);
}

const wantedOf = { boolean: 'true or false', integer: 'a whole number', decimal: 'a decimal number', text: 'text', code: 'text' };

function readValue(text: string, member: Member, frame: Frame, reading: Reading): void {
  const read = readPrimitive(text, member.value);
  if (read === undefined) throw fault(reading, `The value of \`${member.name}\` must be ${wantedOf[member.value]}`);
  frame.value = read.value;
  frame.literal = read.literal;
}

function fits({ name, isSelfClosing }: SaxesTagNS, { text, parser }: Reading): boolean {
  if (isSelfClosing) return true;
  const start = text.lastIndexOf('<', parser.position - 1);
  return text.startsWith(`</${name}`, start) && !notSpace.test(text.slice(start + 2 + name.length, parser.position - 1));
}

function closeTag(reading: Reading): void {
  const { narrative, open } = reading;
  if (narrative !== undefined) {
    narrative.depth -= 1;
    if (narrative.depth === 0) closeNarrative(narrative, reading);
    return;
  }
  const frame = open.pop();
  if (frame === undefined) return;
  const finished = finish(frame);
  if (finished === undefined) {
    open.push(frame);
    throw fault(
      reading,
      frame.kind === 'holder' ? `\`${frame.name}\` holds no resource` : `\`${frame.name}\` is empty`,
      reading.parser.position - 1,
    );
  }
  const parent = open.at(-1);
  if (parent === undefined) reading.root = finished.value ?? null;
  else if (parent.kind === 'holder') parent.value = finished.value;
  else attach(parent, frame, finished);
}

function closeNarrative({ start, around, alone }: OpenNarrative, reading: Reading): void {
  const raw = reading.text.slice(start, reading.parser.position);
  const value = alone ? raw : withoutPrefixes(raw, around);
  const frame = reading.open.at(-1);
  if (value === undefined || frame === undefined) throw fault(reading, 'The narrative has elements that are not XHTML', start);
  frame.object[frame.last?.name ?? ''] = value;
  reading.narrative = undefined;
}

function namespacesAround({ open }: Reading): Namespaces {
  return Object.assign({}, ...open.map(({ namespaces }) => namespaces));
}
