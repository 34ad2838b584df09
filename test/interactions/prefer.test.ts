import { expect } from 'chai';
import { entryPrefer, parsePrefer } from '../../src/interactions/prefer.ts';

describe('interactions/prefer', () => {
  const cases: readonly [header: string | undefined, returns: string, strict: boolean][] = [
    [undefined, 'representation', false],
    ['', 'representation', false],
    ['return=minimal', 'minimal', false],
    ['return=OperationOutcome', 'OperationOutcome', false],
    ['RETURN=Representation', 'representation', false],
    ['return="minimal"', 'minimal', false],
    ['handling=strict', 'representation', true],
    ['handling=lenient', 'representation', false],
    ['return=minimal; handling=strict', 'minimal', true],
    ['respond-async, handling=strict , return=minimal', 'minimal', true],
    ['return=minimal, return=representation', 'minimal', false],
    ['return=everything', 'representation', false],
  ];
  for (const [header, returns, strict] of cases) {
    it(`reads ${header ?? 'no header'} as ${returns}${strict ? ', strict' : ''}`, () => {
      expect(parsePrefer(header)).to.include({ return: returns, strict });
    });
  }

  it('tells what was asked for from what is the default', () => {
    expect(parsePrefer('respond-async, handling=lenient')).to.include({ lenient: true, async: true });
    expect(parsePrefer('return=minimal')).to.include({ lenient: false, async: false });
  });

  it("entries of a Bundle are minimal unless the Bundle's own header says otherwise", () => {
    expect(parsePrefer(entryPrefer(undefined)).return).to.equal('minimal');
    expect(parsePrefer(entryPrefer('return=representation, handling=strict'))).to.include({
      return: 'representation',
      strict: true,
    });
  });
});
