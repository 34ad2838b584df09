/** https://hl7.org/fhir/R4/search.html#list */
import { limits } from '../fhir/limits.ts';
import { invalidValue, tooCostly } from '../fhir/outcome.ts';
import { idPattern } from '../fhir/reference.ts';
import type { ChainRequest } from './chain.ts';
import { and, type Criterion } from './criterion.ts';

export const listParameter = '_list';

/** "all of the … resources that are referenced from the list found at [base]/List/42 in List.entry.item", when the caller may search lists. */
export function parseList({ value, settings }: Pick<ChainRequest, 'value' | 'settings'>): Criterion {
  const ids = value.split(',');
  if (ids.length > limits.searchValuesMax)
    throw tooCostly(`'_list': at most ${limits.searchValuesMax} lists may be named at once.`);
  if (ids.some((id) => id.startsWith('$'))) {
    throw invalidValue(
      "'_list': functional lists such as '$current-problems' are not kept here; name the id of a List, or search by status.",
      'http._list',
    );
  }
  if (!ids.every((id) => idPattern.test(id)))
    throw invalidValue(
      "'_list' takes the ids of List resources: letters, digits, '-' and '.', at most 64 of them.",
      'http._list',
    );
  return {
    kind: 'reverse-chain',
    type: 'List',
    parameter: 'item',
    source: and(settings.border('List'), { kind: 'id', ids: [...new Set(ids)] }),
  };
}
