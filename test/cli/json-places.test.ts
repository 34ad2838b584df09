import { expect } from 'chai';
import { findPlace } from '../../src/cli/json-places.ts';

const text = `{
  "resourceType": "Bundle",
  "entry": [
    { "resource": { "resourceType": "Patient", "active": true, "_gender": { "id": "x\\"}" } } },
    { "resource": {
      "resourceType": "Observation",
      "valueQuantity": { "value": 1.50, "unit": "mg/dL" },
      "note": [ { "text": "uno" }, { "text": "due, tre ]" } ],
      "status": "finale"
    } }
  ]
}`;

describe('cli/json-places.ts', () => {
  const rows: readonly (readonly [expression: string | undefined, line: number, column: number, value: string])[] = [
    ['Bundle.entry[1].resource.status', 9, 17, '"finale"'],
    ['Bundle.entry[0].resource.active', 4, 58, 'true'],
    ['Bundle.entry[1].resource.value.unit', 7, 49, '"mg/dL"'],
    ['Bundle.entry[1].resource.value.value', 7, 35, '1.50'],
    ['Bundle.entry[1].resource.value.ofType(Quantity).unit', 7, 49, '"mg/dL"'],
    ['Bundle.entry[1].resource.note[1].text', 8, 46, '"due, tre ]"'],
    ['Bundle.entry[0].resource.gender', 4, 75, '{'],
    // What the text lacks: the innermost element found.
    ['Bundle.entry[1].resource.code.coding[0]', 5, 19, '{'],
    ['Bundle.entry[7].resource', 3, 12, '['],
    ['Bundle.entry[1].resource.note[0].extension.where(url = 1)', 8, 17, '{'],
    ['Bundle', 1, 1, '{'],
    [undefined, 1, 1, '{'],
  ];
  for (const [expression, line, column, value] of rows) {
    it(`finds ${expression ?? 'nothing in particular'} at ${line}:${column}`, () => {
      const place = findPlace(text, expression);
      const found = text.split('\n')[place.line - 1]?.slice(place.column - 1, place.column - 1 + place.length);
      expect({ line: place.line, column: place.column, found }).to.deep.equal({ line, column, found: value });
    });
  }
});
