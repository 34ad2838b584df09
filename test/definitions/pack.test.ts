import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { packedFiles, packedFolder } from '../../src/definitions/packed.ts';
import { withFolder } from '../support/temporary-folder.ts';

const packer = fileURLToPath(import.meta.resolve('../../src/definitions/pack.ts'));

/** Runs the packer and returns what it says. */
function pack(folder: string): string {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx/esm', packer, folder], { encoding: 'utf8' });
  expect(status, stderr).to.equal(0);
  return stderr;
}

describe('npm run pack', () => {
  it('writes the same bytes every time, says so in one line, and does nothing when all is there', () =>
    withFolder(async (folder) => {
      expect(pack(folder)).to.match(/^Packed FHIR R4: \d+ structures, \d+ search parameters, \d+ resources in \d+\.\d s\n$/);
      const files = readdirSync(packedFolder(), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
      expect(files.length).to.be.above(600);
      for (const file of files) {
        expect(readFileSync(join(folder, file), 'utf8') === readFileSync(join(packedFolder(), file), 'utf8'), file).to.equal(
          true,
        );
      }
      expect(pack(folder)).to.equal('');
    }));

  it('packs anew when the packer or a package is another', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, packedFiles.stamp), '{"packages":["hl7.fhir.r4.examples@4.0.0"],"packer":""}');
      expect(pack(folder)).to.match(/^Packed FHIR R4/);
    }));
});
