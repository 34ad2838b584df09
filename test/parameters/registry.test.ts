/** What several servers over one store know of search parameters, and how far a reindexing has come when it is broken off. */
import { expect } from 'chai';
import { everyone } from '../../src/access/access-context.ts';
import { narrow } from '../../src/access/narrow.ts';
import type { Definitions, PublishedSearchParameter } from '../../src/definitions/definitions.ts';
import { formatStampable } from '../../src/fhir/json.ts';
import type { Resource } from '../../src/fhir/types.ts';
import { type OwnParameters, openOwnParameters } from '../../src/parameters/own-parameters.ts';
import { openParameterRegistry, type ParameterRegistry } from '../../src/parameters/registry.ts';
import { reindexStep } from '../../src/parameters/reindex.ts';
import type { Criterion } from '../../src/search/criterion.ts';
import { openMemory } from '../../src/store/memory/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { sharedDefinitions } from '../support/server.ts';

function parameter(code: string, expression: string): PublishedSearchParameter {
  return { url: `urn:test:${code}`, code, type: 'string', base: ['Observation'], expression };
}

const note = parameter('note-text', 'Observation.note.text');
const method = parameter('method-text', 'Observation.method.text');

/** The definitions of a server with these files. */
function withFiles(...files: readonly PublishedSearchParameter[]): Definitions {
  const base = sharedDefinitions();
  return { ...base, ...base.searchParametersWith(files), ownSearchParameters: files };
}

interface Node {
  readonly registry: ParameterRegistry;
  readonly parameters: OwnParameters;
  readonly logged: readonly string[];
}

describe('search parameters of several servers', () => {
  let store: Store;
  let time: number;
  let nodes: Node[];
  beforeEach(() => {
    time = Date.UTC(2026, 0, 1);
    store = openMemory({ now: () => time });
    nodes = [];
  });
  afterEach(async () => {
    for (const { registry } of nodes) await registry.close();
  });

  async function startNode(...files: readonly PublishedSearchParameter[]): Promise<Node> {
    const definitions = withFiles(...files);
    const logged: string[] = [];
    const log = (level: string, message: string, details?: unknown) => {
      logged.push(`${level} ${message} ${JSON.stringify(details)}`);
    };
    // Looked at when the test says so.
    const registry = await openParameterRegistry({ definitions, store, now: () => time, log, alone: false, refreshMs: 1e9 });
    const indexing = { baseUrl: 'http://localhost/fhir', timeZone: 'Europe/Rome' };
    const node = { registry, parameters: openOwnParameters({ definitions, registry, store, indexing, log }), logged };
    nodes.push(node);
    return node;
  }

  async function put(id: string, members: object, node?: Node): Promise<void> {
    const resource: Resource = { resourceType: 'Observation', id, ...members };
    const key = { type: resource.resourceType, id };
    const { entries = [], compartments = [] } = node?.parameters.indexer.index(resource) ?? {};
    const write = { op: 'update', method: 'PUT', key, text: formatStampable(resource), entries, compartments } as const;
    await store.transact([{ ...write, expect: { kind: 'any' } }]);
  }

  async function found(code: string): Promise<readonly string[]> {
    const criterion: Criterion = { kind: 'has', parameter: code };
    const types = ['Observation'];
    const page = await store.search({
      types,
      criterion: narrow(everyone, types, 's', criterion),
      sort: [],
      count: 100,
      total: 'none',
    });
    return page.items.map(({ key }) => key.id);
  }

  const finish = async ({ parameters }: Node) => {
    time += 60_000;
    while (!(await parameters.reindex()).finished);
  };
  const ready = ({ registry }: Node) => registry.states.filter((state) => state.ready).map((state) => state.parameter.code);
  const coming = ({ parameters }: Node, code: string) => parameters.definitions.isIndexing('Observation', code);

  it('on an empty store the parameters of files are ready at once', async () => {
    const node = await startNode(note);
    expect(ready(node)).to.deep.equal(['note-text']);
    expect(node.logged).to.deep.equal([]);
  });

  it('a store from before has to be indexed by those that are new, and the start says so', async () => {
    await startNode(note);
    await put('1', { note: [{ text: 'a' }], method: { text: 'm' } });
    const node = await startNode(note, method);
    expect(ready(node)).to.deep.equal(['note-text']);
    expect(node.logged.join()).to.contain('run npm run -s cli -- reindex').and.to.contain('urn:test:method-text');
    expect(coming(node, 'method-text')).to.equal(true);
    await finish(node);
    expect(ready(node)).to.deep.equal(['note-text', 'method-text']);
    expect(await found('method-text')).to.deep.equal(['1']);
  });

  it('so has a store that never heard of such parameters', async () => {
    await put('1', { note: [{ text: 'a' }] });
    const node = await startNode(note);
    expect(ready(node)).to.deep.equal([]);
  });

  it('what one server says, the others know after their next look, and index what they write', async () => {
    const one = await startNode(note);
    await put('0', {}, one);
    const two = await startNode(note, method);
    expect(one.registry.states).to.have.length(1);
    await one.registry.refresh();
    expect(coming(one, 'method-text')).to.equal(true);
    await put('1', { method: { text: 'm' } }, one);
    expect(await found('method-text')).to.deep.equal(['1']);
    await finish(two);
    await one.registry.refresh();
    expect(ready(one)).to.deep.equal(['note-text', 'method-text']);
  });

  it('a server that is started without a file takes its parameter away, one that has it brings it back, to be indexed anew', async () => {
    const one = await startNode(note, method);
    await put('1', {}, one);
    const two = await startNode(note);
    expect(two.registry.states.map((state) => state.parameter.code)).to.deep.equal(['note-text']);
    await one.registry.refresh();
    expect(ready(one)).to.deep.equal(['note-text']);
    expect(coming(one, 'method-text')).to.equal(true);
  });

  it('a definition that changes is another parameter', async () => {
    const one = await startNode(note);
    await put('1', { note: [{ text: 'a' }], method: { text: 'm' } }, one);
    const changed = await startNode({ ...note, expression: 'Observation.method.text' });
    expect(ready(changed)).to.deep.equal([]);
    await finish(changed);
    expect(ready(changed)).to.deep.equal(['note-text']);
  });

  it('a file with an expression that can not be compiled keeps the server from starting, and says which', async () => {
    const start = startNode(parameter('broken', 'Observation.nota'));
    const error = await start.catch((failure: Error) => failure);
    expect(String(error)).to.contain('SearchParameter urn:test:broken, expression: The FHIRPath expression');
  });

  it("a file that defines R4's own again counts for nothing", async () => {
    const node = await startNode(parameter('status', 'Observation.status'));
    expect(node.registry.states).to.deep.equal([]);
  });

  it('waits until nobody can be writing without knowing a parameter', async () => {
    await put('1', {});
    const node = await startNode(note);
    expect((await node.parameters.reindex()).waitMs).to.equal(30_000);
    time += 29_999;
    expect((await node.parameters.reindex()).waitMs).to.equal(1);
    time += 1;
    expect((await node.parameters.reindex()).finished).to.equal(true);
  });

  it('goes on where it was broken off, on another server too, and looks at each resource once', async () => {
    for (let index = 0; index < 10; index += 1) await put(`o${index}`, { note: [{ text: 'a' }] });
    const one = await startNode(note);
    time += 60_000;
    const step = ({ registry, parameters }: Node) =>
      reindexStep({
        definitions: withFiles(note),
        store,
        registry,
        indexer: parameters.indexer,
        log: () => undefined,
        pace: { count: 3, stepMs: 0 },
      });
    expect(await step(one)).to.include({ done: 3, total: 10, finished: false });
    const two = await startNode(note);
    expect(await step(two)).to.include({ done: 6, total: 10, finished: false });
    expect(await found('note-text')).to.have.length(6);
    await put('o1', { note: [{ text: 'newer' }] }, two);
    expect(await step(one)).to.include({ done: 9, finished: false });
    expect(ready(one)).to.deep.equal([]);
    expect(await step(two)).to.include({ done: 10, finished: true });
    expect(await found('note-text')).to.have.length(10);
    expect(ready(two)).to.deep.equal(['note-text']);
    expect(await step(one)).to.include({ finished: true, done: 0 });
  });

  it('one that comes while others are being indexed has its turn behind them', async () => {
    for (let index = 0; index < 4; index += 1) await put(`o${index}`, { note: [{ text: 'a' }], method: { text: 'm' } });
    const one = await startNode(note);
    time += 60_000;
    const pace = { count: 3, stepMs: 0 };
    const step = (node: Node) =>
      reindexStep({
        definitions: withFiles(),
        store,
        registry: node.registry,
        indexer: node.parameters.indexer,
        log: () => undefined,
        pace,
      });
    expect(await step(one)).to.include({ done: 3, finished: false });
    const two = await startNode(note, method);
    time += 60_000;
    expect(await step(two)).to.include({ done: 4, finished: false });
    expect(ready(two)).to.deep.equal(['note-text']);
    expect(await step(two)).to.include({ done: 3, finished: false });
    expect(await step(two)).to.include({ done: 4, finished: true });
    expect(await found('method-text')).to.have.length(4);
  });
});
