/** Where a page's included resources come from: the store, inside the caller's border. https://hl7.org/fhir/R4/search.html#include */
import type { AccessContext } from '../access/access-context.ts';
import { grantedTypes } from '../access/grants.ts';
import { narrow } from '../access/narrow.ts';
import { limits } from '../fhir/limits.ts';
import { formatKey } from '../fhir/reference.ts';
import type { Resource } from '../fhir/types.ts';
import { and, type Criterion, or } from '../search/criterion.ts';
import type { Found, IncludeSource, Referring } from '../search/include.ts';
import type { ServerContext } from './context.ts';
import { readVisible } from './read-visible.ts';

/** A type that no scope of the caller's opens is left out without a word, as if its resources were not there. */
export function openIncludeSource(access: AccessContext, context: ServerContext): IncludeSource {
  const { definitions, indexer } = context;
  const resources = new Map<string, Resource>();
  const resourceOf = ({ key, text }: Found): Resource => {
    const name = formatKey(key);
    const known = resources.get(name) ?? (JSON.parse(text) as Resource); // Stored text is a resource; its references are read, nothing is written.
    resources.set(name, known);
    return known;
  };
  return {
    types: definitions.resourceTypes,
    referenceParameters: (type) =>
      definitions.searchParameters(type).flatMap((parameter) => (parameter.type === 'reference' ? [parameter.code] : [])),
    targets: (found, parameter) => indexer.targets(resourceOf(found), parameter),
    read: (keys) => readVisible(keys, access, context),
    referring: (wanted) => searchReferring(wanted, access, context),
  };
}

async function searchReferring(
  { parameters, targets, count }: Referring,
  access: AccessContext,
  { store }: ServerContext,
): Promise<readonly Found[]> {
  const granted = grantedTypes(access, [...parameters.keys()], 's');
  if (granted.length === 0) return [];
  const typesOf = new Map<string, string[]>();
  for (const type of granted) {
    for (const parameter of parameters.get(type) ?? []) typesOf.set(parameter, [...(typesOf.get(parameter) ?? []), type]);
  }
  const names = [...typesOf].map(([parameter, types]) => {
    const tests = targets.map((target): Criterion => ({ kind: 'has', parameter, test: { shape: 'reference', target } }));
    return and({ kind: 'type', types }, or(...tests));
  });
  const criterion = narrow(access, granted, 's', or(...names));
  const charactersMax = limits.pageCharactersMax;
  const page = await store.search({ types: granted, criterion, sort: [], count, charactersMax, total: 'none' });
  return page.items;
}
