/** The lines of an import's source, with their places, in bounded memory. */
import { limits } from '../../fhir/limits.ts';

export interface SourceLine {
  /** From 1. */
  readonly number: number;
  /** Undefined: over `limits.importLineBytesMax`, and passed over. */
  readonly bytes: Buffer | undefined;
  /** Where the next line begins in the file. */
  readonly end: number;
}

/** Goes on behind `offset` bytes and `number` lines. The last line need not end with a line feed. */
export async function* sourceLines(
  pieces: AsyncIterable<Uint8Array>,
  offset: number,
  number: number,
): AsyncGenerator<SourceLine> {
  let held: Uint8Array[] = [];
  let length = 0;
  let end = offset;
  let count = number;
  const finish = (part: Uint8Array, feed: number): SourceLine => {
    const whole = length + part.length;
    const bytes = whole > limits.importLineBytesMax ? undefined : Buffer.concat([...held, part]);
    held = [];
    length = 0;
    end += whole + feed;
    count += 1;
    return { number: count, bytes, end };
  };
  for await (const piece of pieces) {
    let start = 0;
    for (let at = piece.indexOf(lineFeed); at >= 0; at = piece.indexOf(lineFeed, start)) {
      yield finish(piece.subarray(start, at), 1);
      start = at + 1;
    }
    const rest = piece.subarray(start);
    length += rest.length;
    // Of a line that is too long only its length is still of interest.
    if (length > limits.importLineBytesMax) held = [];
    else held.push(rest);
  }
  if (length > 0) yield finish(new Uint8Array(), 0);
}

const lineFeed = 10;
