/** http://snomed.org/ecl: examples of the specification's forms, with ids only. */
import { expect } from 'chai';
import { isExpressionConstraint } from '../../src/validation/ecl.ts';
import { processorMs } from '../support/processor-time.ts';

const right = [
  '404684003',
  '404684003 |Clinical finding|',
  '<< 404684003',
  '<!404684003',
  '>! 404684003 |x|',
  '^ 700043003',
  '*',
  '< 19829001 AND < 301867009',
  '(< 19829001 OR ^ 700043003) MINUS << 12345678',
  '< 19829001 : 116676008 = 79654002',
  '< 404684003 : {363698007 = << 39057004, 116676008 = << 72704001}',
  '< 27658006 : 411116001 = << 385268001, {127489000 = << 96068000, 1142135004 >= #250}',
  '< 404684003 : [1..3] 127489000 = *',
  '<< 125605004 . 363698007',
  '< 91723000 : R 363698007 = < 125605004',
];
const wrong = [
  '',
  '234234 << 234234',
  '<<',
  '404684003 |x',
  '< 19829001 AND',
  '(404684003',
  '< 19829001 : 116676008',
  '12',
  'x'.repeat(5000),
];

describe('Expression constraints', () => {
  for (const text of right) it(`reads ${text}`, () => expect(isExpressionConstraint(text)).to.equal(true));
  for (const text of wrong) it(`does not read ${text.slice(0, 40)}`, () => expect(isExpressionConstraint(text)).to.equal(false));

  it('ends soon on nesting and noise', () => {
    const start = processorMs();
    for (const noise of ['(', '<', '404684003 AND ', '{', '|']) isExpressionConstraint(noise.repeat(1000));
    expect(processorMs() - start).to.be.lessThan(500);
  });
});
