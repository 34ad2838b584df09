/** The files of an export: lines gathered in memory up to a few megabytes, then saved together with how far the work is. */
import { limits } from '../../fhir/limits.ts';
import type { JsonObject } from '../../fhir/types.ts';
import type { Task } from '../../jobs/task.ts';
import type { JobFile } from '../../store/job-store.ts';
import { sourceLines } from '../import/source-lines.ts';

interface OpenFile {
  /** Its place in the list. */
  readonly index: number;
  pieces: Buffer[];
}

export interface Output {
  /** Bytes not saved yet. */
  waiting(): number;
  /** The files of one role, those of earlier attempts first. */
  files(role: JobFile['role']): readonly JobFile[];
  /** `line` without a line feed in it. */
  add(role: JobFile['role'], type: string, line: string): void;
  /** Writes what waits and saves the work as being `progress` far. Throws `JobStopped` when it must stop. */
  save(progress: JsonObject, note: string): Promise<void>;
}

/**
 * Each attempt writes files of its own, behind those of the attempts before it: what one of them wrote and did not save is never read, and one
 * that is still alive somewhere can't spoil what the next one writes.
 */
export function openOutput(task: Task): Output {
  const files: JobFile[] = [...task.job.files];
  const opened = new Map<string, OpenFile>();
  const numbers = new Map<string, number>();
  let waiting = 0;
  const openFile = (role: JobFile['role'], type: string): OpenFile => {
    const name = role === 'output' ? type : `${type}-${role}`;
    const known = opened.get(name);
    if (known !== undefined) return known;
    const number = (numbers.get(name) ?? 0) + 1;
    numbers.set(name, number);
    const index = files.push({ name: `${name}-${task.job.attempt}-${number}.ndjson`, role, type, count: 0, bytes: 0 }) - 1;
    const open = { index, pieces: [] };
    opened.set(name, open);
    return open;
  };
  return {
    waiting: () => waiting,
    files: (role) => files.filter((file) => file.role === role),
    add(role, type, line) {
      const open = openFile(role, type);
      const bytes = Buffer.from(`${line}\n`);
      open.pieces.push(bytes);
      waiting += bytes.length;
      const file = files[open.index];
      if (file !== undefined) files[open.index] = { ...file, count: file.count + 1 };
    },
    async save(progress, note) {
      for (const [name, open] of opened) {
        const file = files[open.index];
        if (file === undefined || open.pieces.length === 0) continue;
        const bytes = Buffer.concat(open.pieces);
        await task.append(file.name, file.bytes, bytes);
        const grown = { ...file, bytes: file.bytes + bytes.length };
        files[open.index] = grown;
        open.pieces = [];
        if (grown.bytes >= limits.exportFileBytes) opened.delete(name);
      }
      waiting = 0;
      // A copy: what is added from now on is not saved yet.
      await task.save({ progress, note, files: [...files] });
    },
  };
}

/** The lines of a file, one by one. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const { bytes } of sourceLines(pieces, 0, 0)) yield bytes?.toString('utf8') ?? '';
}
