/** Puts the benchmark's records into a data folder, through the store port: what a server does with a create, without HTTP and validation. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openProgress } from '../../../src/cli/progress.ts';
import { openDefinitions } from '../../../src/definitions/load.ts';
import { formatStampable } from '../../../src/fhir/json.ts';
import type { Resource } from '../../../src/fhir/types.ts';
import { findReferences, referenceEntries } from '../../../src/interactions/local-references.ts';
import { openOwnParameters } from '../../../src/parameters/own-parameters.ts';
import { openParameterRegistry } from '../../../src/parameters/registry.ts';
import { openEmbedded } from '../../../src/store/embedded/embedded.ts';
import { schemaVersion } from '../../../src/store/embedded/schema.ts';
import type { Write } from '../../../src/store/store.ts';
import { benchRecord } from './records.ts';

export interface Loaded {
  readonly dataDir: string;
  readonly people: number;
  readonly resources: number;
  readonly seconds: number;
  readonly perSecond: number;
}

/** People whose resources come interleaved, as they would over the years: those of one person lie far apart. */
const interleaved = 1000;
/** Resources in one transaction, and transactions under way. */
const batch = 1000;
const underWay = 2;

/** Milliseconds between two transactions by the store's clock, and its start: lastUpdated is the same in every run. */
const clockStep = 60_000;
const clockStart = Date.UTC(2024, 0, 1);

/** The data folder with so many resources: the one of an earlier run when it is whole, else made now. */
export async function loadRecords(size: number, label: string): Promise<Loaded> {
  const dataDir = join(tmpdir(), `fascicolo-bench-search-${schemaVersion}-${label}`);
  const note = join(dataDir, 'loaded.json');
  if (existsSync(note)) return { dataDir, ...JSON.parse(readFileSync(note, 'utf8')) };
  const partial = `${dataDir}-partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  const figures = await load(partial, size, label);
  writeFileSync(join(partial, 'loaded.json'), JSON.stringify(figures));
  renameSync(partial, dataDir);
  return { dataDir, ...figures };
}

async function load(dataDir: string, size: number, label: string): Promise<Omit<Loaded, 'dataDir'>> {
  let time = clockStart;
  const now = () => {
    time += clockStep;
    return time;
  };
  const store = await openEmbedded({ dataDir, now });
  const writeOf = await openWrites(store, now);
  const progress = openProgress({
    label: `Loading ${label}`,
    total: size,
    unit: 'resources',
    stream: process.stderr,
    now: Date.now,
  });
  const started = performance.now();
  const sent: Promise<unknown>[] = [];
  let writes: Write[] = [];
  let resources = 0;
  let people = 0;
  const send = async () => {
    if (sent.length >= underWay) await sent.shift();
    sent.push(store.transact(writes));
    progress.update(resources);
    writes = [];
  };
  const seen = new Set<string>();
  while (resources < size) {
    const records = Array.from({ length: Math.min(interleaved, Math.ceil((size - resources) / 20)) }, (_, at) =>
      benchRecord(people + at),
    );
    people += records.length;
    for (const resource of inTurns(records.map((record) => record.resources))) {
      const name = `${resource.resourceType}/${resource['id']}`;
      if (isShared(resource) && seen.has(name)) continue;
      if (isShared(resource)) seen.add(name);
      writes.push(writeOf(resource));
      resources += 1;
      if (writes.length === batch) await send();
    }
  }
  await send();
  await Promise.all(sent);
  progress.end();
  await store.close();
  const seconds = (performance.now() - started) / 1000;
  return { people, resources, seconds: Math.round(seconds), perSecond: Math.round(resources / seconds) };
}

/** As `interactions/plan-write.ts` makes them. */
async function openWrites(
  store: Awaited<ReturnType<typeof openEmbedded>>,
  now: () => number,
): Promise<(resource: Resource) => Write> {
  const base = openDefinitions({ packages: [] });
  const log = () => undefined;
  const registry = await openParameterRegistry({ definitions: base, store, now, log, alone: true });
  const baseUrl = 'http://localhost/fhir';
  const indexing = { baseUrl, timeZone: 'Europe/Rome' };
  const { definitions, indexer } = openOwnParameters({ definitions: base, registry, store, indexing, log });
  await registry.close();
  return (resource) => {
    const { entries, compartments } = indexer.index(resource);
    const { found } = findReferences(resource, resource.resourceType, { definitions, baseUrl });
    return {
      op: 'create',
      key: { type: resource.resourceType, id: String(resource['id']) },
      method: 'POST',
      text: formatStampable(resource),
      entries: [...entries, ...referenceEntries(found)],
      compartments,
      expect: { kind: 'absent' },
    };
  };
}

const sharedTypes = new Set(['Organization', 'Practitioner', 'PractitionerRole', 'Patient']);

function isShared({ resourceType }: Resource): boolean {
  return sharedTypes.has(resourceType);
}

/** The first of each list, then the second of each, and so on. */
function* inTurns<T>(lists: readonly (readonly T[])[]): Generator<T> {
  const longest = Math.max(...lists.map((list) => list.length));
  for (let at = 0; at < longest; at += 1) {
    for (const list of lists) {
      const item = list[at];
      if (item !== undefined) yield item;
    }
  }
}
