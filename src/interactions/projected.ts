/** `_summary` and `_elements` outside of searches: "defined for all interactions", https://hl7.org/fhir/R4/http.html#parameters */
import { invalidValue } from '../fhir/outcome.ts';
import { none } from '../search/criterion.ts';
import { parseQuery, type QueryParameter } from '../search/parse-query.ts';
import { openProjections, type Projection } from '../search/projection.ts';
import type { ServerContext } from './context.ts';

export const projectionParameters: readonly string[] = ['_summary', '_elements'];

/** How the resources of the answer are reduced, as the query asks. Throws 400 for what it can't mean of these types. */
export function readProjection(query: readonly QueryParameter[], types: readonly string[], context: ServerContext): Projection {
  const asked = query.filter(([name]) => projectionParameters.includes(name));
  if (asked.length === 0) return (text) => text;
  const { definitions, baseUrl, timeZone } = context;
  const settings = { definitions, baseUrl, timeZone, now: context.now(), strict: true, border: () => none };
  const parsed = parseQuery(types, asked, settings);
  if (parsed.summary === 'count')
    throw invalidValue("'_summary=count' is for searches: it is their matches that are counted.", 'http._summary');
  return openProjections(parsed, definitions).match ?? ((text) => text);
}
