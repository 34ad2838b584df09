/** https://hl7.org/fhir/R4/http.html#transaction, for a Bundle of type batch */
import { FhirError } from '../fhir/outcome.ts';
import type { JsonValue } from '../fhir/types.ts';
import { checkEnvelope, entryRequest, listEntries, readEntry } from './bundle-entries.ts';
import { type EntryAnswer, formatResponseBundle } from './bundle-response.ts';
import type { Dispatch, FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { type EntryReads, openEntryReads } from './entry-reads.ts';
import { entryIncident } from './incident.ts';
import { refuseErrors } from './plan-write.ts';
import { entryPrefer } from './prefer.ts';
import { bundleOf } from './request-resource.ts';

/**
 * Carries the entries out one by one, in the order they stand in, each as if it had come alone: "The success or failure of one change SHALL
 * not alter the success or failure or resulting content of another change." An entry that fails says so in its own response; the answer as
 * a whole is 200.
 */
export async function batch(request: FhirRequest, context: ServerContext, dispatch: Dispatch): Promise<FhirResponse> {
  const bundle = bundleOf(request.body, 'batch');
  const values = listEntries(bundle);
  refuseErrors(checkEnvelope(bundle, undefined, context));
  const answers: EntryAnswer[] = [];
  const surroundings = { request, context, dispatch, reads: openEntryReads() };
  for (const [index, value] of values.entries()) answers.push(await answerEntry(value, index, surroundings));
  return { status: 200, text: formatResponseBundle('batch-response', answers, request.places) };
}

interface Surroundings {
  readonly request: FhirRequest;
  readonly context: ServerContext;
  readonly dispatch: Dispatch;
  readonly reads: EntryReads;
}

async function answerEntry(
  value: JsonValue,
  index: number,
  { request, context, dispatch, reads }: Surroundings,
): Promise<EntryAnswer> {
  try {
    const entry = readEntry(value, index, context);
    const single = entryRequest(entry, request);
    const prefer = entryPrefer(request.headers.prefer);
    const carryOut = () => dispatch({ ...single, headers: { ...single.headers, prefer } }, context);
    const response = await reads.answer(entry, carryOut);
    return { response, method: entry.method };
  } catch (error) {
    return error instanceof FhirError ? error : entryIncident(error, `Bundle.entry[${index}]`, request, context);
  }
}
