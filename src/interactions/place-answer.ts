/** What an answer says of the body, with the line and column of each issue in the text that was sent. */
import { FhirError, type Issue } from '../fhir/outcome.ts';
import { placeIssues } from '../fhir/place-issues.ts';
import type { FhirRequest, FhirResponse } from './context.ts';

/** Carries a request out, and places what is said of its body, whether it went well or not. */
export async function placeAnswer({ places }: FhirRequest, carryOut: () => Promise<FhirResponse>): Promise<FhirResponse> {
  if (places === undefined) return carryOut();
  const place = (issues: readonly Issue[]) => placeIssues([issues], places)[0] ?? issues;
  try {
    const answer = await carryOut();
    return answer.outcome === undefined ? answer : { ...answer, outcome: place(answer.outcome) };
  } catch (error) {
    // What is our fault is in no text of the client's.
    if (!(error instanceof FhirError) || error.status >= 500) throw error;
    throw new FhirError(error.status, place(error.issues), error.headers);
  }
}
