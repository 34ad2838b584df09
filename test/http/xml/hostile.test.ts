import { expect } from 'chai';
import { FhirError } from '../../../src/fhir/outcome.ts';
import { processorMs } from '../../support/processor-time.ts';
import { openedFormat } from './round-trip.ts';

/** A generator whose numbers are the same in each run. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const text = `<?xml version="1.0" encoding="UTF-8"?>
<f:Bundle xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:type value="collection"/>
<f:entry><f:fullUrl value="urn:uuid:1"/><f:resource><f:Patient><f:id value="a"/><f:text><f:status value="generated"/>
<h:div class="x">a &amp; b<h:br/><!-- c --><![CDATA[d]]></h:div></f:text><f:contained><f:Basic/></f:contained>
<f:extension url="u" id="e"><f:valueDecimal value="1.00"/></f:extension><f:active value="true"><f:extension url="v"/></f:active>
<f:name><f:given value="A"/><f:given id="g"/></f:name><f:multipleBirthInteger value="+2"/></f:Patient></f:resource></f:entry></f:Bundle>`;

const pieces = [
  '<',
  '>',
  '/',
  '"',
  '=',
  '&',
  ';',
  ' ',
  '\n',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?',
  '?>',
  '<!DOCTYPE x>',
  '\u0000',
  '\ud800',
  ':',
  'xmlns="x"',
  '<f:name>',
  '</f:name>',
  '&#x1F600;',
  '__proto__',
  '\ufeff',
  '\u00a0',
  '9'.repeat(400),
];

describe('XML that somebody broke', () => {
  it('is read, or refused with its place; never anything else', () => {
    const random = randomOf(20_261_123);
    let refused = 0;
    for (let round = 0; round < 3_000; round += 1) {
      let broken = text;
      for (let change = 0; change <= random(3); change += 1) {
        const at = random(broken.length);
        broken = broken.slice(0, at) + (pieces[random(pieces.length * 2)] ?? '') + broken.slice(at + random(4));
      }
      try {
        openedFormat().parse(broken);
      } catch (error) {
        expect(error, broken).to.be.instanceOf(FhirError).with.property('status', 400);
        expect((error as FhirError).message).to.match(/: line \d+, column \d+\.$/);
        refused += 1;
      }
    }
    expect(refused).to.be.within(1_500, 2_999);
  });

  const large: readonly (readonly [what: string, xml: string])[] = [
    ['a long attribute', `<Patient xmlns="http://hl7.org/fhir"><id value="${'a'.repeat(2_000_000)}"/></Patient>`],
    [
      'many attributes',
      `<Patient xmlns="http://hl7.org/fhir" ${Array.from({ length: 50_000 }, (_, index) => `a${index}=""`).join(' ')}/>`,
    ],
    [
      'many namespaces',
      `<Patient xmlns="http://hl7.org/fhir" ${Array.from({ length: 20_000 }, (_, index) => `xmlns:a${index}="u${index}"`).join(' ')}/>`,
    ],
    ['many siblings', `<Patient xmlns="http://hl7.org/fhir">${'<name/>'.repeat(200_000)}</Patient>`],
    ['much white space', `<Patient xmlns="http://hl7.org/fhir">${' '.repeat(5_000_000)}x</Patient>`],
    ['a long comment', `<!--${'a '.repeat(1_000_000)}--><Patient xmlns="http://hl7.org/fhir"/>`],
    ['many references to characters', `<Patient xmlns="http://hl7.org/fhir"><id value="${'&#65;'.repeat(300_000)}"/></Patient>`],
    [
      'a long narrative',
      `<Patient xmlns="http://hl7.org/fhir"><text><div xmlns="http://www.w3.org/1999/xhtml">${'<p>a</p>'.repeat(200_000)}</div></text></Patient>`,
    ],
    [
      'a narrative with prefixes',
      `<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:text><h:div>${'<h:p>a</h:p>'.repeat(100_000)}</h:div></f:text></f:Patient>`,
    ],
  ];
  for (const [what, xml] of large) {
    it(`${what} takes time in proportion`, function () {
      this.timeout(10_000);
      const time = (body: () => void) => {
        const start = processorMs();
        body();
        return processorMs() - start;
      };
      const read = () => {
        try {
          openedFormat().parse(xml);
        } catch (error) {
          if (!(error instanceof FhirError)) throw error;
        }
      };
      expect(time(read)).to.be.below(5_000);
    });
  }
});
