import { expect } from 'chai';
import { formatJson, parseJson } from '../../src/fhir/json.ts';
import { arrayOf, changeAt, pieceAt, piecesOf, withMember, withoutMember } from '../../src/fhir/json-edit.ts';
import type { JsonObject, JsonValue } from '../../src/fhir/types.ts';

const object = (text: string) => parseJson(text) as JsonObject;
const array = (text: string) => parseJson(text) as readonly JsonValue[];

describe('fhir/json-edit.ts', () => {
  it('a piece has the digits of its number, and there is none for what is not there', () => {
    const container = object('{"a":1.00,"b":2,"c":null}');
    expect(pieceAt(container, 'a')).to.deep.equal({ value: 1, digits: '1.00' });
    expect(pieceAt(container, 'b')).to.deep.equal({ value: 2 });
    expect(pieceAt(container, 'c')).to.deep.equal({ value: null });
    expect(pieceAt(container, 'toString')).to.equal(undefined);
    expect(pieceAt(array('[1.0]'), 0)).to.deep.equal({ value: 1, digits: '1.0' });
  });

  it('a member that is set or taken away leaves the others their digits and places', () => {
    const container = object('{"a":1.00,"b":2.0,"c":3.0}');
    expect(formatJson(withMember(container, 'b', { value: 2 }))).to.equal('{"a":1.00,"b":2,"c":3.0}');
    expect(formatJson(withMember(container, 'd', { value: 4, digits: '4.00' }))).to.equal('{"a":1.00,"b":2.0,"c":3.0,"d":4.00}');
    expect(formatJson(withoutMember(container, 'a'))).to.equal('{"b":2.0,"c":3.0}');
    expect(formatJson(container)).to.equal('{"a":1.00,"b":2.0,"c":3.0}');
  });

  it('the last digits that go leave none behind', () => {
    expect(Object.getOwnPropertySymbols(withoutMember(object('{"a":1.00,"b":2}'), 'a'))).to.deep.equal([]);
  });

  it('items take their digits along', () => {
    expect(formatJson(arrayOf([...piecesOf(array('[1.0,2,3.00]'))].reverse()))).to.equal('[3.00,2,1.0]');
  });

  it('a change deep inside keeps the identity of everything beside it', () => {
    const value = object('{"a":[{"b":1.0},{"c":{"d":2.0}}],"e":{"f":3.0}}');
    const changed = changeAt(value, ['a', 1, 'c'], (inner) => ({ ...(inner as JsonObject), g: 4 })) as JsonObject;
    expect(formatJson(changed)).to.equal('{"a":[{"b":1.0},{"c":{"d":2.0,"g":4}}],"e":{"f":3.0}}');
    expect(changed['e']).to.equal(value['e']);
    expect((changed['a'] as readonly JsonValue[])[0]).to.equal((value['a'] as readonly JsonValue[])[0]);
  });

  it('a path that leads nowhere is a fault of the caller', () => {
    expect(() => changeAt(object('{"a":[1]}'), ['a', 5], (inner) => inner)).to.throw('leads nowhere');
  });
});
