/**
 * The work of an export: a list of steps that follows from the request alone, each a walk over the store in pages bounded by bytes, saved as
 * it goes on. https://hl7.org/fhir/uv/bulkdata/STU2/export.html
 */
import { setImmediate } from 'node:timers/promises';
import type { AccessContext } from '../../access/access-context.ts';
import { narrow } from '../../access/narrow.ts';
import { unpackAccess } from '../../access/system-access.ts';
import { limits } from '../../fhir/limits.ts';
import type { JsonObject, JsonValue } from '../../fhir/types.ts';
import type { ServerContext } from '../../interactions/context.ts';
import { readStored } from '../../interactions/plan-write.ts';
import { JobStopped, type Task } from '../../jobs/task.ts';
import { and } from '../../search/criterion.ts';
import type { Page, Position, StoredVersion } from '../../store/store.ts';
import { deletionsPage } from './deletions.ts';
import { openLines } from './line.ts';
import { linesOf, type Output, openOutput } from './output.ts';
import { belongs, chunkCount, chunkCriterion, groupPatients, numberPatients, type Patients, provenanceOf } from './record.ts';
import { openReferenced, type Referenced } from './referenced.ts';
import { remark } from './remarks.ts';
import { type ExportRequest, typeCriterion } from './request.ts';
import type { Advance, Export, Step } from './work.ts';

/** How far the work is. */
interface State extends JsonObject {
  /** The time that the files speak of, in milliseconds since 1970. */
  readonly transactionTime: number;
  readonly step: number;
  /** Behind which the step goes on; null: from its start. */
  readonly after: readonly JsonValue[] | null;
  /** Resources so far. */
  readonly count: number;
}

export async function runExport(task: Task, context: ServerContext): Promise<void> {
  const request = task.job.request as ExportRequest; // Put there by `readExport`.
  const access = unpackAccess(request.access);
  const output = openOutput(task);
  const begun = (task.job.progress['transactionTime'] === undefined ? undefined : task.job.progress) as State | undefined; // Saved below.
  let state = begun ?? (await begin(request, access, output, context));
  const patients = await loadPatients(request, output, task);
  const referenced = await openReferenced(output.files('scratch'), request, task, context);
  const { transactionTime } = state;
  const work: Export = { request, access, patients, output, lineOf: openLines(request, context), transactionTime, context };
  const steps = stepsOf(work);
  let savedAt = performance.now();
  for (let step = steps[state.step]; step !== undefined; step = steps[state.step]) {
    if (task.signal.aborted) throw new JobStopped();
    // The embedded store answers without waiting: other requests get their turn between two pages.
    await setImmediate();
    const { given, next } = await advance(step, state.after as Position | null, work, referenced);
    const count = state.count + given;
    state = next === undefined ? { ...state, count, step: state.step + 1, after: null } : { ...state, count, after: next };
    if (output.waiting() < limits.jobPieceBytes && performance.now() - savedAt < saveMs && state.step < steps.length) continue;
    await output.save(state, noteOf(state, steps));
    savedAt = performance.now();
  }
}

/** A restart repeats no more than this. */
const saveMs = 5_000;

/**
 * "SHALL include any matching resources modified up to and including this instant": nothing before it is still on its way. A resource that
 * changes while the export runs is given in its newer version, since without it the export would lack it.
 */
async function begin(request: ExportRequest, access: AccessContext, output: Output, context: ServerContext): Promise<State> {
  for (const one of request.remarks)
    output.add('error', 'OperationOutcome', remark(String(one['text']), String(one['expression'])));
  const state: State = { transactionTime: await context.store.settled(), step: 0, after: null, count: 0 };
  if (request.group !== null && request.patients === null) {
    for (const id of await groupPatients(request.group, access, context)) output.add('scratch', patientsType, id);
  }
  await output.save(state, 'Begun.');
  return state;
}

/** The name of the list of a group's patients, drawn up once, so that every attempt goes by the same. */
const patientsType = 'patients';

async function loadPatients({ scope, group, patients }: ExportRequest, output: Output, task: Task): Promise<Patients> {
  if (scope === 'system' || (group === null && patients === null)) return undefined;
  if (patients !== null) return numberPatients(patients);
  const ids: string[] = [];
  for (const file of output.files('scratch').filter(({ type }) => type === patientsType)) {
    for await (const id of linesOf(task.readFile(file))) ids.push(id);
  }
  return numberPatients(ids);
}

/** Deletions come last: what was given is not told to be deleted, since of deletions only those before the transaction time are told. */
function stepsOf({ request, patients, context }: Export): readonly Step[] {
  const { definitions } = context;
  const inRecords = (type: string) => definitions.compartment('Patient', type) !== undefined;
  const types = request.scope === 'system' ? request.types : request.types.filter(inRecords);
  const chunks = Array.from({ length: chunkCount(patients) }, (_, chunk) => chunk);
  const walks = types.flatMap((type) => chunksOf(type, chunks).map((chunk): Step => ({ kind: 'type', type, chunk })));
  const deletions =
    request.since === null ? [] : types.flatMap((type) => chunks.map((chunk): Step => ({ kind: 'deleted', type, chunk })));
  return [...walks, ...(request.scope === 'record' ? [{ kind: 'referenced' } as const] : []), ...deletions];
}

/** Provenance is looked through as a whole: whose it is, its targets say. */
function chunksOf(type: string, chunks: readonly number[]): readonly number[] {
  return type === 'Provenance' && chunks.length > 0 ? [0] : chunks;
}

function advance(step: Step, after: Position | null, work: Export, referenced: Referenced): Promise<Advance> {
  switch (step.kind) {
    case 'type':
      return typePage(step, after, work, referenced);
    case 'deleted':
      return deletionsPage(step, after, work);
    case 'referenced':
      return referenced.page(after, work);
  }
}

async function typePage(
  { type, chunk }: PageStep,
  after: Position | null,
  work: Export,
  referenced: Referenced,
): Promise<Advance> {
  const { request, access, patients, context, transactionTime } = work;
  const asked = typeCriterion(request, type, transactionTime, access, context);
  const bound =
    request.scope === 'system' || type === 'Provenance' ? asked : and(asked, chunkCriterion(patients, chunk, type, context));
  const page: Page<StoredVersion> = await context.store.search({
    types: [type],
    criterion: narrow(access, [type], 's', bound),
    sort: [],
    count: limits.exportPageSize,
    charactersMax: limits.exportPageCharacters,
    total: 'none',
    ...(after === null ? {} : { after }),
  });
  const given = await membersOf(page.items, type, chunk, work);
  for (const { text } of given) {
    work.output.add('output', type, work.lineOf(type, text));
    referenced.collect(text, work);
  }
  return { given: given.length, ...(page.next === undefined ? {} : { next: page.next }) };
}

type PageStep = Exclude<Step, { readonly kind: 'referenced' }>;

async function membersOf(
  versions: readonly StoredVersion[],
  type: string,
  chunk: number,
  { request, patients, access, context }: Export,
): Promise<readonly StoredVersion[]> {
  if (request.scope === 'system') return versions;
  if (type === 'Provenance') return provenanceOf(versions, patients, access, context);
  return versions.filter((version) => belongs(readStored(version), patients, chunk, context));
}

function noteOf({ step, count }: State, steps: readonly Step[]): string {
  const current = steps[step];
  const at = current === undefined ? 'all steps done' : `step ${step + 1} of ${steps.length}`;
  return `${count} resources exported, ${at}.`;
}
