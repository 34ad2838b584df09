/** Hostile content is answered in bounded time and memory. */
import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import type { JsonObject, JsonValue } from '../../src/fhir/types.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { processorMs } from '../support/processor-time.ts';
import { openTestValidator } from '../support/validation.ts';

function nested(levels: number, wrap: (inner: JsonObject) => JsonObject): JsonObject {
  let value: JsonObject = { linkId: 'x', type: 'display' };
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}

describe('Hostile content', () => {
  let validator: Validator;
  before(() => {
    validator = openTestValidator({ mode: 'fse' });
  });

  const timed = (resource: JsonValue, msMax: number): ReturnType<Validator['validate']> => {
    const start = processorMs();
    const issues = validator.validate(resource);
    expect(processorMs() - start).to.be.lessThan(msMax);
    return issues;
  };
  const ids = (issues: ReturnType<Validator['validate']>) => issues.map(({ id }) => id);

  it('base64 that makes the specification’s expression exponential', () => {
    const data = `${'AAAA  '.repeat(2000)}!`;
    expect(ids(timed({ resourceType: 'Binary', contentType: 'text/plain', data }, 500))).to.contain('base64-form');
  });

  it('ten megabytes of valid base64', () => {
    expect(
      ids(timed({ resourceType: 'Binary', contentType: 'text/plain', data: 'A'.repeat(10 * 1024 * 1024) }, 3000)),
    ).to.deep.equal([]);
  });

  it('a text of more than a megabyte', () => {
    const said = ids(timed({ resourceType: 'Patient', name: [{ text: 'x'.repeat(limits.bodyBytesMax) }] }, 3000));
    expect(said).to.contain('text-too-long');
  });

  it('items nested deeper than anything that is let in', () => {
    const item = nested(5000, (inner) => ({ linkId: 'x', type: 'group', item: [inner] }));
    expect(ids(timed({ resourceType: 'Questionnaire', status: 'draft', item: [item] }, 5000))).to.contain('depth-exceeded');
  });

  it('extensions nested in extensions', () => {
    const extension = nested(3000, (inner) => ({ url: 'x', extension: [inner] }));
    expect(ids(timed({ resourceType: 'Patient', extension: [extension] }, 5000))).to.contain('depth-exceeded');
  });

  it('names of the prototype', () => {
    const resource = JSON.parse(
      '{"resourceType":"Patient","__proto__":{"active":1},"constructor":1,"toString":1,"hasOwnProperty":1}',
    ) as JsonValue;
    expect(ids(timed(resource, 500)).filter((id) => id?.startsWith('property-'))).to.have.length(4);
    expect(ids(timed({ resourceType: 'constructor' }, 500))).to.deep.equal(['resource-type-unknown']);
    expect(ids(timed({ resourceType: '__proto__' }, 500))).to.deep.equal(['resource-type-unknown']);
  });

  it('a million wrong items: as many issues as are shown, no more', () => {
    const issues = timed({ resourceType: 'Patient', name: Array.from({ length: 1_000_000 }, () => 1) }, 2000);
    expect(issues).to.have.length(limits.issuesMax);
  });

  it('half a million unknown names: as many issues as are shown, no more', () => {
    const names = Object.fromEntries(Array.from({ length: 500_000 }, (_, index) => [`x${index}`, 1]));
    expect(timed({ resourceType: 'Patient', ...names }, 2500)).to.have.length.of.at.most(2 * limits.issuesMax);
  });

  it('a hundred thousand items that are only warned of do not hide an error', () => {
    const name = [...Array.from({ length: 100_000 }, () => ({ family: ' ' })), { family: 1 }];
    const issues = timed({ resourceType: 'Patient', name }, 5000);
    expect(issues).to.have.length(limits.issuesMax);
    expect(ids(issues)).to.include.members(['text-blank', 'text-expected']);
  });

  it('a narrative of unclosed elements', () => {
    const div = `<div xmlns="http://www.w3.org/1999/xhtml">${'<b>'.repeat(100_000)}</div>`;
    expect(ids(timed({ resourceType: 'Patient', text: { status: 'generated', div } }, 1000))).to.contain('xhtml-form');
  });

  it('a narrative of nothing but ampersands and angle brackets', () => {
    for (const noise of ['&', '<', '<a b=', '&#1;<i/>', '<!--', ' href="#x" ']) {
      const div = `<div xmlns="http://www.w3.org/1999/xhtml">${noise.repeat(100_000)}</div>`;
      timed({ resourceType: 'Patient', text: { status: 'generated', div } }, 2000);
    }
  });

  it('a bundle of five thousand entries that all refer to each other', () => {
    const entry = Array.from({ length: 5000 }, (_, at) => ({
      fullUrl: `http://a.b/Basic/${at}`,
      resource: { resourceType: 'Basic', id: `${at}`, code: { text: 'x' }, subject: { reference: `Basic/${(at + 1) % 5000}` } },
    }));
    const said = ids(timed({ resourceType: 'Bundle', type: 'collection', entry }, 8000));
    expect(said).to.not.contain('bundle-reference-missing');
  });

  it('no JSON value at all makes it throw', () => {
    const values: JsonValue[] = [null, true, 0, '', [], [[]], {}, { resourceType: 1 }, { resourceType: 'Bundle', entry: 1 }];
    for (const value of values) expect(validator.validate(value).length, JSON.stringify(value)).to.be.greaterThan(0);
  });

  it('wrong JSON everywhere in a resource makes it throw nowhere', () => {
    const wrong: JsonValue[] = [null, true, 1, 'x', [], {}, [null], [{}], ['x'], [[1]]];
    const names = [
      'id',
      'meta',
      'text',
      'contained',
      'extension',
      'identifier',
      'name',
      '_birthDate',
      'subject',
      'code',
      'valueQuantity',
      'content',
    ];
    for (const type of [
      'Patient',
      'Observation',
      'DocumentReference',
      'MedicationRequest',
      'Bundle',
      'Parameters',
      'Composition',
    ]) {
      for (const name of [...names, 'entry', 'parameter', 'section', 'link', 'context', 'groupIdentifier']) {
        for (const value of wrong) validator.validate({ resourceType: type, [name]: value });
      }
    }
  });
});
