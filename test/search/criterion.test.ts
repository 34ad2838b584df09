import { expect } from 'chai';
import { all, and, type Criterion, forType, none, not, or } from '../../src/search/criterion.ts';

const has = (parameter: string): Criterion => ({ kind: 'has', parameter });
const type = (...types: string[]): Criterion => ({ kind: 'type', types });

describe('criteria', () => {
  const rows: readonly (readonly [name: string, criterion: Criterion, expected: Criterion])[] = [
    ['and() holds', and(), all],
    ['or() never holds', or(), none],
    ['and of one is that one', and(has('a')), has('a')],
    ['all vanishes from and', and(all, has('a'), all), has('a')],
    ['none swallows and', and(has('a'), none), none],
    ['none vanishes from or', or(none, has('a')), has('a')],
    ['all swallows or', or(has('a'), all), all],
    ['and in and is flat', and(has('a'), and(has('b'), has('c'))), { kind: 'and', of: [has('a'), has('b'), has('c')] }],
    ['not of not', not(not(has('a'))), has('a')],
    ['not of all', not(all), none],
    ['for a type: its branch alone', forType(or(and(type('A', 'B'), has('x')), and(type('C'), has('y'))), 'B'), has('x')],
    ['for a type: no branch', forType(or(and(type('A'), has('x')), and(type('C'), has('y'))), 'B'), none],
    ['for a type: not', forType(not(type('A')), 'B'), all],
    [
      'for a type: chains stay, their types are others',
      forType({ kind: 'chain', parameter: 'p', types: ['A'], target: type('A') }, 'B'),
      { kind: 'chain', parameter: 'p', types: ['A'], target: type('A') },
    ],
  ];
  for (const [name, criterion, expected] of rows) it(name, () => expect(criterion).to.deep.equal(expected));
});
