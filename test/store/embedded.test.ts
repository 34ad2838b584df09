import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { describeStore } from './contract.ts';

describeStore('embedded', async (settings) => openEmbedded({ ...settings, dataDir: mkdtempSync(join(tmpdir(), 'fascicolo-')) }));
