import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openJobStore } from '../../src/store/open.ts';
import { describeJobStore, jobOf } from './job-store-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'fascicolo-jobs-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describeJobStore('folder', () => openJobStore({ dataDir: folder }));

describe('the folder of jobs', () => {
  it('loses what a removal that was cut off has left', async () => {
    const store = await openJobStore({ dataDir: folder });
    const job = jobOf();
    await store.insert(job);
    await store.append(job.id, 'f', 0, Buffer.from('x'));
    rmSync(join(folder, 'jobs', job.id, 'job.json'));
    expect((await store.list()).map(({ id }) => id)).not.to.include(job.id);
    expect(existsSync(join(folder, 'jobs', job.id))).to.equal(false);
    await store.close();
  });

  it('can be read by its owner alone', async () => {
    const store = await openJobStore({ dataDir: folder });
    const job = jobOf();
    await store.insert(job);
    await store.append(job.id, 'f', 0, Buffer.from('x'));
    const modes = ['jobs', `jobs/${job.id}`, `jobs/${job.id}/job.json`, `jobs/${job.id}/f`].map(
      (name) => statSync(join(folder, name)).mode & 0o777,
    );
    expect(modes).to.deep.equal([0o700, 0o700, 0o600, 0o600]);
    await store.close();
  });
});
