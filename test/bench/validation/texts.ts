/** What is validated: fixed data as a client would send it, without indentation. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seedPatient } from '../../../seed/people.ts';
import { sharedData } from '../../support/shared-data.ts';

export interface Example {
  readonly type: string;
  readonly text: string;
}

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r4.examples/package.json')));

/** Definitions and Bundles are no ordinary resources. */
const others =
  /^(Bundle|CapabilityStatement|CodeSystem|CompartmentDefinition|ConceptMap|ImplementationGuide|NamingSystem|OperationDefinition|SearchParameter|StructureDefinition|ValueSet|ig-r4|package)\b/;

const charactersMax = 65_536;

/** HL7's examples of resources that a record is made of, 3.2 KB on average; `compact` writes a text without white space. */
export function readExamples(compact: (text: string) => string): readonly Example[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && !file.startsWith('.') && !others.test(file))
    .map((file) => ({ type: file.split(/[-.]/)[0] ?? '', text: compact(readFileSync(join(folder, file), 'utf8')) }))
    .filter(({ text }) => text.length <= charactersMax);
}

export interface Bundles {
  readonly source: string;
  readonly texts: readonly string[];
}

const seeded = 12;

/** The Ministry's example Bundles where they are at hand, otherwise those of the seed, which are of the same kind. */
export function readBundles(compact: (text: string) => string): Bundles {
  const ministry = sharedData('ministry');
  if (ministry === undefined) {
    const texts = Array.from({ length: seeded }, (_, index) => JSON.stringify(seedPatient(index).bundle));
    return { source: 'seed/, because the Ministry Bundles are not at hand', texts };
  }
  const files = readdirSync(ministry).filter((file) => file.endsWith('.json'));
  return { source: 'the Ministry', texts: files.map((file) => compact(readFileSync(join(ministry, file), 'utf8'))) };
}
