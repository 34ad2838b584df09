/** Copies the database of a server that goes on working. */
import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { databaseFile, messageOf, openReader } from './connection.ts';

/** Pages copied before the progress is told. */
const pagesAtOnce = 500;

export interface BackupProgress {
  readonly pagesDone: number;
  readonly pagesTotal: number;
}

/**
 * Copies the store in `dataDir` to `file`, which must not exist, as it was when the copy began; works beside a running server, from another
 * process. The copy is a whole database: as `fascicolo.db` in a new, empty data folder it is restored. Throws an Error with a sentence;
 * when `onProgress` throws, the copy is given up, and nothing is left of it.
 */
export async function backup(
  dataDir: string,
  file: string,
  onProgress: (progress: BackupProgress) => void = () => undefined,
): Promise<void> {
  const source = databaseFile(dataDir);
  if (!existsSync(source)) throw new Error(`There is no database at ${source}. Check DATA_DIR.`);
  if (existsSync(file)) throw new Error(`The file ${file} exists. A backup never overwrites; give another name.`);
  const unfinished = `${file}.unfinished-${process.pid}`;
  try {
    // Health data: the copy too is for its owner alone. A copy appears under its name only when it is whole.
    closeSync(openSync(unfinished, 'wx', 0o600));
  } catch (error) {
    throw failure(file, error);
  }
  try {
    await copy(source, unfinished, onProgress);
    renameSync(unfinished, file);
  } catch (error) {
    for (const ending of ['', '-journal', '-wal']) rmSync(`${unfinished}${ending}`, { force: true });
    throw failure(file, error);
  }
}

async function copy(source: string, target: string, onProgress: (progress: BackupProgress) => void): Promise<void> {
  const database = openReader(source);
  try {
    // One read transaction around the whole copy: otherwise every commit of the server would start the copy again.
    database.exec('BEGIN; SELECT count(*) FROM meta;');
    const { totalPages } = await database.backup(target, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress({ pagesDone: totalPages - remainingPages, pagesTotal: totalPages });
        return pagesAtOnce;
      },
    });
    onProgress({ pagesDone: totalPages, pagesTotal: totalPages });
  } finally {
    database.close();
  }
}

function failure(file: string, error: unknown): Error {
  return new Error(`The backup to ${file} failed (${messageOf(error)}). Check the folder's permissions and its free space.`, {
    cause: error,
  });
}
