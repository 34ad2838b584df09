/**
 * `_explain=true`: how the store would go about a search, in place of its result. R4 does not have it; it is for those who run the server, so
 * that it takes a system/ scope: what an index holds is also told of records that a user may not see.
 */
import { authorizeSystemSearch } from '../access/authorize.ts';
import { type Issue, operationOutcome } from '../fhir/outcome.ts';
import { describeCriterion, describeSort } from '../search/describe.ts';
import type { StoreQuery } from '../store/store.ts';
import type { FhirRequest, FhirResponse, ServerContext } from './context.ts';

/** An OperationOutcome whose issues are the steps: what is understood, then the store's plan. Throws `forbidden` (403). */
export async function explainSearch(query: StoreQuery, { access }: FhirRequest, { store }: ServerContext): Promise<FhirResponse> {
  authorizeSystemSearch(access, query.types, '_explain');
  const plan = await store.explain(query);
  const understood = `Asked, with what the caller may see: ${describeCriterion(query.criterion)}; sorted by ${describeSort(query.sort)}; ${query.count} on a page.`;
  const issues = [{ text: understood }, ...plan].map(
    ({ text, ...more }: { readonly text: string; readonly details?: string }): Issue => ({
      severity: 'information',
      code: 'informational',
      text,
      ...(more.details === undefined ? {} : { diagnostics: more.details }),
    }),
  );
  return { status: 200, resource: operationOutcome(issues) };
}
