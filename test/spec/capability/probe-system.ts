/** What is claimed of the server as a whole: its interactions, formats, compartments and searches on all types. */
import { interactionTable } from '../../../src/interactions/table.ts';
import { sharedDefinitions, type TestServer } from '../../support/server.ts';
import { bundle, entry } from '../on-stores.ts';
import { compare, examplesOf, pairOf, type Statement } from './statement.ts';

/** Untrue claims of the system level, as sentences. `Patient/known` must be there. */
export async function untruthsOfSystem(server: TestServer, statement: Statement): Promise<readonly string[]> {
  const [rest] = statement.rest;
  const claimed = rest.interaction.map(({ code }) => code);
  const wired = interactionTable.filter(({ level }) => level === 'system').map(({ code }) => code);
  // Every server has capabilities; operations are claimed by name, and jobs with them.
  const claimable = wired.filter((code) => !['capabilities', 'operation', 'job'].includes(code));
  return [
    ...compare('interaction in the table', claimed, claimable),
    ...compare('interaction of the system', claimed, await workingInteractions(server)),
    ...compare('format', statement.format, await workingFormats(server)),
    ...compare('compartment', rest.compartment, await workingCompartments(server)),
    ...compare(
      'search parameter of all types',
      rest.searchParam.map(({ name }) => name),
      await workingParameters(server, statement),
    ),
  ];
}

async function workingInteractions(server: TestServer): Promise<readonly string[]> {
  const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
  const bundles = await Promise.all(
    (['batch', 'transaction'] as const).map(async (type) => {
      const { status, body } = await server.fetchFhir('', { method: 'POST', body: bundle(type, entry('GET Patient/known')) });
      return status === 200 && body.entry?.[0]?.resource?.id === 'known' ? [type] : [];
    }),
  );
  const found = [
    await server.fetchFhir('?_type=Patient&_id=known'),
    await server.fetchFhir('_search', { ...form, body: '_type=Patient&_id=known' }),
    await server.fetchFhir('_search?_type=Patient', { ...form, body: '_id=known' }),
  ];
  const history = await server.fetchFhir('_history');
  return [
    ...bundles.flat(),
    ...(found.every(({ status, body }) => status === 200 && body.entry?.length === 1) ? ['search-system'] : []),
    ...(history.status === 200 && history.body.type === 'history' && history.body.entry?.length > 0 ? ['history-system'] : []),
  ];
}

/** Other names of the same formats are understood as well; the statement has R4's own. */
const formats = [
  ...(['application/fhir+json', 'application/fhir+xml', 'json', 'xml'] as const),
  ...([
    'application/fhir+turtle',
    'text/turtle',
    'ttl',
    'text/html',
    'html',
    'application/fhir+ndjson',
    'application/yaml',
  ] as const),
] as const;

async function workingFormats(server: TestServer): Promise<readonly string[]> {
  const works: string[] = [];
  for (const format of formats) {
    const named = await server.fetchFhir(`Patient/known?_format=${encodeURIComponent(format)}`);
    const type = named.headers.get('content-type') ?? '';
    const isOf = (sent: string) => (sent.endsWith('xml') ? type.includes('fhir+xml') : type.includes('fhir+json'));
    const accepted = format.includes('/') ? await server.fetchFhir('Patient/known', { headers: { accept: format } }) : named;
    const search = await server.fetchFhir(`Patient?_id=known&_format=${encodeURIComponent(format)}`);
    if ([named, accepted, search].every(({ status }) => status === 200) && isOf(format)) works.push(format);
  }
  return works;
}

async function workingCompartments(server: TestServer): Promise<readonly string[]> {
  const works: string[] = [];
  for (const type of sharedDefinitions().resourceTypes) {
    const unknown = await server.fetchFhir(`${type}/none/*`);
    if (unknown.text.includes('has no compartment')) continue;
    const id = await create(server, type);
    const paths = [`${type}/${id}/*`, `${type}/${id}/Observation`];
    const answers = await Promise.all(paths.map((path) => server.fetchFhir(path)));
    const code = `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
    if (answers.every(({ status }) => status === 200)) works.push(`http://hl7.org/fhir/CompartmentDefinition/${code}`);
  }
  return works;
}

async function create(server: TestServer, type: string): Promise<string> {
  for (const body of examplesOf(type)) {
    const answer = await server.fetchFhir(type, { method: 'POST', body });
    if (answer.status === 201) return answer.body.id;
  }
  throw new Error(`No ${type} could be created.`);
}

/** Asked on two types at once: all that is claimed, and all that R4 defines for every resource. */
async function workingParameters(server: TestServer, { rest }: Statement): Promise<readonly string[]> {
  const defined = sharedDefinitions()
    .searchParameters('DomainResource')
    .map(({ code, type, url }) => ({ name: code, type, definition: url }));
  const asked = new Map([...defined, ...rest[0].searchParam].map((parameter) => [parameter.name, parameter]));
  const works: string[] = [];
  for (const parameter of asked.values()) {
    const pair = pairOf(parameter, ['AuditEvent:entity']) ?? ['', ''];
    const query = new Map([['_type', 'Patient,Observation'], pair]);
    const answer = await server.fetchFhir(`?${new URLSearchParams([...query])}`, { headers: { prefer: 'handling=strict' } });
    if (answer.status === 200) works.push(parameter.name);
  }
  return works;
}
