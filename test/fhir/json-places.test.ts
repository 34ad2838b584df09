import { expect } from 'chai';
import { findJsonPlaces } from '../../src/fhir/json-places.ts';

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

describe('fhir/json-places.ts', () => {
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
      const { line: foundLine = 0, column: foundColumn = 0, length = 0 } = findJsonPlaces(text, [expression])(expression) ?? {};
      const found = text.split('\n')[foundLine - 1]?.slice(foundColumn - 1, foundColumn - 1 + length);
      expect({ line: foundLine, column: foundColumn, found }).to.deep.equal({ line, column, found: value });
    });
  }
});
