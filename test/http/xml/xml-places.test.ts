import { expect } from 'chai';
import { isJsonObject, type JsonValue } from '../../../src/fhir/types.ts';
import { findXmlPlaces } from '../../../src/http/xml/xml-places.ts';
import { openedFormat, readExample } from './round-trip.ts';

const text = `<?xml version="1.0" encoding="UTF-8"?>
<!-- <entry/> is not one -->
<f:Bundle xmlns:f="http://hl7.org/fhir">
  <f:entry>
    <f:resource><f:Patient><f:active value="a > b"/></f:Patient></f:resource>
  </f:entry>
  <f:entry><f:resource>
    <f:Observation>
      <f:contained><f:Patient><f:id value="p"/></f:Patient></f:contained>
      <f:status value='finale'/>
      <f:valueQuantity><f:value value="1.50"/><f:unit value="mg/dL"/></f:valueQuantity>
      <f:note><f:text value="uno"/></f:note><!-- and --><f:note id = "n2">
        <f:extension url="http://a.b/c"><f:valueBoolean value="true"/></f:extension>
      </f:note>
    </f:Observation></f:resource>
  </f:entry>
</f:Bundle>`;

describe('http/xml/xml-places.ts', () => {
  const at = 'Bundle.entry[1].resource';
  const rows: readonly (readonly [expression: string | undefined, line: number, column: number, found: string])[] = [
    [`${at}.status`, 10, 7, "<f:status value='finale'/>"],
    ['Bundle.entry[0].resource.active', 5, 28, '<f:active value="a > b"/>'],
    [`${at}.value.ofType(Quantity).unit`, 11, 47, '<f:unit value="mg/dL"/>'],
    [`${at}.value.ofType(Quantity).value`, 11, 24, '<f:value value="1.50"/>'],
    [`${at}.contained[0].id`, 9, 31, '<f:id value="p"/>'],
    [`${at}.note[1]`, 12, 57, '<f:note id = "n2">'],
    [`${at}.note[1].id`, 12, 65, 'id = "n2"'],
    [`${at}.note[1].extension[0].url`, 13, 22, 'url="http://a.b/c"'],
    [`${at}.note[1].extension[0].value`, 13, 41, '<f:valueBoolean value="true"/>'],
    // What the text lacks: the innermost element found.
    [`${at}.code.coding[0]`, 7, 12, '<f:resource>'],
    ['Bundle.entry[7].resource', 4, 3, '<f:entry>'],
    ['Bundle', 3, 1, '<f:Bundle xmlns:f="http://hl7.org/fhir">'],
    [undefined, 3, 1, '<f:Bundle xmlns:f="http://hl7.org/fhir">'],
  ];
  const places = findXmlPlaces(
    text,
    rows.map(([expression]) => expression),
  );
  for (const [expression, line, column, found] of rows) {
    it(`finds ${expression ?? 'nothing in particular'} at ${line}:${column}`, () => {
      for (const find of [places, findXmlPlaces(text, [expression])]) {
        const place = find(expression);
        const value = text
          .split('\n')
          [(place?.line ?? 0) - 1]?.slice((place?.column ?? 0) - 1)
          .slice(0, place?.length);
        expect({ ...place, value }).to.deep.equal({ line, column, length: found.length, value: found });
      }
    });
  }

  for (const file of ['Patient-example.json', 'Observation-f205.json', 'Bundle-bundle-example.json', 'Questionnaire-bb.json']) {
    it(`finds every element of ${file}, written as XML, at its tag or attribute`, () => {
      const resource = readExample(file);
      const xml = openedFormat().format(resource, true);
      const type = isJsonObject(resource) ? String(resource['resourceType']) : '';
      const wanted = [...elementsOf(resource, type)];
      const find = findXmlPlaces(
        xml,
        wanted.map(({ expression }) => expression),
      );
      const lines = xml.split('\n');
      for (const { expression, name } of wanted) {
        const { line = 0, column = 0 } = find(expression) ?? {};
        expect(lines[line - 1]?.slice(column - 1), expression).to.match(new RegExp(`^(?:<${name}[ />]|${name}=")`));
      }
      expect(wanted.length).to.be.greaterThan(10);
    });
  }
});

/** Every element with its FHIRPath, primitives' ids and extensions left out. */
function* elementsOf(value: JsonValue, at: string): Generator<{ readonly expression: string; readonly name: string }> {
  if (!isJsonObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === 'resourceType' || name.startsWith('_')) continue;
    for (const [index, item] of (Array.isArray(member) ? member : [member]).entries()) {
      const expression = Array.isArray(member) ? `${at}.${name}[${index}]` : `${at}.${name}`;
      yield { expression, name };
      yield* elementsOf(item, expression);
    }
  }
}
