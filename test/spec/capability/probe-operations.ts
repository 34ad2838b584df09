/** Calls every operation wherever it could be, on every level, type and method: what is not "not offered here" is there. */
import { operations } from '../../../src/operations/index.ts';
import { sharedDefinitions, type TestServer } from '../../support/server.ts';
import { type ClaimedOperation, type ClaimedType, compare, type Statement } from './statement.ts';

type Level = 'system' | 'type' | 'instance';

/** Every code that this server or any definition has, so that what works unseen is found. */
function codes(statement: Statement): readonly string[] {
  const claimed = [...statement.rest[0].resource, statement.rest[0]].flatMap(({ operation = [] }) => operation);
  const defined = sharedDefinitions()
    .conformanceResources('OperationDefinition')
    .map(({ code }) => String(code));
  return [...new Set([...claimed.map(({ name }) => name), ...operations.map(({ code }) => code), ...defined])].sort();
}

export async function untruthsOfOperations(
  server: TestServer,
  statement: Statement,
  { type, operation = [] }: ClaimedType,
): Promise<readonly string[]> {
  const works: string[] = [];
  for (const code of codes(statement)) {
    if (await answers(server, `${type}/$${code}`)) works.push(`type $${code}`);
    if (await answers(server, `${type}/none/$${code}`)) works.push(`instance $${code}`);
  }
  return compare(`operation of ${type}`, [...levelsOf(operation, 'type'), ...levelsOf(operation, 'instance')], works);
}

export async function untruthsOfSystemOperations(server: TestServer, statement: Statement): Promise<readonly string[]> {
  const works: string[] = [];
  for (const code of codes(statement)) if (await answers(server, `$${code}`)) works.push(`system $${code}`);
  return compare('operation of the system', levelsOf(statement.rest[0].operation, 'system'), works);
}

/** The levels of claimed operations are those of their definitions. */
function levelsOf(claimed: readonly ClaimedOperation[], level: Level): readonly string[] {
  return claimed
    .filter(({ definition }) => sharedDefinitions().conformance(definition)?.[level] === true)
    .map(({ name }) => `${level} $${name}`);
}

/** Called without what it needs: any answer but that it is not offered, or has failed. */
async function answers(server: TestServer, path: string): Promise<boolean> {
  const { status, text } = await server.fetchFhir(path, { method: 'POST', body: { resourceType: 'Parameters' } });
  return status !== 405 && status < 500 && !text.includes('is not offered here');
}
