import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { sourceLines } from '../../src/operations/import/source-lines.ts';

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size: number, offset = 0, number = 0): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of sourceLines(inPieces(text.slice(offset), size), offset, number)) {
    lines.push(`${line.number}:${line.bytes?.toString()}:${line.end}`);
  }
  return lines;
}

describe('operations/import/source-lines', () => {
  const expected = ['1:{"a":1}:8', '2::9', '3:{"b":"è"}:20', '4:last:24'];
  const text = '{"a":1}\n\n{"b":"è"}\nlast';
  for (const size of [1, 3, 8, 1000]) {
    it(`finds the lines in pieces of ${size} bytes, the last without a line feed too`, async () => {
      expect(await read(text, size)).to.deep.equal(expected);
    });
  }

  it('goes on behind a line', async () => {
    expect(await read('one\ntwo\nthree\n', 4, 8, 2)).to.deep.equal(['3:three:14']);
  });

  it('passes over a line that is too long without keeping it, and goes on behind it', async () => {
    const long = limits.importLineBytesMax + 1;
    const lines = await read(`a\n${'x'.repeat(long)}\nb\n`, 1_000_000);
    expect(lines).to.deep.equal(['1:a:2', `2:undefined:${long + 3}`, `3:b:${long + 5}`]);
  });

  it('finds nothing in nothing', async () => expect(await read('', 10)).to.deep.equal([]));
});
