/** Contract: criteria that follow references. https://hl7.org/fhir/R4/search.html#chaining */
import { expect } from 'chai';
import { and, type Criterion, not, or } from '../../src/search/criterion.ts';
import type { Store } from '../../src/store/store.ts';
import type { OpenStore } from './contract.ts';
import {
  commit,
  compartment,
  creation,
  deletion,
  found,
  has,
  hasText,
  hasToken,
  queryOf,
  reference,
  text,
  token,
  update,
} from './contract-fixtures.ts';

export function describeChains(open: OpenStore): void {
  describe('chains', () => {
    let store: Store;
    before(async () => {
      store = await open({});
      await store.transact([
        creation('Patient/1', {
          entries: [text('family', 'rossi'), token('gender', '', 'male'), reference('organization', 'Organization/o1')],
          compartments: ['Patient/1'],
        }),
        creation('Patient/2', {
          entries: [text('family', 'bianchi'), reference('organization', 'Organization/o2')],
          compartments: ['Patient/2'],
        }),
        creation('Patient/deleted', { entries: [text('family', 'rossi')] }),
        creation('Group/1', { entries: [text('family', 'rossi')] }),
        creation('Organization/o1', { entries: [text('name', 'asl roma'), reference('partof', 'Organization/o2')] }),
        creation('Organization/o2', { entries: [text('name', 'regione lazio')] }),
        creation('Observation/a', {
          entries: [reference('subject', 'Patient/1'), token('code', 's', 'x')],
          compartments: ['Patient/1'],
        }),
        creation('Observation/b', {
          entries: [reference('subject', 'Patient/2'), token('code', 's', 'x')],
          compartments: ['Patient/2'],
        }),
        creation('Observation/c', { entries: [reference('subject', 'Group/1'), token('code', 's', 'y')] }),
        creation('Observation/d', { entries: [reference('subject', 'Patient/deleted')] }),
        creation('Observation/e', { entries: [reference('subject', 'Patient/missing')] }),
        creation('Observation/f', { entries: [reference('subject', 'http://other/fhir/Patient/1')] }),
        creation('Observation/g', { entries: [reference('subject', 'Patient/1'), reference('subject', 'Patient/2')] }),
        creation('Observation/h', { entries: [reference('performer', 'Patient/1'), token('code', 's', 'z')] }),
        creation('Provenance/p', { entries: [reference('target', 'Observation/a'), token('agent', '', 'me')] }),
      ]);
      await commit(store, deletion('Patient/deleted'));
    });
    after(() => store.close());

    const chain = (parameter: string, types: readonly string[], target: Criterion): Criterion => ({
      kind: 'chain',
      parameter,
      types,
      target,
    });
    const reverse = (type: string, parameter: string, source: Criterion): Criterion => ({
      kind: 'reverse-chain',
      type,
      parameter,
      source,
    });
    const rossi = hasText('family', 'prefix', 'rossi');
    const lazio = hasText('name', 'prefix', 'regione');

    const cases: readonly (readonly [string, string, Criterion, string])[] = [
      ['a chain over one type', 'Observation', chain('subject', ['Patient'], rossi), 'a g'],
      ['a chain over several types', 'Observation', chain('subject', ['Patient', 'Group'], rossi), 'a c g'],
      [
        'a chain to any target follows current local references only',
        'Observation',
        chain('subject', ['Patient'], { kind: 'all' }),
        'a b g',
      ],
      ['a chain to none', 'Observation', chain('subject', ['Patient'], { kind: 'none' }), ''],
      ['a chain by id', 'Observation', chain('subject', ['Patient'], { kind: 'id', ids: ['2'] }), 'b g'],
      ['a chain to a negation', 'Observation', chain('subject', ['Patient'], not(rossi)), 'b g'],
      ['the negation of a chain', 'Observation', not(chain('subject', ['Patient'], rossi)), 'b c d e f h'],
      [
        'a chain of two links',
        'Observation',
        chain('subject', ['Patient'], chain('organization', ['Organization'], lazio)),
        'b g',
      ],
      [
        'a chain of three links',
        'Observation',
        chain('subject', ['Patient'], chain('organization', ['Organization'], chain('partof', ['Organization'], lazio))),
        'a g',
      ],
      ['a chain and a token', 'Observation', and(chain('subject', ['Patient'], rossi), hasToken('code', 'x')), 'a'],
      [
        'the two parts of a chain hold of one target',
        'Observation',
        chain('subject', ['Patient'], and(rossi, hasText('family', 'prefix', 'b'))),
        '',
      ],
      [
        'two chains may hold of two targets',
        'Observation',
        and(chain('subject', ['Patient'], rossi), chain('subject', ['Patient'], hasText('family', 'prefix', 'b'))),
        'g',
      ],
      ['a chain or a token', 'Observation', or(chain('subject', ['Group'], rossi), hasToken('code', 'z')), 'c h'],
      ['a chain inside a border', 'Observation', chain('subject', ['Patient'], and(rossi, compartment('Patient/2'))), ''],
      ['a chain over a parameter without entries', 'Observation', chain('encounter', ['Encounter'], { kind: 'all' }), ''],
      ['a reverse chain', 'Patient', reverse('Observation', 'subject', hasToken('code', 'x')), '1 2'],
      ['a reverse chain to any source', 'Group', reverse('Observation', 'subject', { kind: 'all' }), '1'],
      ['a reverse chain to none', 'Patient', reverse('Observation', 'subject', { kind: 'none' }), ''],
      ['a reverse chain by another parameter', 'Patient', reverse('Observation', 'performer', hasToken('code', 'z')), '1'],
      ['the negation of a reverse chain', 'Patient', not(reverse('Observation', 'performer', { kind: 'all' })), '2'],
      ['a reverse chain to a negation', 'Patient', reverse('Observation', 'subject', not(hasToken('code', 'x'))), '1 2'],
      [
        'a reverse chain of two links',
        'Patient',
        reverse('Observation', 'subject', reverse('Provenance', 'target', hasToken('agent', 'me'))),
        '1',
      ],
      [
        'a reverse chain that ends in a chain',
        'Organization',
        reverse('Patient', 'organization', chain('organization', ['Organization'], lazio)),
        'o2',
      ],
      [
        'a chain that ends in a reverse chain',
        'Observation',
        chain('subject', ['Patient'], reverse('Observation', 'performer', has('code'))),
        'a g',
      ],
      ['a reverse chain and a string', 'Patient', and(reverse('Observation', 'subject', has('code')), rossi), '1'],
    ];
    for (const [title, type, criterion, expected] of cases) {
      it(title, async () => {
        const names = await found(store, type, criterion);
        expect(names.map((name) => name.split('/')[1]).join(' ')).to.equal(expected);
        const { total } = await store.search(queryOf([type], { criterion, count: 0, total: 'accurate' }));
        expect(total).to.equal(names.length);
      });
    }

    it('a chain follows the current version of both ends', async () => {
      const criterion = chain('subject', ['Device'], hasToken('model', 'new'));
      await commit(store, creation('Observation/live', { entries: [reference('subject', 'Device/1')] }));
      expect(await found(store, 'Observation', criterion)).to.deep.equal([]);
      await commit(store, creation('Device/1', { entries: [token('model', '', 'old')] }));
      expect(await found(store, 'Observation', criterion)).to.deep.equal([]);
      await commit(store, update('Device/1', { entries: [token('model', '', 'new')] }));
      expect(await found(store, 'Observation', criterion)).to.deep.equal(['Observation/live']);
      expect(await found(store, 'Device', reverse('Observation', 'subject', { kind: 'all' }))).to.deep.equal(['Device/1']);
      await commit(store, update('Observation/live', { entries: [reference('subject', 'Device/2')] }));
      expect(await found(store, 'Observation', criterion)).to.deep.equal([]);
      expect(await found(store, 'Device', reverse('Observation', 'subject', { kind: 'all' }))).to.deep.equal([]);
    });
  });
}
