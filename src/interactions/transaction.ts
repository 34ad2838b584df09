/** https://hl7.org/fhir/R4/http.html#transaction */
import { authorize } from '../access/authorize.ts';
import { atExpression, FhirError, invalidValue } from '../fhir/outcome.ts';
import { isJsonObject } from '../fhir/types.ts';
import type { ExpectationFailure } from '../store/store.ts';
import { type BundleEntry, checkEnvelope, checkTarget, entryRequest, listEntries, readEntry } from './bundle-entries.ts';
import { type EntryAnswer, formatResponseBundle } from './bundle-response.ts';
import { commit } from './commit.ts';
import type { Dispatch, FhirRequest, FhirResponse, ServerContext } from './context.ts';
import { answerDelete } from './delete.ts';
import { type EntryReads, openEntryReads } from './entry-reads.ts';
import { entryIncident } from './incident.ts';
import { findOperation } from './operation.ts';
import { planTransaction, type Work } from './plan-transaction.ts';
import { validationRefusal } from './plan-write.ts';
import { answerWrite, entryPrefer } from './prefer.ts';
import { collectAll } from './problems.ts';
import { bundleOf } from './request-resource.ts';

/**
 * Carries all entries out or none. Everything that is wrong with any of them is answered at once. What they write is committed in one
 * `store.transact`; entries that read follow, on the state it left, and one of those that fails says so in its own response.
 */
export async function transaction(request: FhirRequest, context: ServerContext, dispatch: Dispatch): Promise<FhirResponse> {
  const work = await readTransaction(request, context);
  let careful = false;
  const plan = (before?: ExpectationFailure) => {
    careful ||= before?.kind === 'missing';
    return planTransaction(work, careful);
  };
  const outcomes = await commit(plan, context.store);
  const prefer = entryPrefer(request.headers.prefer);
  const answers: EntryAnswer[] = [];
  const read = { ...work, prefer, dispatch, reads: openEntryReads() };
  for (const entry of work.entries) {
    const written = outcomes.get(entry.index);
    const [first] = written ?? [];
    if (written === undefined || first === undefined) answers.push(await answerRead(entry, read));
    else {
      const response = entry.match.row.code === 'delete' ? answerDelete(written, prefer) : answerWrite(first, prefer);
      answers.push({ response, method: entry.method });
    }
  }
  return { status: 200, text: formatResponseBundle('transaction-response', answers, request.places) };
}

async function readTransaction(request: FhirRequest, context: ServerContext): Promise<Work> {
  const bundle = bundleOf(request.body, 'transaction');
  const values = listEntries(bundle);
  const problems: FhirError[] = [];
  const read = await collectAll([...values.entries()], problems, ([index, value]) => readEntry(value, index, context));
  const entries = read.filter((entry) => entry !== undefined);
  await collectAll(entries, problems, (entry) => checkEntry(entry, request, context));
  // An entry that could not be read has its own, plainer words for what the rules of the Bundle say of it.
  const told = new Set(problems.flatMap(({ issues }) => issues.map(({ expression }) => entryOf(expression))));
  const left = checkEnvelope(bundle, values, context).filter(({ expression }) => !told.has(entryOf(expression) ?? 'Bundle'));
  const envelope = validationRefusal(left);
  const others = new Set(entries.filter(({ resource }) => resource === undefined).map(({ index }) => index));
  const fullUrls = values.flatMap((value, index) => {
    const fullUrl = isJsonObject(value) && !others.has(index) ? value['fullUrl'] : undefined;
    return typeof fullUrl === 'string' ? [fullUrl] : [];
  });
  return { request, context, bundle, entries, fullUrls, problems: envelope === undefined ? problems : [...problems, envelope] };
}

/** `Bundle.entry[3]` of a place inside it. */
function entryOf(expression: string | undefined): string | undefined {
  return /^Bundle\.entry\[\d+\]/.exec(expression ?? '')?.[0];
}

function checkEntry(entry: BundleEntry, request: FhirRequest, context: ServerContext): void {
  checkTarget(entry, context);
  const { row, type, operation } = entry.match;
  if (operation !== undefined && findOperation({ ...entry.match, level: row.level }, context)?.affectsState === true) {
    throw invalidValue(`$${operation} changes what is stored, so it can't be part of a transaction.`, `${entry.at}.request.url`);
  }
  const attempt = { interaction: row.code, permissions: row.permissions, ...(type === undefined ? {} : { type }) };
  try {
    authorize(request.access, attempt);
  } catch (error) {
    throw error instanceof FhirError ? atExpression(error, () => entry.at) : error;
  }
}

interface Reading extends Pick<Work, 'request' | 'context'> {
  readonly prefer: string;
  readonly dispatch: Dispatch;
  readonly reads: EntryReads;
}

async function answerRead(entry: BundleEntry, { request, context, prefer, dispatch, reads }: Reading): Promise<EntryAnswer> {
  const single = entryRequest(entry, request);
  try {
    const carryOut = () => dispatch({ ...single, headers: { ...single.headers, prefer } }, context);
    const response = await reads.answer(entry, carryOut);
    return { response, method: entry.method };
  } catch (error) {
    // What the transaction wrote stays written, so the answer must not be a failure of the whole.
    return error instanceof FhirError ? error : entryIncident(error, entry.at, request, context);
  }
}
