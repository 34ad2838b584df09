/** Run as its own process: creates resources in the store of a folder without end, and writes each acknowledged one to stdout. */
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { creation, range, reference, text, token } from '../store/contract-fixtures.ts';

const [dataDir = '', clients = '16'] = process.argv.slice(2);
const store = await openEmbedded({ dataDir });
let made = 0;

async function createForever(): Promise<never> {
  for (;;) {
    made += 1;
    const name = `Observation/n${made}`;
    const entries = [
      token('code', 'urn:loinc', `c${made % 50}`),
      text('note', `made as number ${made}`),
      range('date', made),
      reference('subject', `Patient/${made % 20}`),
    ];
    await store.transact([creation(name, { entries, note: 'x'.repeat(made % 3000), compartments: [`Patient/${made % 20}`] })]);
    process.stdout.write(`${name}\n`);
  }
}

await Promise.all(Array.from({ length: Number(clients) }, createForever));
