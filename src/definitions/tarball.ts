/** Reads the files of a `.tgz`, the form in which FHIR packages are published. https://hl7.org/fhir/R4/packages.html, POSIX ustar with pax headers */
import { gunzipSync } from 'node:zlib';

export interface TarFile {
  /** `package/package.json` */
  readonly path: string;
  readonly content: Buffer;
}

/** What a package may unpack to: several times HL7's largest. */
const unpackedBytesMax = 1024 * 1024 * 1024;
const blockBytes = 512;

/** Throws an Error whose sentence begins with "it" for what is no whole gzipped tar archive. */
export function readTarball(compressed: Buffer): readonly TarFile[] {
  const files: TarFile[] = [];
  let longName: string | undefined;
  for (const { kind, path, content } of members(unzip(compressed))) {
    if (kind === 'x') longName = paxPath(content) ?? longName;
    else if (kind === 'L') longName = text(content, 0, content.length);
    else {
      if (kind === '0' || kind === '\0') files.push({ path: longName ?? path, content });
      longName = undefined;
    }
  }
  return files;
}

interface Member extends TarFile {
  /** A file, a folder, or a header that is about the member behind it. */
  readonly kind: string;
}

function* members(archive: Buffer): Generator<Member> {
  for (let at = 0; at + blockBytes <= archive.length; ) {
    const header = archive.subarray(at, at + blockBytes);
    if (header.every((byte) => byte === 0)) return;
    checkHeader(header);
    const size = octal(header, 124, 12);
    const content = archive.subarray(at + blockBytes, at + blockBytes + size);
    if (content.length < size) throw new Error('it ends in the middle of a file');
    yield { kind: String.fromCharCode(header[156] ?? 0), path: nameOf(header), content };
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
  }
  throw new Error('it has no end');
}

function unzip(compressed: Buffer): Buffer {
  try {
    return gunzipSync(compressed, { maxOutputLength: unpackedBytesMax });
  } catch (cause) {
    throw new Error(`it can't be unzipped: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The sum of the header's bytes, its own field counted as spaces. */
function checkHeader(header: Buffer): void {
  let sum = 0;
  for (const [place, byte] of header.entries()) sum += place >= 148 && place < 156 ? 32 : byte;
  if (sum !== octal(header, 148, 8)) throw new Error('it is no tar archive, or a damaged one');
}

function octal(header: Buffer, at: number, length: number): number {
  const digits = text(header, at, length).trim();
  if (!/^[0-7]{1,11}$/.test(digits)) throw new Error('it is no tar archive, or a damaged one');
  return Number.parseInt(digits, 8);
}

function nameOf(header: Buffer): string {
  const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Records such as `27 path=package/long.json\n`, each with its own length before it. */
function paxPath(content: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)/.exec(content.toString('utf8'))?.[1];
}

function text(bytes: Buffer, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? field.length : end).toString('utf8');
}
