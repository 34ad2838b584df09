/** HL7's examples through XML and back, for the sample that every run takes and for the run over all of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { digitsOf, formatJson, parseJson, withDigits } from '../../../src/fhir/json.ts';
import { isJsonObject, type JsonValue } from '../../../src/fhir/types.ts';
import { readLargeXml, readXml } from '../../../src/http/xml/read-xml.ts';
import { openShapes } from '../../../src/http/xml/shapes.ts';
import { writeXml } from '../../../src/http/xml/write-xml.ts';
import { openXmlFormat } from '../../../src/http/xml/xml-format.ts';
import { sharedDefinitions } from '../../support/server.ts';

export const examplesFolder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r4.examples/package.json')));

/** The files of the examples package that hold a resource, sorted. */
export function exampleFiles(): readonly string[] {
  return readdirSync(examplesFolder)
    .filter((file) => file.endsWith('.json') && !file.startsWith('.') && file !== 'package.json')
    .sort();
}

/** JSON to XML to JSON, plain and pretty: the same members with the same digits; in the same order where that is the definitions'. */
export function checkRoundTrip(file: string): void {
  const original = parseJson(readFileSync(join(examplesFolder, file), 'utf8'));
  const format = openedFormat();
  const xml = format.format(original);
  const back = format.parse(xml);
  // As texts, since their digits count; as parts, since a text of megabytes makes no readable difference.
  if (formatJson(sorted(back)) !== formatJson(sorted(original))) expect(sorted(back)).to.deep.equal(sorted(original));
  expect(formatJson(sorted(back)) === formatJson(sorted(original)), `${file}: the digits of a number differ`).to.equal(true);
  expect(format.format(back) === xml, `${file}: what was read is written otherwise`).to.equal(true);
  expect(formatJson(format.parse(format.format(original, true))) === formatJson(back), `${file}: pretty differs`).to.equal(true);
}

/** Read in pieces of a few characters, so that each kind of thing is cut somewhere, it is the same. */
export async function checkPieces(file: string): Promise<void> {
  const original = parseJson(readFileSync(join(examplesFolder, file), 'utf8'));
  const shapes = openShapes(sharedDefinitions());
  const xml = writeXml(original, shapes);
  for (const piece of [1, 7, 1000])
    expect(formatJson(await readLargeXml(xml, shapes, piece))).to.equal(formatJson(readXml(xml, shapes)));
}

/** Whether JSON, XML and JSON again give the very same text. */
export function isSameText(file: string): boolean {
  const original = parseJson(readFileSync(join(examplesFolder, file), 'utf8'));
  const format = openedFormat();
  return formatJson(format.parse(format.format(original))) === formatJson(original);
}

/** One of HL7's examples. */
export function readExample(file: string): JsonValue {
  return parseJson(readFileSync(join(examplesFolder, file), 'utf8'));
}

let opened: ReturnType<typeof openXmlFormat> | undefined;

export function openedFormat(): ReturnType<typeof openXmlFormat> {
  opened ??= openXmlFormat(sharedDefinitions());
  return opened;
}

export function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return withDigits(value.map(sorted), value);
  if (!isJsonObject(value)) return value;
  const names = Object.keys(value).sort();
  const copy = Object.fromEntries(names.map((name) => [name, sorted(value[name] as JsonValue)])); // The names are the value's own.
  const digits = digitsOf(value);
  return digits === undefined ? copy : withDigits(copy, value);
}
