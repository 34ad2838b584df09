import { expect } from 'chai';
import { openCodeGroups } from '../../src/operations/code-groups.ts';

/** `a,c`: two codings; `'text'`: text alone. */
function codeOf(text: string): object {
  const quoted = /^'(.*)'$/.exec(text)?.[1];
  return quoted === undefined ? { coding: text.split(',').map((code) => ({ system: 'urn:s', code })) } : { text: quoted };
}

describe('observation-operation-lastn.html: GROUP BY Observation.code', () => {
  // The first four rows are the specification's own.
  const cases: readonly (readonly [codes: readonly string[], groups: number])[] = [
    [['a', 'b', 'c'], 3],
    [['a', 'b', 'a,c'], 2],
    [['a', 'b', 'a,b'], 1],
    [["'textM'", "'Text'", "'t e x t'"], 3],
    [['a', 'c', 'b', 'c,d', 'd,a'], 2],
    [["'a'", 'a'], 2],
    [["'a'", "'a'"], 1],
    [['a', 'A'], 2],
  ];
  for (const [codes, count] of cases) {
    it(`${codes.join(' | ')} are ${count} groups`, () => {
      const groups = openCodeGroups();
      const numbers = codes.map((code) => groups.add(JSON.parse(JSON.stringify(codeOf(code)))));
      expect(new Set(numbers.map(groups.find)).size).to.equal(count);
    });
  }

  it('tells systems apart, and puts what has no code in one group', () => {
    const groups = openCodeGroups();
    const numbers = [
      { coding: [{ system: 'urn:1', code: 'a' }] },
      { coding: [{ system: 'urn:2', code: 'a' }] },
      { coding: [{ code: 'a' }] },
    ].map(groups.add);
    expect(new Set(numbers.map(groups.find)).size).to.equal(3);
    expect(groups.find(groups.add(undefined))).to.equal(groups.find(groups.add(undefined)));
  });
});
