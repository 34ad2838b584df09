/** Makes the `.tgz` of a FHIR package, for tests: ustar, gzipped, everything beneath `package/`. */
import { gzipSync } from 'node:zlib';

export function makeTarball(files: Readonly<Record<string, object | string>>, root = 'package'): Buffer {
  const members = Object.entries(files).map(([path, content]) =>
    member(`${root}/${path}`, Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))),
  );
  return gzipSync(Buffer.concat([...members, Buffer.alloc(1024)]));
}

/** A path over a hundred bytes gets a pax header before it, as npm and HL7's publisher write it. */
function member(path: string, content: Buffer): Buffer {
  if (Buffer.byteLength(path) <= 100) return block(path, '0', content);
  const record = ` path=${path}\n`;
  let length = record.length + 2;
  while (`${length}${record}`.length !== length) length += 1;
  return Buffer.concat([block('PaxHeader', 'x', Buffer.from(`${length}${record}`)), block(path.slice(0, 100), '0', content)]);
}

function block(name: string, kind: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 'utf8');
  header.write('0000644\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(kind, 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, content, padding]);
}
