import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openStore } from '../../src/store/open.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { anyone, commit, creation, keyOf } from './contract-fixtures.ts';

const folder = temporaryFolder('fascicolo-open-');

describe('store/open', () => {
  it('opens the embedded store in the data folder when no MongoDB is named', async () => {
    const dataDir = join(folder(), 'data');
    const store = await openStore({ dataDir, mongodbUri: undefined, now: () => 86_400_000 });
    expect(await commit(store, creation('Patient/1'))).to.include({ lastUpdated: 86_400_000 });
    expect(await store.read(keyOf('Patient/1'), anyone)).to.include({ versionId: '1' });
    await store.close();
    expect(existsSync(join(dataDir, 'fascicolo.db'))).to.equal(true);
  });

  it('takes the MongoDB that is named, and never the data folder in its place', async () => {
    const dataDir = join(folder(), 'data');
    let message = '';
    try {
      await openStore({ dataDir, mongodbUri: 'mongodb://' });
    } catch (error) {
      message = error instanceof Error ? error.message : String(error);
    }
    expect(message).to.contain('MongoDB');
    expect(existsSync(dataDir)).to.equal(false);
  });
});
