import { expect } from 'chai';
import { prettyJson } from '../../src/http/pretty-json.ts';

describe('http/pretty-json.ts', () => {
  const cases: readonly unknown[] = [
    {},
    [],
    { a: [] },
    { a: {} },
    [[], {}, [1, [2, {}]]],
    { a: 'x', b: [1, true, null, -2.5e3], c: { d: '' } },
    ['{"', '}"]', '\\', '\\"', '"\\\\"', ',:[]{}', 'à\n\u2028'],
  ];
  for (const value of cases) {
    it(`sets out ${JSON.stringify(value)} as JSON.stringify does`, () =>
      expect(prettyJson(JSON.stringify(value))).to.equal(`${JSON.stringify(value, undefined, 2)}\n`));
  }

  it('keeps every digit', () =>
    expect(prettyJson('{"a":1.00,"b":[1e2]}')).to.equal('{\n  "a": 1.00,\n  "b": [\n    1e2\n  ]\n}\n'));

  it('takes time in proportion to the text, also when that is one string', () => {
    const text = JSON.stringify({ data: 'QUJD'.repeat(1_000_000), more: '\\'.repeat(1_000) });
    expect(prettyJson(text).length).to.be.above(text.length);
  });
});
