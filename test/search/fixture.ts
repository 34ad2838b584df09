/** Short ways to index resources and to ask for them, with `match.ts` as the judge. */
import { expect } from 'chai';
import { openDefinitions } from '../../src/definitions/load.ts';
import { openTimeZone } from '../../src/fhir/date.ts';
import { parseJson } from '../../src/fhir/json.ts';
import { FhirError } from '../../src/fhir/outcome.ts';
import { isJsonObject, type JsonObject, type Resource } from '../../src/fhir/types.ts';
import { all } from '../../src/search/criterion.ts';
import type { IndexEntry } from '../../src/search/index-entry.ts';
import { openIndexer } from '../../src/search/indexer.ts';
import { type Candidate, type Lookup, matches } from '../../src/search/match.ts';
import { type ParsedQuery, parseQuery, type QuerySettings } from '../../src/search/parse-query.ts';

export const definitions = openDefinitions();
export const baseUrl = 'http://localhost:8080/fhir';
export const indexer = openIndexer(definitions, { baseUrl, timeZone: 'Europe/Rome' });

export const settings: QuerySettings = {
  definitions,
  baseUrl,
  timeZone: openTimeZone('Europe/Rome'),
  now: Date.UTC(2026, 5, 1),
  strict: true,
  border: () => all,
};

/** Reads a query as it stands in a URL: `name=value&name=value`. */
export function parse(types: string | readonly string[], query: string, changed: Partial<QuerySettings> = {}): ParsedQuery {
  const list = typeof types === 'string' ? [types] : types;
  return parseQuery(list, [...new URLSearchParams(query)], { ...settings, ...changed });
}

export function resource(type: string, members: JsonObject = {}): Resource {
  return { resourceType: type, id: 'example', ...members };
}

/** A resource from JSON text, its decimals with their digits. */
export function fromText(text: string): Resource {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new Error('The text is no resource.');
  return value as Resource; // A test's own resource.
}

export function entriesOf(indexed: Resource, parameter: string): readonly IndexEntry[] {
  return indexer.index(indexed).entries.filter((entry) => entry.parameter === parameter);
}

export function candidateOf(stored: Resource, lastUpdated = 0): Candidate {
  const { entries, compartments } = indexer.index(stored);
  return { key: { type: stored.resourceType, id: String(stored['id']) }, lastUpdated, entries, compartments, deleted: false };
}

/** Whether the query on the resource's type finds it, alone or among others that chains may reach. */
export function finds(
  stored: Resource,
  query: string,
  among: readonly Resource[] = [],
  changed: Partial<QuerySettings> = {},
): boolean {
  const others = [stored, ...among].map((one) => candidateOf(one));
  const lookup: Lookup = {
    current: ({ type, id }) => others.find(({ key }) => key.type === type && key.id === id),
    referrers: (type, parameter, target) =>
      others.filter(
        ({ key, entries }) =>
          key.type === type &&
          entries.some((entry) => entry.shape === 'reference' && entry.parameter === parameter && entry.target === target),
      ),
  };
  return matches(parse(stored.resourceType, query, changed).criterion, candidateOf(stored), lookup);
}

/** The refusal of a query; fails when it is understood. */
export function refusal(type: string, query: string, changed: Partial<QuerySettings> = {}): FhirError {
  try {
    parse(type, query, changed);
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  return expect.fail(`The query ${query} on ${type} was understood.`);
}

/** One row of a table: the query finds the resource, or does not. */
export type Row = readonly [query: string, found: boolean, why?: string];

/** An `it` for each row. */
export function itFinds(stored: Resource, rows: readonly Row[]): void {
  for (const [query, found, why = ''] of rows) {
    it(`${query} ${found ? 'finds' : 'does not find'} it${why === '' ? '' : `: ${why}`}`, () => {
      expect(finds(stored, query)).to.equal(found);
    });
  }
}
