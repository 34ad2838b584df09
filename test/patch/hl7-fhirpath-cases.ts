/** HL7's FHIRPath Patch cases, their XML as the JSON it stands for. */
import { readFileSync } from 'node:fs';
import type { Definitions } from '../../src/definitions/definitions.ts';
import type { Resource } from '../../src/fhir/types.ts';
import { openXmlFormat } from '../../src/http/xml/xml-format.ts';

export interface FhirpathPatchCase {
  readonly name: string;
  readonly input: Resource;
  readonly patch: Resource;
  /** Absent: the patch must be refused. */
  readonly output?: Resource;
}

export function readFhirpathPatchCases(file: string, definitions: Definitions): readonly FhirpathPatchCase[] {
  const format = openXmlFormat(definitions);
  const cases = readFileSync(file, 'utf8').matchAll(/<case name="([^"]*)"[^>]*>(.*?)<\/case>/gs);
  return [...cases].map(([, name = '', content = '']) => {
    const part = (tag: string) => new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(content)?.[1]?.trim();
    const read = (tag: string) => format.parse(part(tag) ?? '') as Resource; // Each part holds one resource.
    const output = part('output') === undefined ? {} : { output: read('output') };
    return { name, input: read('input'), patch: read('diff'), ...output };
  });
}
