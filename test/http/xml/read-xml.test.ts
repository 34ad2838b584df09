/** https://hl7.org/fhir/R4/xml.html */
import { expect } from 'chai';
import { formatJson } from '../../../src/fhir/json.ts';
import { limits } from '../../../src/fhir/limits.ts';
import { FhirError } from '../../../src/fhir/outcome.ts';
import { readLargeXml } from '../../../src/http/xml/read-xml.ts';
import { openShapes } from '../../../src/http/xml/shapes.ts';
import { sharedDefinitions } from '../../support/server.ts';
import { openedFormat } from './round-trip.ts';

const patient = (body: string) => `<Patient xmlns="http://hl7.org/fhir">\n${body}\n</Patient>`;
const narrative = (div: string) => patient(`<text><status value="generated"/>${div}</text>`);
const xhtml = 'xmlns="http://www.w3.org/1999/xhtml"';

function refusalOf(text: string): FhirError {
  try {
    openedFormat().parse(text);
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('It was read.');
}

describe('xml.html: reading', () => {
  const read: readonly (readonly [what: string, xml: string, json: string])[] = [
    [
      'the id of a resource is an element, that of an element an attribute',
      patient('<id value="a"/><name id="n1"><family value="B"/></name>'),
      '{"resourceType":"Patient","id":"a","name":[{"id":"n1","family":"B"}]}',
    ],
    [
      'what stands beside a value',
      patient('<birthDate id="d" value="1970-03-30"><extension url="u"><valueString value="x"/></extension></birthDate>'),
      '{"resourceType":"Patient","birthDate":"1970-03-30","_birthDate":{"id":"d","extension":[{"url":"u","valueString":"x"}]}}',
    ],
    [
      'an extension in place of a value',
      patient('<birthDate><extension url="u"><valueBoolean value="true"/></extension></birthDate>'),
      '{"resourceType":"Patient","_birthDate":{"extension":[{"url":"u","valueBoolean":true}]}}',
    ],
    [
      'null fills up lists whose values and extensions must be aligned',
      patient('<name><given value="A"/><given id="g"/><given value="C"/></name>'),
      '{"resourceType":"Patient","name":[{"given":["A",null,"C"],"_given":[null,{"id":"g"},null]}]}',
    ],
    [
      'digits, and no plus sign',
      '<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.00"/></valueQuantity></Observation>',
      '{"resourceType":"Observation","valueQuantity":{"value":1.00}}',
    ],
    [
      'a whole number may have a plus sign',
      patient('<multipleBirthInteger value="+2"/>'),
      '{"resourceType":"Patient","multipleBirthInteger":2}',
    ],
    [
      'white space around a value is passed over, but not in a text',
      patient('<id value=" a "/><name><family value=" B "/></name><active value=" true "/>').replace(
        /(<name>.*<\/name>)(<active.*>)/,
        '$2$1',
      ),
      '{"resourceType":"Patient","id":"a","active":true,"name":[{"family":" B "}]}',
    ],
    [
      'line ends of a text are written as references',
      patient('<name><text value="A&#10;B&#9;C&quot;&lt;"/></name>'),
      '{"resourceType":"Patient","name":[{"text":"A\\nB\\tC\\"<"}]}',
    ],
    [
      'contained resources, one in each element',
      patient('<contained><Basic><id value="1"/></Basic></contained><contained><Basic/></contained>'),
      '{"resourceType":"Patient","contained":[{"resourceType":"Basic","id":"1"},{"resourceType":"Basic"}]}',
    ],
    [
      'elements that refer to the content of others',
      '<Questionnaire xmlns="http://hl7.org/fhir"><item><linkId value="1"/><item><linkId value="2"/></item></item></Questionnaire>',
      '{"resourceType":"Questionnaire","item":[{"linkId":"1","item":[{"linkId":"2"}]}]}',
    ],
    [
      'an element that is called resourceType',
      '<ExampleScenario xmlns="http://hl7.org/fhir"><instance><resourceId value="1"/><resourceType value="Basic"/></instance></ExampleScenario>',
      '{"resourceType":"ExampleScenario","instance":[{"resourceId":"1","resourceType":"Basic"}]}',
    ],
    [
      'the narrative as it stands',
      narrative(`<div ${xhtml}><p class='c'>a &amp; b&#160;<br/><!-- c --></p></div>`),
      `{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><p class='c'>a &amp; b&#160;<br/><!-- c --></p></div>"}}`,
    ],
    [
      'a narrative whose prefix is declared around it, without the prefix',
      '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:text><h:div xml:lang="it"><h:p title="&lt;">a<h:br/><![CDATA[&]]></h:p></h:div></f:text></f:Patient>',
      '{"resourceType":"Patient","text":{"div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\" xml:lang=\\"it\\"><p title=\\"&lt;\\">a<br/>&amp;</p></div>"}}',
    ],
    [
      'comments, processing instructions and schema locations say nothing',
      '<?xml version="1.0" encoding="utf-8"?><?x y?><!-- c --><Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"><!-- c --><active value="true"/></Patient>\n',
      '{"resourceType":"Patient","active":true}',
    ],
  ];
  for (const [what, xml, json] of read) it(what, () => expect(formatJson(openedFormat().parse(xml))).to.equal(json));

  const refused: readonly (readonly [what: string, xml: string, text: RegExp, expression?: string])[] = [
    ['nothing', ' ', /must contain a root element\): line 1, column 1/],
    ['no XML', 'hello', /not well formed \(text data outside of root node\)/],
    ['an end that never comes', '<Patient xmlns="http://hl7.org/fhir">', /unclosed tag\): line 1, column 37/],
    ['two roots', `${patient('')}<Patient/>`, /only one root/],
    [
      '"There SHALL be no DTD references"',
      `<!DOCTYPE Patient SYSTEM "file:///etc/passwd">${patient('')}`,
      /\(DTD\) is not allowed.*line 1/,
    ],
    [
      'entities that the DTD would bring',
      `<!DOCTYPE p [<!ENTITY e "x">]>${patient('<active value="&e;"/>')}`,
      /\(DTD\) is not allowed/,
    ],
    ['an entity of HTML', patient('<name><text value="&nbsp;"/></name>'), /undefined entity\): line 2/, 'Patient.name[0]'],
    ['another encoding', `<?xml version="1.0" encoding="ISO-8859-1"?>${patient('')}`, /XML 1.0 in UTF-8/],
    ['XML 1.1', `<?xml version="1.1"?>${patient('')}`, /XML 1.0 in UTF-8/],
    ['no namespace', '<Patient/>', /`Patient` must be in the namespace http:\/\/hl7.org\/fhir: line 1, column 1/],
    ['another namespace', patient('<x:active xmlns:x="urn:x" value="true"/>'), /`active` must be in the namespace/],
    [
      'a narrative outside XHTML',
      narrative('<div><p>a</p></div>'),
      /`div` must be in the namespace http:\/\/www.w3.org\/1999\/xhtml/,
    ],
    [
      'foreign elements in a narrative that leans on a prefix',
      '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:text><h:div><f:p/></h:div></f:text></f:Patient>',
      /elements that are not XHTML/,
    ],
    ['an unknown type', '<Paziente xmlns="http://hl7.org/fhir"/>', /Paziente is not a resource type of FHIR R4/],
    ['an unknown type inside', patient('<contained><Nope/></contained>'), /Nope is not a resource type/, 'Patient.contained[0]'],
    [
      'an unknown element',
      patient('<birthdate value="1"/>'),
      /`Patient` has no element `birthdate`; did you mean `birthDate`\?: line 2, column 1/,
    ],
    ['a name that JavaScript knows', patient('<constructor value="x"/>'), /`Patient` has no element `constructor`/],
    ['a member of objects', patient('<__proto__ value="x"/>'), /`Patient` has no element `__proto__`/],
    ['an unknown attribute', patient('<name use="x"/>'), /`name` has an attribute `use`/, 'Patient.name[0]'],
    ['a value where there is none', patient('<name value="x"/>'), /`name` has an attribute `value`/],
    [
      '"Elements must always appear in the order documented"',
      patient('<gender value="male"/>\n  <active value="true"/>'),
      /`active` must stand before `gender`.*line 3, column 3/,
    ],
    [
      'a list with another element inside',
      patient('<name><given value="A"/><period/><given value="B"/></name>'),
      /`given` must stand before `period`/,
    ],
    ['one element twice', patient('<active value="true"/><active value="true"/>'), /`active` may stand here only once/],
    [
      'two choices of one element',
      patient('<deceasedBoolean value="true"/><deceasedDateTime value="2020"/>'),
      /`deceasedDateTime` can't stand beside `deceasedBoolean`/,
    ],
    ['"FHIR elements are never empty"', patient('<active/>'), /`active` is empty: line 2/, 'Patient.active'],
    [
      'text between elements',
      patient('<name>\n  Mario Rossi</name>'),
      /Text stands between elements.*line 3, column 3/,
      'Patient.name[0]',
    ],
    ['CDATA between elements', patient('<name><![CDATA[Mario]]></name>'), /Text stands between elements/],
    ['a resource missing in its element', patient('<contained></contained>'), /`contained` holds no resource/],
    ['two resources in one element', patient('<contained><Basic/><Basic/></contained>'), /`contained` holds one resource/],
    [
      'a boolean',
      patient('<active value="yes"/>'),
      /The value of `active` must be true or false: line 2, column 1/,
      'Patient.active',
    ],
    ['a whole number', patient('<multipleBirthInteger value="1.0"/>'), /must be a whole number/],
    [
      'a decimal',
      '<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="01"/></valueQuantity></Observation>',
      /must be a decimal number/,
    ],
    ['the same attribute twice', patient('<active value="true" value="false"/>'), /duplicate attribute\): line 2/],
    ['FHIR nested too deep', patient('<extension url="u">'.repeat(40)), new RegExp(`nested ${limits.jsonDepthMax} levels`)],
    [
      'a narrative nested too deep',
      narrative(`<div ${xhtml}>${'<b>'.repeat(300)}`),
      new RegExp(`nested ${limits.xmlDepthMax} levels`),
    ],
  ];
  for (const [what, xml, text, expression] of refused) {
    it(`refuses with line and column: ${what}`, () => {
      const refusal = refusalOf(xml);
      expect(refusal.status).to.equal(400);
      expect(refusal.issues[0]?.text)
        .to.match(text)
        .and.to.match(/: line \d+, column \d+\.$/);
      if (expression !== undefined) expect(refusal.issues[0]?.expression).to.equal(expression);
      expect(JSON.stringify(refusal.issues)).not.to.match(/Mario|passwd/);
    });
  }

  it('finds each fault at the same place when it reads in pieces', async () => {
    const shapes = openShapes(sharedDefinitions());
    for (const [what, xml] of refused) {
      const failure = await readLargeXml(xml, shapes, 5).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure, what).to.be.instanceOf(FhirError).with.property('message', refusalOf(xml).message);
    }
  });

  it('gives the place of a fault deep in a Bundle as FHIRPath', () => {
    const entry = (body: string) => `<entry><resource>${body}</resource></entry>`;
    const bundle = `<Bundle xmlns="http://hl7.org/fhir">${entry('<Basic/>')}${entry('<Patient><name/><name><nome/></name></Patient>')}</Bundle>`;
    expect(refusalOf(bundle).issues[0]?.expression).to.equal('Bundle.entry[1].resource.name[1]');
  });

  it('what it read can be stored: its depth is that of the JSON reader', () => {
    const deep = (levels: number) => patient(`${'<extension url="u">'.repeat(levels)}${'</extension>'.repeat(levels)}`);
    const most = Math.floor((limits.jsonDepthMax - 1) / 2);
    expect(() => openedFormat().parse(deep(most))).not.to.throw();
    expect(refusalOf(deep(most + 1)).status).to.equal(400);
  });
});
