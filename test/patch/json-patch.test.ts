import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { formatJson, parseJson } from '../../src/fhir/json.ts';
import { limits } from '../../src/fhir/limits.ts';
import { FhirError } from '../../src/fhir/outcome.ts';
import type { JsonValue } from '../../src/fhir/types.ts';
import { applyJsonPatch, readJsonPatch } from '../../src/patch/json-patch.ts';
import { sharedData } from '../support/shared-data.ts';

interface Hl7Case {
  readonly comment: string;
  readonly doc: JsonValue;
  readonly patch: JsonValue;
  readonly expected?: JsonValue;
  readonly error?: string;
}

const patch = (document: JsonValue, operations: JsonValue) => applyJsonPatch(document, readJsonPatch(operations));

/** Patches texts, as they come over HTTP. */
const patchText = (document: string, operations: string) => formatJson(patch(parseJson(document), parseJson(operations)));

function refusal(work: () => unknown): FhirError {
  try {
    work();
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

describe('JSON Patch: the cases of HL7', () => {
  const path = sharedData('patch/json-patch-tests.json');
  if (path === undefined) {
    it('are on this machine', function () {
      console.log("      HL7's JSON Patch cases are not on this machine, so they are skipped.");
      this.skip();
    });
    return;
  }
  // No FHIR JSON: their members have names that no FHIR element has.
  const cases = JSON.parse(readFileSync(path, 'utf8')) as readonly Hl7Case[];
  for (const { comment, doc, patch: operations, expected, error } of cases) {
    it(comment, () => {
      if (error === undefined) expect(patch(doc, operations)).to.deep.equal(expected);
      else expect(() => patch(doc, operations), error).to.throw(FhirError);
    });
  }
});

// https://www.rfc-editor.org/rfc/rfc6902
describe('JSON Patch', () => {
  const changes: readonly (readonly [what: string, document: string, operations: string, expected: string])[] = [
    ['an empty patch changes nothing', '{"a":1.00}', '[]', '{"a":1.00}'],
    [
      'numbers that are not touched keep their digits',
      '{"a":1.00,"b":2}',
      '[{"op":"replace","path":"/b","value":3}]',
      '{"a":1.00,"b":3}',
    ],
    ['a new number keeps its digits', '{"a":1}', '[{"op":"replace","path":"/a","value":1.00}]', '{"a":1.00}'],
    ['an old number loses them', '{"a":1.00}', '[{"op":"replace","path":"/a","value":1}]', '{"a":1}'],
    [
      'digits move and are copied with their numbers',
      '{"a":1.50,"b":{}}',
      '[{"op":"copy","from":"/a","path":"/b/c"},{"op":"move","from":"/a","path":"/d"}]',
      '{"b":{"c":1.50},"d":1.50}',
    ],
    [
      'digits in lists move with their items',
      '[1.0,2.0,3]',
      '[{"op":"remove","path":"/0"},{"op":"add","path":"/0","value":4.00},{"op":"add","path":"/-","value":5.0}]',
      '[4.00,2.0,3,5.0]',
    ],
    [
      'a member keeps its place when it is replaced or added again',
      '{"a":1,"b":2}',
      '[{"op":"add","path":"/a","value":3},{"op":"add","path":"/c","value":4}]',
      '{"a":3,"b":2,"c":4}',
    ],
    ['a move onto itself does nothing', '{"a":{"b":1}}', '[{"op":"move","from":"/a","path":"/a"}]', '{"a":{"b":1}}'],
    [
      'the whole can be tested and replaced',
      '{"a":1}',
      '[{"op":"test","path":"","value":{"a":1.0}},{"op":"replace","path":"","value":{"b":2.0}}]',
      '{"b":2.0}',
    ],
    [
      'objects are equal in any order of their members',
      '{"a":{"x":1,"y":[1,{"z":null}]}}',
      '[{"op":"test","path":"/a","value":{"y":[1,{"z":null}],"x":1}}]',
      '{"a":{"x":1,"y":[1,{"z":null}]}}',
    ],
  ];
  for (const [what, document, operations, expected] of changes) {
    it(what, () => expect(patchText(document, operations)).to.equal(expected));
  }

  const refused: readonly (readonly [what: string, operations: string, status: number, text: RegExp])[] = [
    ['no array', '{"op":"add"}', 400, /array of operations/],
    ['an operation that is no object', '[1]', 400, /Operation 1 .* object/],
    ['an unknown operation', '[{"op":"merge","path":"/a"}]', 400, /Operation 1 .* op/],
    ['a missing path', '[{"op":"remove"}]', 400, /path/],
    ['a path that is no pointer', '[{"op":"remove","path":"a"}]', 400, /JSON Pointer/],
    ['a broken escape', '[{"op":"remove","path":"/a~2"}]', 400, /JSON Pointer/],
    ['a missing value', '[{"op":"add","path":"/a"}]', 400, /must have a value/],
    ['a missing from', '[{"op":"move","path":"/a"}]', 400, /must have a from/],
    ['a path that no element has', '[{"op":"add","path":"/__proto__/x","value":1}]', 400, /no FHIR element/],
    ['a name that no element has', '[{"op":"add","path":"/1a","value":1}]', 422, /no FHIR element/],
    ['a test that fails', '[{"op":"test","path":"/a","value":"1"}]', 422, /Operation 1 of the patch \(test\).*\/a/],
    ['a test of nothing', '[{"op":"test","path":"/b","value":null}]', 422, /nothing at \/b/],
    [
      'a removal of nothing',
      '[{"op":"add","path":"/b","value":1},{"op":"remove","path":"/c"}]',
      422,
      /Operation 2 .*\(remove\).*\/c/,
    ],
    ['a removal of the whole', '[{"op":"remove","path":""}]', 422, /whole resource/],
    ['a replacement of nothing', '[{"op":"replace","path":"/b","value":1}]', 422, /nothing at \/b/],
    ['a step into a number', '[{"op":"add","path":"/a/b","value":1}]', 422, /\/a has no parts/],
    ['a place behind the end of a list', '[{"op":"add","path":"/list/3","value":1}]', 422, /2 items/],
    ['a position with a leading zero', '[{"op":"remove","path":"/list/00"}]', 422, /nothing at/],
    ['"-" where an item must be', '[{"op":"remove","path":"/list/-"}]', 422, /nothing at/],
    ['a move into itself', '[{"op":"move","from":"/object","path":"/object/x/y"}]', 422, /into itself/],
    ['a copy of nothing', '[{"op":"copy","from":"/zero","path":"/b"}]', 422, /nothing at \/zero/],
  ];
  for (const [what, operations, status, text] of refused) {
    it(`refuses ${what} with ${status}`, () => {
      const document = parseJson('{"a":1,"list":[1,2],"object":{"x":{}}}');
      const { status: given, message } = refusal(() => patch(document, parseJson(operations)));
      expect(given).to.equal(status);
      expect(message).to.match(text);
    });
  }

  it('leaves the document as it was when an operation fails', () => {
    const document = parseJson('{"a":{"b":[1.0]}}');
    refusal(() => patch(document, parseJson('[{"op":"add","path":"/a/b/-","value":2},{"op":"test","path":"/a","value":0}]')));
    expect(formatJson(document)).to.equal('{"a":{"b":[1.0]}}');
  });

  it('shows of a path only what can be no personal data', () => {
    const { message } = refusal(() => patch({}, [{ op: 'remove', path: '/name/0/Mario Rossi' }]));
    expect(message).to.include('/name').and.not.include('Rossi');
  });

  describe('has limits', () => {
    it('on operations', () => {
      const operations = Array.from({ length: limits.patchOperationsMax + 1 }, () => ({ op: 'test', path: '', value: 1 }));
      expect(refusal(() => readJsonPatch(operations)).issues[0]?.code).to.equal('too-costly');
    });
    it('on copies, which double what is written', () => {
      const doubling = Array.from({ length: 100 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
      expect(refusal(() => patch({ a: [1, [2]] }, doubling)).status).to.equal(422);
    });
    it('on depth', () => {
      const deeper = Array.from({ length: limits.jsonDepthMax }, () => ({ op: 'add', path: '', value: { a: 1 } }));
      expect(patch({}, deeper)).to.deep.equal({ a: 1 });
      const path = '/a'.repeat(limits.jsonDepthMax);
      const nested = parseJson(`${'{"a":'.repeat(limits.jsonDepthMax - 1)}{}${'}'.repeat(limits.jsonDepthMax - 1)}`);
      expect(refusal(() => patch(nested, [{ op: 'add', path, value: {} }])).message).to.include('64 levels');
    });
  });
});
