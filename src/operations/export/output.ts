/** The files of an export: lines gathered in memory up to a few megabytes, then saved together with how far the work is. */
import { limits } from '../../fhir/limits.ts';
import type { JsonObject } from '../../fhir/types.ts';
import type { Task } from '../../jobs/task.ts';
import type { JobFile } from '../../store/job-store.ts';

interface OpenFile {
  /** Its place in the list. */
  readonly index: number;
  pieces: Buffer[];
}

/**
 * Each attempt writes files of its own, behind those of the attempts before it: what one of them wrote and did not save is never read, and one
 * that is still alive somewhere can't spoil what the next one writes.
 */
export class Output {
  readonly #task: Task;
  readonly #files: JobFile[];
  readonly #open = new Map<string, OpenFile>();
  readonly #numbers = new Map<string, number>();
  #waiting = 0;

  constructor(task: Task) {
    this.#task = task;
    this.#files = [...task.job.files];
  }

  /** Bytes not saved yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The files saved so far, of one role. */
  files(role: JobFile['role']): readonly JobFile[] {
    return this.#files.filter((file) => file.role === role);
  }

  /** `line` without a line feed in it. */
  add(role: JobFile['role'], type: string, line: string): void {
    const open = this.#openFile(role, type);
    const bytes = Buffer.from(`${line}\n`);
    open.pieces.push(bytes);
    this.#waiting += bytes.length;
    const file = this.#files[open.index];
    if (file !== undefined) this.#files[open.index] = { ...file, count: file.count + 1 };
  }

  /** Writes what waits and saves the work as being `progress` far. Throws `JobStopped` when it must stop. */
  async save(progress: JsonObject, note: string): Promise<void> {
    for (const [name, open] of this.#open) {
      const file = this.#files[open.index];
      if (file === undefined || open.pieces.length === 0) continue;
      const bytes = Buffer.concat(open.pieces);
      await this.#task.append(file.name, file.bytes, bytes);
      const grown = { ...file, bytes: file.bytes + bytes.length };
      this.#files[open.index] = grown;
      open.pieces = [];
      if (grown.bytes >= limits.exportFileBytes) this.#open.delete(name);
    }
    this.#waiting = 0;
    await this.#task.save({ progress, note, files: [...this.#files] });
  }

  #openFile(role: JobFile['role'], type: string): OpenFile {
    const name = role === 'output' ? type : `${type}-${role}`;
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const number = (this.#numbers.get(name) ?? 0) + 1;
    this.#numbers.set(name, number);
    const index = this.#files.length;
    this.#files.push({ name: `${name}-${this.#task.job.attempt}-${number}.ndjson`, role, type, count: 0, bytes: 0 });
    const open = { index, pieces: [] };
    this.#open.set(name, open);
    return open;
  }
}

/** The lines of a file, one by one. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of bytes) {
    rest = Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      yield rest.subarray(0, end).toString('utf8');
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield rest.toString('utf8');
}
