/** The regular expressions of matches(): the same answers as RegExp, but never its exponential time. */
import { expect } from 'chai';
import { compilePattern, compileReplacement } from '../../src/fhirpath/pattern.ts';
import { processorMs } from '../support/processor-time.ts';

const free = () => undefined;

/** Those of R4, of the Italian profiles, and one for each piece of the syntax. */
const patterns: readonly string[] = [
  '^[A-Z][A-Za-z0-9_]{0,254}$',
  '^[a-zA-Z0-9/\\-_\\[\\]@]+$',
  '^[^\\s.,:;\'"/|?!@#$%&*()\\[\\]{}]{1,64}(\\.[^\\s.,:;\'"/|?!@#$%&*()\\[\\]{}]{1,64}(\\[x\\])?(:[^\\s.]+)?)*$',
  '^[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$',
  '^http:\\/\\/hl7\\.org\\/fhirpath\\/System\\.[A-Z][A-Za-z]+$',
  '(\\s*([0-9a-zA-Z\\+\\/=]){4}\\s*)+',
  'a|bc|d?e',
  '(?:ab)*c',
  '(?<n>a+)b',
  'a{2}b{1,3}c{2,}',
  'x*',
  'a+?b',
  '^$',
  '\\bab\\b',
  'a\\Bb',
  '[^a-c]',
  '[\\]a]',
  'a.c',
  '\\d\\w\\s\\D\\W\\S',
  '\\u0061|\\x62|\\u{63}',
  '^\\p{L}+$',
  '(a|b|)*c',
  '(a*)*b',
];

const characters = 'abcdexABZ019_-/@.[]:;"= \n\té😀';

describe('matches() on regular expressions', () => {
  it('agrees with RegExp on random texts', () => {
    const random = randomNumbers(20261123);
    for (const pattern of patterns) {
      const [part, whole] = [compilePattern(pattern), compilePattern(pattern, true)];
      const [partly, wholly] = [new RegExp(pattern, 'su'), new RegExp(`^(?:${pattern})$`, 'su')];
      for (let round = 0; round < 400; round += 1) {
        const text = Array.from({ length: random(12) }, () => [...characters][random([...characters].length)]).join('');
        expect(part(text, free), `${pattern} in ${JSON.stringify(text)}`).to.equal(partly.test(text));
        expect(whole(text, free), `${pattern} on ${JSON.stringify(text)}`).to.equal(wholly.test(text));
      }
    }
  });

  const texts: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['^[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$', 'RSSMRA80A01H501U', true],
    ['^[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$', 'RSSMRA80A01H501', false],
    ['A.*B', 'A\n\t\tB', true],
    ['^Patient\\.[a-z]+(\\[x\\])?$', 'Patient.deceased[x]', true],
    ['[A-Za-z]{0,1000}!', `${'a'.repeat(2_000)}!`, true],
  ];
  for (const [pattern, text, matches] of texts) {
    it(`${pattern} ${matches ? 'finds' : 'does not find'} ${JSON.stringify(text.slice(0, 30))}`, () => {
      expect(compilePattern(pattern)(text, free)).to.equal(matches);
    });
  }
});

describe('a regular expression never takes long', () => {
  const hostile: readonly (readonly [pattern: string, text: string])[] = [
    ['^(\\s*([0-9a-zA-Z\\+\\/=]){4}\\s*)+$', `${'abcd  '.repeat(20)}!`],
    ['^(a+)+$', `${'a'.repeat(100_000)}!`],
    ['^(a|aa)+$', `${'a'.repeat(100_000)}!`],
    ['(.*)*(.*)*(.*)*x', 'y'.repeat(50_000)],
    [`^${'a?'.repeat(100)}${'a'.repeat(100)}$`, 'a'.repeat(99)],
  ];
  for (const [pattern, text] of hostile) {
    it(pattern.slice(0, 40), () => {
      const start = processorMs();
      expect(compilePattern(pattern)(text, free)).to.equal(false);
      expect(processorMs() - start).to.be.below(2_000);
    });
  }

  it('tells what it spends, so that the caller can stop it', () => {
    let left = 1_000;
    const spend = (steps: number) => {
      left -= steps;
      if (left < 0) throw new Error('stopped');
    };
    expect(() => compilePattern('^(a+)+$')('a'.repeat(100_000), spend)).to.throw('stopped');
  });

  const refused: readonly (readonly [pattern: string, reason: string])[] = [
    ['(a{1,900}){1,900}', 'repeats too much'],
    ['a{2000}', 'more than 1000 repetitions'],
    ['x'.repeat(3_000), 'longer than 2000 characters'],
    ['(?<!a)b', 'not supported'],
    ['(a)\\1', 'not supported'],
    ['a**', 'a quantifier behind a quantifier'],
    ['a{3,1}', 'a quantifier out of order'],
    ['+a', 'nothing to repeat'],
    ['[z-a]', 'Range out of order'],
    [`${'('.repeat(60)}a${')'.repeat(60)}`, 'nested deeper than 50 levels'],
  ];
  for (const [pattern, reason] of refused) {
    it(`${pattern.slice(0, 40)} is refused: ${reason}`, () => expect(() => compilePattern(pattern)).to.throw(reason));
  }
});

describe('replaceMatches()', () => {
  const cases: readonly (readonly [pattern: string, text: string, substitution: string, result: string])[] = [
    ['\\..*', 'Patient.name.given', '', 'Patient'],
    ['[0-9]', 'abc123', '-', 'abc---'],
    ['(\\w+)@', 'ada@x', '<$1>', '<ada>x'],
    ['', 'abc', 'x', 'abc'],
  ];
  for (const [pattern, text, substitution, result] of cases) {
    it(`${pattern} in ${text}`, () => expect(compileReplacement(pattern)(text, substitution)).to.equal(result));
  }
});

/** A linear congruence: the same texts in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
