import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { describeStore } from './contract.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'fascicolo-store-'));

describeStore('embedded', (settings) => openEmbedded({ ...settings, dataDir: folder() }));

// Hundreds of resources take the ways that hundreds of thousands take.
describeStore('embedded, walking rather than gathering', (settings) =>
  openEmbedded({ ...settings, dataDir: folder(), effort: { gatherMax: 2, stepFirst: 1, stepMax: 3, walkMax: 12 } }),
);
