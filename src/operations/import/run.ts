/**
 * The work of an import: its source line by line, in batches, saved as it goes on. A line that refers to what is not there may come before it in
 * the source, so such lines are kept and tried again behind the others, round after round, as long as a round brings any of them in.
 */
import { setImmediate } from 'node:timers/promises';
import { unpackAccess } from '../../access/system-access.ts';
import { formatJson } from '../../fhir/json.ts';
import { limits } from '../../fhir/limits.ts';
import { exception, type Issue, operationOutcome } from '../../fhir/outcome.ts';
import type { JsonObject } from '../../fhir/types.ts';
import type { ServerContext } from '../../interactions/context.ts';
import { JobStopped, type Task } from '../../jobs/task.ts';
import type { JobFile } from '../../store/job-store.ts';
import { type Output, openOutput } from '../export/output.ts';
import type { ImportRequest } from './import.ts';
import { type Importing, importLines, type Line, type LineResult } from './import-lines.ts';
import { sourceLines } from './source-lines.ts';

interface Counts extends JsonObject {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** How far the work is. */
interface State extends JsonObject {
  readonly transactionTime: number;
  /** 0: the source; then the lines that the round before kept. */
  readonly round: number;
  /** Of the files of the round: the one being read, and bytes and lines of it that are done. */
  readonly file: number;
  readonly offset: number;
  readonly lines: number;
  /** Lines that this round has kept, and that the one before had. */
  readonly kept: number;
  readonly keptBefore: number;
  /** Nothing is kept any more: what still waits is refused. */
  readonly final: boolean;
  readonly refused: number;
  readonly types: { readonly [type: string]: Counts };
}

export async function runImport(task: Task, context: ServerContext): Promise<void> {
  const request = task.job.request as ImportRequest; // Put there by the operation.
  const importing: Importing = { job: task.job.id, access: unpackAccess(request.access), context };
  const output = openOutput(task);
  const saved = (task.job.progress['transactionTime'] === undefined ? undefined : task.job.progress) as State | undefined; // Saved below.
  const work: Work = { task, importing, output, total: task.job.files.find(isSource)?.count ?? 0 };
  let state = saved ?? begin(context.now());
  for (state = await readRound(state, work); state.kept > 0; state = await readRound(state, work)) {
    // A whole round that has brought none of them in: what they refer to does not come.
    const stuck = state.round > 0 && state.kept === state.keptBefore;
    const final = stuck || state.round >= limits.importRoundsMax;
    state = { ...state, round: state.round + 1, file: 0, offset: 0, lines: 0, kept: 0, keptBefore: state.kept, final };
    await save(state, work);
  }
  await output.save({ ...state, result: resultOf(state) }, 'Done.');
  await dropSources(task);
}

interface Work {
  readonly task: Task;
  readonly importing: Importing;
  readonly output: Output;
  /** Lines of the source. */
  readonly total: number;
}

function begin(transactionTime: number): State {
  return { transactionTime, round: 0, file: 0, offset: 0, lines: 0, kept: 0, keptBefore: 0, final: false, refused: 0, types: {} };
}

function isSource({ role }: JobFile): boolean {
  return role === 'source';
}

/** The type under which a round's kept lines are filed. */
const keptIn = (round: number) => `kept-${round}`;

function roundFiles({ round }: State, { task, output }: Work): readonly JobFile[] {
  return round === 0 ? task.job.files.filter(isSource) : output.files('scratch').filter(({ type }) => type === keptIn(round - 1));
}

async function readRound(begun: State, work: Work): Promise<State> {
  let state = begun;
  const files = roundFiles(state, work);
  for (let file = files[state.file]; file !== undefined; file = files[state.file]) {
    state = await readLines(file, state, work);
    state = { ...state, file: state.file + 1, offset: 0, lines: state.round === 0 ? state.lines : 0 };
  }
  await save(state, work);
  return state;
}

async function readLines(file: JobFile, begun: State, work: Work): Promise<State> {
  let state = begun;
  let batch: Line[] = [];
  let characters = 0;
  let savedAt = performance.now();
  const flush = async (end: number, lines: number): Promise<void> => {
    if (work.task.signal.aborted) throw new JobStopped();
    const results = await importLines(batch, work.importing);
    state = { ...count(results, state, work), offset: end, lines };
    batch = [];
    characters = 0;
    // The embedded store answers without waiting: other requests get their turn between two batches.
    await setImmediate();
    if (performance.now() - savedAt < saveMs && work.output.waiting() < limits.jobPieceBytes) return;
    await save(state, work);
    savedAt = performance.now();
  };
  let last = { end: state.offset, number: state.lines };
  for await (const { number, bytes, end } of sourceLines(work.task.readFile(file, state.offset), state.offset, state.lines)) {
    last = { end, number };
    if (bytes === undefined || !isBlank(bytes)) batch.push(state.round === 0 ? { number, bytes } : keptLine(bytes));
    characters += bytes?.length ?? 0;
    if (batch.length >= limits.importBatchLines || characters >= limits.jobPieceBytes) await flush(end, number);
  }
  if (batch.length > 0) await flush(last.end, last.number);
  return { ...state, offset: last.end, lines: last.number };
}

/** A restart repeats no more than this; what is repeated changes nothing. */
const saveMs = 2_000;

/** White space as JSON has it. */
function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 32 || byte === 9 || byte === 13);
}

/** Kept lines carry their number in the source before them. */
function keptLine(bytes: Buffer | undefined): Line {
  const space = bytes?.indexOf(32) ?? -1;
  if (bytes === undefined || space < 0) throw exception('A line that was kept can not be read again.');
  return { number: Number(bytes.subarray(0, space).toString()), bytes: bytes.subarray(space + 1) };
}

function count(results: readonly LineResult[], state: State, { output }: Work): State {
  const types: Record<string, Counts> = { ...state.types };
  let { kept, refused } = state;
  for (const result of results) {
    if (result.kind === 'waits' && !state.final) {
      output.add('scratch', keptIn(state.round), `${result.line.number} ${result.line.bytes?.toString('utf8') ?? ''}`);
      kept += 1;
    } else if (result.kind === 'refused' || result.kind === 'waits') {
      output.add('error', 'OperationOutcome', outcomeOf(result.line, result.issues));
      refused += 1;
    } else {
      const before = types[result.type] ?? { created: 0, updated: 0, unchanged: 0 };
      types[result.type] = { ...before, [result.kind]: before[result.kind] + 1 };
    }
  }
  return { ...state, kept, refused, types };
}

/** One OperationOutcome a line: its id and every issue name the line. */
function outcomeOf({ number }: Line, issues: readonly Issue[]): string {
  const { resourceType, ...members } = operationOutcome(
    issues.map((issue) => ({ ...issue, diagnostics: `Line ${number} of the source.` })),
  );
  return formatJson({ resourceType, id: `line-${number}`, ...members });
}

async function save(state: State, { output, total }: Work): Promise<void> {
  const { round, lines, refused } = state;
  const at = round === 0 ? `Line ${lines} of ${total}` : `Round ${round + 1} of lines that refer to later ones, line ${lines}`;
  await output.save(state, `${at}, ${refused} refused.`);
}

/** The resources are in the store; a copy of them in files is one too many. */
async function dropSources(task: Task): Promise<void> {
  for (const { name, role } of task.job.files) {
    if (role === 'source' || role === 'scratch') await task.append(name, 0, new Uint8Array());
  }
}

/** What the report says besides its files: how many lines of each type came to what. */
function resultOf({ types, refused }: State): JsonObject {
  const output = Object.entries(types)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([type, { created, updated, unchanged }]) => ({
      type,
      count: created + updated + unchanged,
      created,
      updated,
      unchanged,
    }));
  return { output, extension: { refused } };
}
