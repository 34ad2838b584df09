import { openMemory } from '../../src/store/memory/memory.ts';
import { describeStore } from './contract.ts';

describeStore('memory', async (settings) => openMemory(settings));
