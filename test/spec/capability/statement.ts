/** What the tests of the CapabilityStatement's truth read in it, and the resources they try it with. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedDefinitions, type TestServer } from '../../support/server.ts';

export interface ClaimedParameter {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}

export interface ClaimedOperation {
  readonly name: string;
  readonly definition: string;
}

export interface ClaimedType {
  readonly type: string;
  readonly interaction: readonly { readonly code: string }[];
  readonly versioning: string;
  readonly readHistory: boolean;
  readonly updateCreate: boolean;
  readonly conditionalCreate: boolean;
  readonly conditionalRead: string;
  readonly conditionalUpdate: boolean;
  readonly conditionalDelete: string;
  readonly searchParam: readonly ClaimedParameter[];
  readonly searchInclude?: readonly string[];
  readonly searchRevInclude?: readonly string[];
  readonly operation?: readonly ClaimedOperation[];
}

export interface Statement {
  readonly format: readonly string[];
  readonly patchFormat: readonly string[];
  readonly rest: readonly [
    {
      readonly resource: readonly ClaimedType[];
      readonly interaction: readonly { readonly code: string }[];
      readonly searchParam: readonly ClaimedParameter[];
      readonly operation: readonly ClaimedOperation[];
      readonly compartment: readonly string[];
    },
  ];
}

export async function readStatement(server: TestServer): Promise<Statement> {
  return (await server.fetchFhir('metadata', { token: null })).body;
}

/** Sentences: what the one has and the other has not. */
export function compare(what: string, claimed: Iterable<string>, working: Iterable<string>): readonly string[] {
  const [claims, works] = [new Set(claimed), new Set(working)];
  return [
    ...[...claims].filter((one) => !works.has(one)).map((one) => `${what}: ${one} is claimed and does not work`),
    ...[...works].filter((one) => !claims.has(one)).map((one) => `${what}: ${one} works and is not claimed`),
  ];
}

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r4.examples/package.json')));
const files = readdirSync(folder);

/**
 * Resources of the type to write, HL7's own: the first that the server takes will do. Some have faults (test/validation/examples.test.ts), so
 * what is mandatory in them comes next, and a resource without elements last.
 */
export function examplesOf(type: string): readonly object[] {
  const named = files.filter((file) => file.startsWith(`${type}-`)).slice(0, 5);
  const read: readonly Record<string, unknown>[] = named.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const elements = sharedDefinitions().type(type)?.elements ?? [];
  // Invariants want a TerminologyCapabilities to say these.
  const mandatory = new Set([
    'resourceType',
    'description',
    'implementation',
    ...elements.filter(({ min }) => min > 0).map(({ name }) => name),
  ]);
  const cut = read.map((resource) => Object.fromEntries(Object.entries(resource).filter(([name]) => mandatory.has(name))));
  return [...read, ...cut, { resourceType: type }].map(({ id: _id, ...content }) => content);
}

const values: Readonly<Record<string, string>> = {
  token: 'x',
  string: 'abc',
  reference: 'Patient/x',
  date: '2026',
  number: '1',
  quantity: '1',
  uri: 'http://example.org/x',
};

/** A value that the parameter takes. */
function valueOfParameter({ name, type, definition }: ClaimedParameter): string {
  if (name === '_filter') return '_id eq x';
  if (name === 'near') return '1|1';
  if (name === '_type') return 'Patient';
  const definitions = sharedDefinitions();
  const composite = type === 'composite' ? definitions.searchParameterByUrl(definition ?? '') : undefined;
  if (composite === undefined) return values[type] ?? 'x';
  const parts = composite.component.map(({ definition: url }) => definitions.searchParameterByUrl(url)?.type ?? '');
  return parts.map((part) => values[part] ?? 'x').join('$');
}

/** The parameter as a query asks for it; undefined for `_has` where nothing leads to the type. */
export function pairOf(
  parameter: ClaimedParameter,
  sources: readonly string[] | undefined,
): readonly [name: string, value: string] | undefined {
  if (parameter.name !== '_has') return [parameter.name, valueOfParameter(parameter)];
  const source = sources?.find((one) => one !== '*');
  return source === undefined ? undefined : [`_has:${source}:_id`, 'x'];
}
