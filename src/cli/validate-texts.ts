/** What `cli validate` is given, as texts of one resource each: files, those of folders, lines of NDJSON, standard input. */
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface SourceFile {
  /** As it was named, or found in a folder that was named; `-` for standard input. */
  readonly name: string;
  /** 0 where only the end will tell. */
  readonly bytes: number;
}

export interface ResourceText {
  readonly text: string;
  /** The line of the source that it begins at, from 1. */
  readonly line: number;
}

export const standardInput = '-';

/** What a folder is searched for; a file that is named may be called as it likes. */
const extensions: ReadonlySet<string> = new Set(['.json', '.ndjson', '.xml']);

/** The files behind some names, those of a folder in order of name. Throws an Error whose sentence names what can't be read. */
export async function findFiles(names: readonly string[]): Promise<readonly SourceFile[]> {
  const found = await Promise.all(names.map(findNamed));
  return found.flat();
}

async function findNamed(name: string): Promise<readonly SourceFile[]> {
  if (name === standardInput) return [{ name, bytes: 0 }];
  try {
    const found = await stat(name);
    if (!found.isDirectory()) return [{ name, bytes: found.size }];
    const files = await listFolder(name);
    return await Promise.all(files.map(async (file) => ({ name: file, bytes: (await stat(file)).size })));
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new Error(`${name} can't be read.`, { cause: error });
    throw error;
  }
}

/** At every depth; what is hidden, and what npm has installed, is nobody's record. */
async function listFolder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && extensions.has(extname(entry.name).toLowerCase()));
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !isHidden(relative(folder, file)))
    .sort();
}

function isHidden(path: string): boolean {
  return path.split(sep).some((step) => step.startsWith('.') || step === 'node_modules');
}

/**
 * The texts of a file, or of `input`: one for each line of NDJSON, otherwise one in all. Standard input is NDJSON when its first line is a
 * whole JSON value: of a single line it makes no difference.
 */
export async function* textsOf({ name }: SourceFile, input: Readable): AsyncGenerator<ResourceText> {
  if (name === standardInput) yield* textsOfInput(input);
  else if (extname(name).toLowerCase() === '.ndjson') yield* textsOfLines(linesOf(createReadStream(name)));
  else yield { text: await readFile(name, 'utf8'), line: 1 };
}

function linesOf(stream: Readable): AsyncIterableIterator<string> {
  return createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
}

async function* textsOfLines(lines: AsyncIterable<string>, before = 0): AsyncGenerator<ResourceText> {
  let line = before;
  for await (const text of lines) {
    line += 1;
    if (text.trim() !== '') yield { text, line };
  }
}

async function* textsOfInput(input: Readable): AsyncGenerator<ResourceText> {
  const lines = linesOf(input);
  const first = await lines.next();
  const text: string = first.done === true ? '' : first.value;
  if (isWhole(text)) {
    yield { text, line: 1 };
    yield* textsOfLines(lines, 1);
    return;
  }
  const all = [text];
  for await (const line of lines) all.push(line);
  yield { text: all.join('\n'), line: 1 };
}

function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // A line of something longer.
    return false;
  }
}
