/** Contract: borders that lead through other resources, as that of a Binary does, on everything that reads by id. */
import { expect } from 'chai';
import { and, type Criterion, not, or } from '../../src/search/criterion.ts';
import type { Store } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import {
  authorized,
  commit,
  compartment,
  creation,
  deletion,
  keyOf,
  nameOf,
  openClock,
  reference,
  update,
} from './contract-fixtures.ts';

const own = compartment('Patient/A');
const through: Criterion = { kind: 'chain', parameter: '_context', types: ['Media', 'DocumentReference'], target: own };
const linked: Criterion = { kind: 'reverse-chain', type: 'DocumentReference', parameter: '_link', source: own };

export function describeLinkedBorders(open: OpenStore): void {
  describe('borders that lead through other resources', () => {
    const clock = openClock();
    let store: Store;
    const ofA = { compartments: ['Patient/A'] };
    const ofB = { compartments: ['Patient/B'] };
    const link = (...ids: readonly string[]) => ({ entries: ids.map((id) => reference('_link', `Binary/${id}`)) });
    const context = (target: string) => ({ entries: [reference('_context', target)] });

    before(async () => {
      store = await open({ now: clock.now });
      for (const write of [
        creation('DocumentReference/of-A', { ...ofA, ...link('of-both', 'linked', 'gone', 'changed') }),
        creation('DocumentReference/of-B', { ...ofB, ...link('of-both', 'of-B') }),
        creation('DocumentReference/deleted', { ...ofA, ...link('unlinked') }),
        creation('Media/of-A', ofA),
        creation('Media/of-B', ofB),
        creation('Binary/of-both'),
        creation('Binary/linked'),
        creation('Binary/of-B'),
        creation('Binary/unlinked'),
        creation('Binary/orphan'),
        creation('Binary/gone'),
        creation('Binary/changed'),
        creation('Binary/context-A', context('Media/of-A')),
        creation('Binary/context-B', context('Media/of-B')),
        creation('Binary/context-nowhere', context('Media/nowhere')),
        creation('Binary/context-other', context('Observation/of-A')),
        creation('Binary/moved', context('Media/of-A')),
        deletion('DocumentReference/deleted'),
        deletion('Binary/gone'),
        update('Binary/changed'),
        update('Binary/moved', context('Media/of-B')),
      ]) {
        clock.tick();
        await commit(store, write);
      }
    });
    after(() => store.close());

    const ids = [
      ...['of-both', 'linked', 'of-B', 'unlinked', 'orphan', 'gone', 'changed'],
      ...['context-A', 'context-B', 'context-nowhere', 'context-other', 'moved', 'never'],
    ];

    /** What reads by id show of these: the current version (deleted ones marked), all at once, each version, and the instance's history. */
    async function shown(criterion: Criterion) {
      const allowed = authorized(criterion);
      const keys = ids.map((id) => keyOf(`Binary/${id}`));
      const read: string[] = [];
      const versions: string[] = [];
      const history: string[] = [];
      for (const key of keys) {
        const current = await store.read(key, allowed);
        if (current !== undefined) read.push(current.deleted ? `${key.id} (deleted)` : key.id);
        for (const versionId of ['1', '2'])
          if ((await store.readVersion(key, versionId, allowed)) !== undefined) versions.push(`${key.id}/${versionId}`);
        const page = await store.history({ kind: 'instance', key }, allowed, { count: 10 });
        history.push(...page.items.map(({ versionId }) => `${key.id}/${versionId}`));
      }
      const many = (await store.readMany(keys, allowed)).map(nameOf).map((name) => name.slice('Binary/'.length));
      return { read, many, versions, history: history.sort() };
    }

    const cases: readonly (readonly [
      what: string,
      criterion: Criterion,
      read: readonly string[],
      versions: readonly string[],
    ])[] = [
      [
        'what a resource inside names',
        linked,
        ['of-both', 'linked', 'gone (deleted)', 'changed'],
        ['of-both/1', 'linked/1', 'gone/1', 'gone/2', 'changed/1', 'changed/2'],
      ],
      ['what names a resource inside, in this version and the last', through, ['context-A'], ['context-A/1']],
      [
        'either',
        or(own, through, linked),
        ['of-both', 'linked', 'gone (deleted)', 'changed', 'context-A'],
        ['of-both/1', 'linked/1', 'gone/1', 'gone/2', 'changed/1', 'changed/2', 'context-A/1'],
      ],
      ['both', and(through, linked), [], []],
      [
        'within a union over types',
        or(and({ kind: 'type', types: ['Media'] }, own), and({ kind: 'type', types: ['Binary'] }, linked)),
        ['of-both', 'linked', 'gone (deleted)', 'changed'],
        ['of-both/1', 'linked/1', 'gone/1', 'gone/2', 'changed/1', 'changed/2'],
      ],
      [
        'a union in which the type has no part',
        or(and({ kind: 'type', types: ['Media'] }, linked), and({ kind: 'type', types: ['Media'] }, own)),
        [],
        [],
      ],
      [
        'a further condition on what links',
        {
          kind: 'reverse-chain',
          type: 'DocumentReference',
          parameter: '_link',
          source: and(own, not({ kind: 'id', ids: ['of-B'] })),
        },
        ['of-both', 'linked', 'gone (deleted)', 'changed'],
        ['of-both/1', 'linked/1', 'gone/1', 'gone/2', 'changed/1', 'changed/2'],
      ],
    ];
    for (const [what, criterion, read, versions] of cases) {
      it(`show ${what}`, async () => {
        expect(await shown(criterion)).to.deep.equal({
          read,
          many: read.filter((id) => !id.endsWith('(deleted)')),
          versions,
          history: [...versions].sort(),
        });
      });
    }

    it('leave nothing of it in the history of the type', async () => {
      const page = await store.history({ kind: 'type', type: 'Binary' }, authorized(linked), { count: 100 });
      const found = page.items.map(({ key, versionId }) => `${key.id}/${versionId}`);
      expect(found.sort()).to.deep.equal(['changed/1', 'changed/2', 'gone/1', 'gone/2', 'linked/1', 'of-both/1']);
    });
  });
}
