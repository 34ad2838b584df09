/** `npm run bench -- search [--size 10k|100k|1M ...] [--shape <words of a name>]`: every shape of query over HTTP, at several sizes. */
import { parseArgs } from 'node:util';
import { type Fascicolo, startFascicolo } from '../servers.ts';
import { type Loaded, loadRecords } from './load-records.ts';
import { anonymousMb, Client, percentile, type ShapeFigures } from './measure-shape.ts';
import { benchRecord } from './records.ts';
import { blanksOf, pathOf, readShapes } from './shapes.ts';
import { formatTable } from './table.ts';

const sizes: Readonly<Record<string, number>> = { '10k': 10_000, '100k': 100_000, '1M': 1_000_000 };
/** How often each person's query is asked, warm. */
const rounds = 4;
const pagesDeep = 200;

export interface SizeFigures {
  readonly load: Omit<Loaded, 'dataDir'>;
  readonly shapes: readonly ShapeFigures[];
  /** Pages of one result, of twenty each: the first and the last hundred. */
  readonly paging: readonly ShapeFigures[];
  /** The server's anonymous memory at its highest, looked at behind each shape. */
  readonly anonymousMb: number;
}

export async function benchSearch(
  report: (line: string) => void,
  args: readonly string[],
): Promise<Readonly<Record<string, SizeFigures>>> {
  const { values } = parseArgs({
    args: [...args],
    options: { size: { type: 'string', multiple: true, default: ['10k'] }, shape: { type: 'string', default: '' } },
  });
  const results: Record<string, SizeFigures> = {};
  for (const label of values.size) {
    const size = sizes[label];
    if (size === undefined) throw new Error(`--size is "${label}"; it must be one of ${Object.keys(sizes).join(', ')}.`);
    const loaded = await loadRecords(size, label);
    report(`${label}: ${loaded.resources} resources in ${loaded.dataDir}`);
    results[label] = await measureSize(loaded, values.shape, (line) => report(`${label}: ${line}`));
  }
  report(`\n${formatTable(results)}`);
  return results;
}

async function measureSize({ dataDir, ...load }: Loaded, words: string, report: (line: string) => void): Promise<SizeFigures> {
  const server = await startFascicolo(dataDir);
  const client = new Client(server);
  const shapes: ShapeFigures[] = [];
  let highest = 0;
  try {
    await writeList(client);
    const blanks = blanksOf(load.people);
    for (const shape of readShapes().filter(({ name }) => name.includes(words))) {
      const paths = blanks.map((each) => pathOf(shape, each));
      const figures = await client.measure(shape.name, paths, rounds);
      report(
        `${shape.name}: p50 ${figures.p50Ms} ms, p95 ${figures.p95Ms} ms${figures.refused > 0 ? `, ${figures.refused} refused` : ''}`,
      );
      shapes.push(figures);
      highest = Math.max(highest, anonymousMb(server.pid));
    }
    const paging = await measurePages(client, server);
    return { load, shapes, paging, anonymousMb: Math.max(highest, anonymousMb(server.pid)) };
  } finally {
    client.close();
    await server.stop();
  }
}

/** The list that one shape asks for, of the first people. Sent again unchanged it makes no new version. */
async function writeList(client: Client): Promise<void> {
  const entry = Array.from({ length: 100 }, (_, index) => ({ item: { reference: `Patient/${benchRecord(index).patientId}` } }));
  const list = { resourceType: 'List', id: 'bench-list', status: 'current', mode: 'working', entry };
  const { status, body } = await client.put('/fhir/List/bench-list', JSON.stringify(list));
  if (status !== 200 && status !== 201) throw new Error(`The list was refused: ${status} ${body.toString().slice(0, 500)}`);
}

async function measurePages(client: Client, server: Fascicolo): Promise<readonly ShapeFigures[]> {
  const times: number[] = [];
  let path: string | undefined = '/fhir/MedicationRequest?status=active&_sort=-authoredon';
  while (path !== undefined && times.length < pagesDeep) {
    const started = performance.now();
    const { status, body } = await client.get(path);
    times.push(performance.now() - started);
    if (status !== 200) throw new Error(`GET ${path}: ${status}: ${body.toString().slice(0, 500)}`);
    const bundle = JSON.parse(body.toString()) as { link: readonly { relation: string; url: string }[] }; // A searchset.
    path = bundle.link.find(({ relation }) => relation === 'next')?.url.slice(server.origin.length);
  }
  const half = Math.floor(times.length / 2);
  return [
    pageFigures(`pages 1 to ${half}`, times.slice(0, half)),
    pageFigures(`pages ${half + 1} to ${times.length}`, times.slice(half)),
  ];
}

function pageFigures(name: string, times: readonly number[]): ShapeFigures {
  const [p50Ms, p95Ms] = [percentile(times, 0.5), percentile(times, 0.95)];
  return { name, requests: times.length, p50Ms, p95Ms, processorMs: Number.NaN, refused: 0, entries: 20 };
}
