/**
 * Jobs as folders in `DATA_DIR/jobs`: `job.json` and the files. One server uses the folder, as it does the database beside it, so turns
 * within this process are all the locking there is.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNamePattern, type Job, type JobStore } from '../job-store.ts';

const record = 'job.json';
const idPattern = /^[A-Za-z0-9-]{1,64}$/;
/** Health data: for the owner of the server alone. */
const [folderMode, fileMode] = [0o700, 0o600];

/** The folder is made when the first job comes. */
export function openJobFolder(dataDir: string): JobStore {
  return new JobFolder(join(dataDir, 'jobs'));
}

class JobFolder implements JobStore {
  readonly exclusive = true;
  readonly #root: string;
  /** The last change asked for; the next one waits for it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(root: string) {
    this.#root = root;
  }

  insert(job: Job): Promise<void> {
    return this.#inTurn(async () => {
      await mkdir(this.#root, { recursive: true, mode: folderMode });
      await mkdir(this.#path(job.id), { mode: folderMode });
      await this.#write(job);
      await syncFolder(this.#root);
    });
  }

  async read(id: string): Promise<Job | undefined> {
    if (!idPattern.test(id)) return undefined;
    const text = await absentAsUndefined(readFile(this.#path(id, record), 'utf8'));
    return text === undefined ? undefined : (JSON.parse(text) as Job); // Only `#write` writes it.
  }

  list(): Promise<readonly Job[]> {
    return this.#inTurn(async () => {
      const jobs: Job[] = [];
      for (const name of (await absentAsUndefined(readdir(this.#root))) ?? []) {
        const job = await this.read(name);
        // A folder without a record is what a removal that was cut off has left.
        if (job === undefined) await rm(join(this.#root, name), { recursive: true, force: true });
        else jobs.push(job);
      }
      return jobs;
    });
  }

  replace(job: Job): Promise<Job | undefined> {
    return this.#inTurn(async () => {
      const current = await this.read(job.id);
      if (current?.revision !== job.revision) return undefined;
      const next = { ...job, revision: job.revision + 1 };
      await this.#write(next);
      return next;
    });
  }

  remove(id: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!idPattern.test(id)) return;
      // Without its record a folder is no job any more, whatever happens next.
      await rm(this.#path(id, record), { force: true });
      // Whoever still writes there is about to find out that it is gone.
      await rm(this.#path(id), { recursive: true, force: true, maxRetries: 5 });
    });
  }

  async append(id: string, file: string, offset: number, bytes: Uint8Array): Promise<void> {
    const handle = await open(this.#path(id, file), 'a', fileMode);
    try {
      await handle.truncate(offset);
      await writeAll(handle, bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  async *readFile(
    id: string,
    file: string,
    { start, end }: { readonly start: number; readonly end: number },
  ): AsyncGenerator<Uint8Array> {
    if (end <= start) return;
    const handle = await open(this.#path(id, file), 'r');
    // The stream closes the handle, also when its reader stops early.
    const stream = handle.createReadStream({ start, end: end - 1, highWaterMark: pieceBytes });
    let left = end - start;
    for await (const piece of stream) {
      left -= (piece as Buffer).length; // Without an encoding a stream gives buffers.
      yield piece as Buffer;
    }
    if (left > 0) throw new Error(`The file ${file} of a job is shorter than its record says.`);
  }

  async close(): Promise<void> {
    await this.#turn;
  }

  #path(id: string, file?: string): string {
    if (!idPattern.test(id) || (file !== undefined && !fileNamePattern.test(file)))
      throw new Error('A job or file of a job has no such name.');
    return file === undefined ? join(this.#root, id) : join(this.#root, id, file);
  }

  /** The old record stands until the new one is whole on the disk. */
  async #write(job: Job): Promise<void> {
    const temporary = this.#path(job.id, 'job.json.new');
    const handle = await open(temporary, 'w', fileMode);
    try {
      await handle.writeFile(JSON.stringify(job));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, this.#path(job.id, record));
    await syncFolder(this.#path(job.id));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    // The next one waits for the end, whatever it was; the failure is the caller's.
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

const pieceBytes = 256 * 1024;

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) written += (await handle.write(bytes, written)).bytesWritten;
}

/** A name is on the disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function absentAsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}
