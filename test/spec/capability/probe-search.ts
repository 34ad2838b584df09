/** Asks for everything that is claimed of a type's searches, and for what is claimed of other types alone. */
import { referenceTargets } from '../../../src/search/parameter-elements.ts';
import { parse } from '../../search/fixture.ts';
import { sharedDefinitions, type TestServer } from '../../support/server.ts';
import { type ClaimedType, pairOf, type Statement } from './statement.ts';

const strict = { prefer: 'handling=strict' };

/** Untrue claims about a type's search parameters and includes, as sentences. */
export async function untruthsOfSearch(
  server: TestServer,
  statement: Statement,
  claimed: ClaimedType,
): Promise<readonly string[]> {
  return [
    ...(await refusedParameters(server, claimed)),
    ...(await unclaimedParameters(server, statement, claimed)),
    ...(await refusedIncludes(server, claimed)),
    ...unclaimedIncludes(statement, claimed),
  ];
}

async function refusedParameters(server: TestServer, { type, searchParam, searchRevInclude }: ClaimedType): Promise<string[]> {
  const untruths: string[] = [];
  for (const parameter of searchParam) {
    const pair = pairOf(parameter, searchRevInclude);
    if (pair === undefined) continue;
    const { status, text } = await server.fetchFhir(`${type}?${new URLSearchParams([[...pair]])}`, { headers: strict });
    if (status !== 200)
      untruths.push(`search parameter ${type}.${parameter.name} is claimed and does not work: ${status} ${text}`);
  }
  return untruths;
}

/** Every name that any type has a parameter by, as far as this one does not claim it: each must be refused. */
async function unclaimedParameters(
  server: TestServer,
  { rest }: Statement,
  { type, searchParam }: ClaimedType,
): Promise<string[]> {
  const claimed = new Set(searchParam.map(({ name }) => name));
  const everywhere = [...rest[0].resource, rest[0]].flatMap((one) => one.searchParam.map(({ name }) => name));
  const defined = sharedDefinitions().resourceTypes.flatMap((one) =>
    sharedDefinitions()
      .searchParameters(one)
      .map(({ code }) => code),
  );
  const names = [...new Set([...everywhere, ...defined, '_query'])].filter((name) => !claimed.has(name) && name !== '_type');
  const untruths: string[] = [];
  for (let from = 0; from < names.length; from += 100) {
    const asked = names.slice(from, from + 100);
    const query = new URLSearchParams(
      asked.map((name): [string, string] => [name === '_has' ? '_has:Observation:patient:code' : name, 'x']),
    );
    const { body } = await server.fetchFhir(`${type}?${query}`, { headers: strict });
    const refused = new Set((body.issue ?? []).flatMap(({ expression }: { expression?: readonly string[] }) => expression ?? []));
    const accepted = asked.filter((name) => !refused.has(`http.${name}`));
    untruths.push(...accepted.map((name) => `search parameter ${type}.${name} works and is not claimed`));
  }
  return untruths;
}

async function refusedIncludes(
  server: TestServer,
  { type, searchInclude = [], searchRevInclude = [] }: ClaimedType,
): Promise<string[]> {
  const untruths: string[] = [];
  const asked = [
    ...searchInclude.map((value) => ['_include', value] as const),
    ...searchRevInclude.map((value) => ['_revinclude', value] as const),
  ];
  for (const [name, value] of asked) {
    const { status } = await server.fetchFhir(`${type}?_id=none&${name}=${value}`, { headers: strict });
    if (status !== 200) untruths.push(`${name}=${value} of ${type} is claimed and does not work: ${status}`);
  }
  return untruths;
}

/**
 * The parser that the server has is asked, not the server: it is every reference parameter of every type for each type.
 * Wildcards of one source (`Observation:*`) are the sum of what is claimed.
 */
function unclaimedIncludes(
  { rest }: Statement,
  { type, searchInclude = [], searchRevInclude = [], interaction }: ClaimedType,
): readonly string[] {
  if (!interaction.some(({ code }) => code === 'search-type')) return [];
  const definitions = sharedDefinitions();
  const understands = (name: string, value: string): boolean => {
    try {
      parse(type, `${name}=${value}`);
      return true;
    } catch {
      // Refused, whatever for: it does not work.
      return false;
    }
  };
  const all = rest[0].resource.flatMap(({ type: source, searchParam }) => searchParam.map(({ name }) => [source, name] as const));
  const references = all.filter(([source, name]) => {
    const parameter = definitions.searchParameter(source, name);
    return parameter?.type === 'reference' && referenceTargets(definitions, source, parameter).length > 0;
  });
  const values = references.map(([source, name]) => `${source}:${name}`);
  return [
    ...values
      .filter((value) => value.startsWith(`${type}:`) && !searchInclude.includes(value) && understands('_include', value))
      .map((value) => `_include=${value} of ${type} works and is not claimed`),
    ...values
      .filter((value) => !searchRevInclude.includes(value) && understands('_revinclude', value))
      .map((value) => `_revinclude=${value} of ${type} works and is not claimed`),
    ...[['_include', searchInclude] as const, ['_revinclude', searchRevInclude] as const]
      .filter(([name, claimed]) => claimed.length > 0 && !claimed.includes('*') && understands(name, '*'))
      .map(([name]) => `${name}=* of ${type} works and is not claimed`),
  ];
}
