import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { backup } from '../../src/cli/backup.ts';
import { readConfig } from '../../src/config.ts';
import { start } from '../../src/server.ts';
import { startTestServer } from '../support/server.ts';
import { withFolder } from '../support/temporary-folder.ts';
import { runCommand } from '../support/terminal.ts';

describe('cli backup', () => {
  it('copies the store of a running server, and a server starts on the copy', () =>
    withFolder(async (folder) => {
      const server = await startTestServer({ store: 'embedded', environment: { VALIDATION: 'base' } });
      const copy = join(folder, 'copy.db');
      try {
        const body = { resourceType: 'Patient', id: 'p1', active: true };
        expect((await server.fetchFhir('Patient/p1', { method: 'PUT', body })).status).to.equal(201);
        const { code, out, err } = await runCommand(backup, ['--to', copy], { DATA_DIR: server.dataDir });
        expect([code, out]).to.deep.equal([0, `${copy}\n`]);
        expect(err).to.match(/^Done: \d+\.\d MB in \d+\.\d s\.\n$/);
        expect((await server.fetchFhir('Patient/p1')).status).to.equal(200);
      } finally {
        await server.close();
      }
      await mkdir(join(folder, 'restored'));
      await copyFile(copy, join(folder, 'restored', 'fascicolo.db'));
      const read = readConfig({ PORT: '0', AUTH: 'none', DATA_DIR: join(folder, 'restored'), LOG_LEVEL: 'error' });
      if ('problems' in read) throw new Error(read.problems.join());
      const restored = await start(read.config);
      try {
        const answer = await fetch(`http://127.0.0.1:${restored.port}/fhir/Patient/p1`);
        expect(answer.status).to.equal(200);
      } finally {
        await restored.close();
      }
    }));

  it('overwrites nothing', () =>
    withFolder(async (folder) => {
      const server = await startTestServer({ store: 'embedded' });
      try {
        const file = join(folder, 'precious');
        await writeFile(file, 'mine');
        const { code, err } = await runCommand(backup, ['--to', file], { DATA_DIR: server.dataDir });
        expect(code).to.equal(3);
        expect(err).to.match(/exists\. A backup never overwrites/);
        expect(await readFile(file, 'utf8')).to.equal('mine');
      } finally {
        await server.close();
      }
    }));

  it('says that there is no store, that it needs a file, that MongoDB has its own tools', () =>
    withFolder(async (folder) => {
      const environment = { DATA_DIR: folder };
      const none = await runCommand(backup, ['--to', join(folder, 'x')], environment);
      expect([none.code, none.err.includes('There is no database')]).to.deep.equal([3, true]);
      expect((await runCommand(backup, [], environment)).err).to.match(/--to <file>/);
      const mongodb = await runCommand(backup, ['--to', join(folder, 'x')], { ...environment, MONGODB_URI: 'mongodb://db/fse' });
      expect([mongodb.code, mongodb.err.includes('mongodump')]).to.deep.equal([2, true]);
    }));
});
