/** https://hl7.org/fhir/R4/json.html */
import { expect } from 'chai';
import { formatJson, formatStampable, isSameJson, numberText, parseJson } from '../../src/fhir/json.ts';
import { limits } from '../../src/fhir/limits.ts';
import { FhirError } from '../../src/fhir/outcome.ts';
import type { JsonObject, Resource } from '../../src/fhir/types.ts';

describe('fhir/json: what is read is written back', () => {
  const kept = [
    '{"b":1.00,"a":[1,2.50,{"c":-0}],"z":1e2}',
    '[10,1.0,7,{"a":[0,-0.50,{"b":3,"c":3.0,"d":"1.0, 2.0"}],"e":1,"f":2e0},20,0.10]',
    '{"v":0.1234567890123456789,"w":12345678901234567890,"x":1.0E+2}',
    '{"text":"a\\"b\\\\è","e":{}}',
    '[[],{},"",0,true,false,null]',
    '{"given":[null,"x"],"_given":[{"id":"1"},null]}',
  ];
  for (const text of kept) it(text, () => expect(formatJson(parseJson(text))).to.equal(text));

  it('more numbers with digits to keep than are noted in passing', () => {
    const text = `[${'1.0,2,'.repeat(20_000)}3.0]`;
    expect(formatJson(parseJson(text)) === text).to.equal(true);
  });

  it('keeps digits through a copy by spreading, and drops them when the value changes', () => {
    const value = parseJson('{"a":1.00,"b":2.0}') as JsonObject;
    expect(formatJson({ ...value, b: 3 })).to.equal('{"a":1.00,"b":3}');
    expect(numberText(value, 'a', 1)).to.equal('1.00');
  });

  it('leaves a value without unusual numbers to the built-in writer', () => {
    expect(formatJson({ a: 1, b: 'x' })).to.equal('{"a":1,"b":"x"}');
  });
});

describe('fhir/json: what is refused, with its place', () => {
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const rows: readonly (readonly [text: string, sentence: RegExp])[] = [
    ['', /body is empty/],
    ['  \n ', /body is empty/],
    ['{"a":1,}', /line 1, column 8/],
    ['{\n  "a": tru\n}', /line 2, column 8/],
    ['{"a":1} x', /after the end.*column 9/],
    ['{"a":1,"a":2}', /"a" comes twice.*column 8/],
    ['{"a":{"b":1,"b":2}}', /"b" comes twice/],
    ['{"__proto__":{"x":1}}', /No FHIR element/],
    ['{"\\u005f_proto__":{}}', /No FHIR element/],
    ['{"1":1}', /No FHIR element/],
    ['{"":1}', /No FHIR element/],
    [deep(65), /64 levels/],
    [deep(1_000_000), /64 levels/],
    ['{"a":"\\ud800"}', /surrogate/],
    ['{"a":"x', /never closed/],
    ['{"a":"\t"}', /control character/],
    ['{"a":01}', /no JSON number/],
    ['{"a":1.}', /no JSON number/],
    ['{"a":1e999}', /too large/],
    ['{"a" 1}', /colon/],
    ['{a:1}', /double quotes/],
    ['[1 2]', /comma/],
    ['{"a":', /ends too early/],
  ];
  for (const [text, sentence] of rows) {
    it(text.slice(0, 40) || '(nothing)', () => {
      expect(() => parseJson(text)).to.throw(FhirError, sentence);
    });
  }

  for (const [what, item] of [
    ['empty objects', '{}'],
    ['numbers with digits to keep', '1.0'],
  ]) {
    it(`millions of ${what}, in bounded time`, () => {
      const error = refusalOf(`[${`${item},`.repeat(limits.jsonValuesMax)}${item}]`);
      expect(error?.status).to.equal(413);
      expect(error?.message).to.match(/4000000 values/);
    }).timeout(10_000);
  }

  it('accepts 64 levels', () => expect(formatJson(parseJson(deep(64)))).to.equal(deep(64)));
});

function refusalOf(text: string): FhirError | undefined {
  try {
    parseJson(text);
    return undefined;
  } catch (error) {
    expect(error).to.be.instanceOf(FhirError);
    return error as FhirError;
  }
}

describe('resource.html#Meta: the text is cut where the store puts version and time', () => {
  const rows: readonly (readonly [sent: string, stored: string])[] = [
    ['{"resourceType":"Patient","id":"a","active":true}', '{"resourceType":"Patient","id":"a","meta":{V},"active":true}'],
    ['{"id":"a","resourceType":"Patient"}', '{"id":"a","resourceType":"Patient","meta":{V}}'],
    ['{"resourceType":"Basic"}', '{"resourceType":"Basic","meta":{V}}'],
    ['{"meta":{"versionId":"7"},"resourceType":"Basic"}', '{"meta":{V},"resourceType":"Basic"}'],
    [
      '{"resourceType":"Basic","x":1.0,"meta":{"lastUpdated":"2020-01-01T00:00:00Z","tag":[{"code":"t"}],"versionId":"1"},"y":2.50}',
      '{"resourceType":"Basic","x":1.0,"meta":{V,"tag":[{"code":"t"}]},"y":2.50}',
    ],
  ];
  for (const [sent, stored] of rows) {
    it(sent, () => {
      const { head, tail } = formatStampable(parseJson(sent) as Resource);
      expect(`${head}V${tail}`).to.equal(stored);
    });
  }
});

describe('json.html: the order of properties of an object is not significant', () => {
  const rows: readonly (readonly [one: string, other: string, same: boolean])[] = [
    ['{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}', true],
    ['{"a":[{"b":1.50,"c":1}]}', '{"a":[{"c":1,"b":1.50}]}', true],
    ['{"a":1.50}', '{"a":1.05}', false],
    ['{"a":1.0,"b":2}', '{"b":2.0,"a":1}', false],
    ['{"a":[1,2]}', '{"a":[2,1]}', false],
    ['{"a":1,"b":2}', '{"a":2,"b":1}', false],
    ['{"a":1}', '{"a":1,"b":2}', false],
  ];
  for (const [one, other, same] of rows) {
    it(`${one} and ${other} are ${same ? '' : 'not '}the same`, () => {
      expect(isSameJson(one, other)).to.equal(same);
      expect(isSameJson(other, one)).to.equal(same);
    });
  }
});
