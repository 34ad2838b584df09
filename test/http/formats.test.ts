/** https://hl7.org/fhir/R4/xml.html and https://hl7.org/fhir/R4/http.html#mime-type over HTTP */
import { expect } from 'chai';
import { isJsonObject, type JsonObject } from '../../src/fhir/types.ts';
import { type Answer, startTestServer, type TestServer } from '../support/server.ts';
import { openedFormat } from './xml/round-trip.ts';

const json = 'application/fhir+json; charset=utf-8';
const xml = 'application/fhir+xml; charset=utf-8';
const inXml = { accept: 'application/fhir+xml' };

const observation = `<Observation xmlns="http://hl7.org/fhir">
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>Perché&#160;no</p></div></text>
  <status value="final"/>
  <code><text value="Prova"/></code>
  <valueQuantity><value value="1.00"/></valueQuantity>
</Observation>`;

const patient = (members = '') => `<Patient xmlns="http://hl7.org/fhir">${members}</Patient>`;

/** The answer's body, read as XML. */
function resourceOf({ text, headers }: Answer): JsonObject {
  expect(headers.get('content-type')).to.equal(xml);
  const resource = openedFormat().parse(text);
  if (!isJsonObject(resource)) throw new Error('No resource came.');
  return resource;
}

describe('xml.html: the server speaks XML', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
  });
  after(() => server.close());

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    server.fetchFhir(path, { method: 'POST', body, headers: { 'content-type': 'application/fhir+xml', ...headers } });

  it('what comes in XML is the same resource in JSON, with its digits and its narrative', async () => {
    const created = await post('Observation', observation);
    expect(created.status, created.text).to.equal(201);
    const { id } = resourceOf(created);
    const read = await server.fetchFhir(`Observation/${id}`);
    expect(read.headers.get('content-type')).to.equal(json);
    expect(read.text).to.include('"value":1.00}');
    expect(read.body.text.div).to.equal('<div xmlns="http://www.w3.org/1999/xhtml"><p>Perché&#160;no</p></div>');
  });

  it('what came in JSON is given in XML, and both have the same ETag', async () => {
    const body = '{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}';
    const { id } = (await server.fetchFhir('Observation', { method: 'POST', body })).body;
    const answer = await server.fetchFhir(`Observation/${id}`, { headers: inXml });
    expect(answer.text).to.include('<value value="1.50"/>');
    expect(resourceOf(answer)).to.deep.include({ resourceType: 'Observation', status: 'final' });
    expect(answer.headers.get('etag')).to.equal('W/"1"');
    const known = await server.fetchFhir(`Observation/${id}`, { headers: { ...inXml, 'if-none-match': 'W/"1"' } });
    expect([known.status, known.text]).to.deep.equal([304, '']);
  });

  it('updates in XML', async () => {
    const answer = await server.fetchFhir('Patient/p1', {
      method: 'PUT',
      body: patient('<id value="p1"/><active value="true"/>'),
      headers: { 'content-type': 'application/xml' },
    });
    expect(answer.status, answer.text).to.equal(201);
    expect((await server.fetchFhir('Patient/p1')).body.active).to.equal(true);
  });

  it('patches by a FHIRPath Patch in XML', async () => {
    await server.fetchFhir('Patient/p2', { method: 'PUT', body: { resourceType: 'Patient', id: 'p2' } });
    const part = (name: string, value: string) => `<part><name value="${name}"/>${value}</part>`;
    const operation =
      part('type', '<valueCode value="add"/>') +
      part('path', '<valueString value="Patient"/>') +
      part('name', '<valueString value="active"/>') +
      part('value', '<valueBoolean value="true"/>');
    const body = `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>${operation}</parameter></Parameters>`;
    const answer = await server.fetchFhir('Patient/p2', {
      method: 'PATCH',
      body,
      headers: { 'content-type': 'application/fhir+xml' },
    });
    expect(answer.status, answer.text).to.equal(200);
    expect(resourceOf(answer)).to.include({ active: true });
  });

  it('takes a transaction in XML, and answers it in XML', async () => {
    const entry = (family: string) =>
      `<entry><resource>${patient(`<name><family value="${family}"/></name>`).replace(' xmlns="http://hl7.org/fhir"', '')}</resource>` +
      '<request><method value="POST"/><url value="Patient"/></request></entry>';
    const answer = await post(
      '',
      `<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/>${entry('Bianchi')}${entry('Verdi')}</Bundle>`,
    );
    expect(answer.status, answer.text).to.equal(200);
    const bundle = resourceOf(answer);
    expect(bundle).to.include({ resourceType: 'Bundle', type: 'transaction-response' });
    expect(bundle['entry']).to.have.length(2);
    expect((await server.fetchFhir('Patient?family=Bianchi')).body.entry).to.have.length(1);
  });

  const answers: readonly (readonly [path: string, type: string, member?: JsonObject])[] = [
    ['metadata', 'CapabilityStatement', { kind: 'instance' }],
    ['Patient?_id=p1', 'Bundle', { type: 'searchset' }],
    ['?_type=Patient,Observation', 'Bundle', { type: 'searchset' }],
    ['Patient/p1/_history', 'Bundle', { type: 'history' }],
    ['Patient/_history', 'Bundle', { type: 'history' }],
    ['_history', 'Bundle', { type: 'history' }],
    ['Patient/p1/_history/1', 'Patient', { id: 'p1' }],
    ['Patient/p1/$everything', 'Bundle', { type: 'searchset' }],
    ['Patient/none', 'OperationOutcome'],
    ['Nothing', 'OperationOutcome'],
    ['Patient?nonsense=1', 'Bundle'],
    ['Patient?birthdate=nonsense', 'OperationOutcome'],
  ];
  for (const [path, type, member = {}] of answers) {
    it(`GET ${path} answers with a ${type} in XML, by Accept and by _format`, async () => {
      for (const headers of [inXml, { accept: 'application/fhir+json' }]) {
        const format = headers === inXml ? '' : `${path.includes('?') ? '&' : '?'}_format=xml`;
        expect(resourceOf(await server.fetchFhir(`${path}${format}`, { headers }))).to.include({ resourceType: type, ...member });
      }
    });
  }

  it('a search by POST may ask for its format in the form', async () => {
    const search = (path: string, body: string, accept = 'text/html') =>
      server.fetchFhir(path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept },
      });
    expect(resourceOf(await search('Patient/_search', '_id=p1&_format=xml'))).to.include({ type: 'searchset' });
    expect(resourceOf(await search('Patient/_search?_format=xml', '_id=p1&_format=json'))).to.include({ type: 'searchset' });
    expect((await search('Patient/_search', '_id=p1&_pretty=true', 'application/fhir+json')).text).to.match(/^{\n/);
    expect((await search('Patient/_search', '_id=p1')).status).to.equal(406);
  });

  it('refuses without a token in XML, too', async () => {
    const answer = await server.fetchFhir('Patient/p1', { token: null, headers: inXml });
    expect(answer.status).to.equal(401);
    expect(resourceOf(answer)).to.include({ resourceType: 'OperationOutcome' });
  });

  const faults: readonly (readonly [what: string, body: string, text: RegExp])[] = [
    [
      'not well formed',
      '<Patient xmlns="http://hl7.org/fhir">\n  <active value="true">\n</Patient>',
      /not well formed.*line 3, column/,
    ],
    ['an unknown element', patient('\n  <nome value="x"/>'), /`Patient` has no element `nome`: line 2, column 3/],
    [
      'the wrong order',
      patient('<gender value="male"/><active value="true"/>'),
      /`active` must stand before `gender`.*line 1, column/,
    ],
    ['a DTD', `<!DOCTYPE Patient>${patient()}`, /\(DTD\) is not allowed/],
  ];
  for (const [what, body, text] of faults) {
    it(`answers XML that is ${what} with 400, line and column, in XML`, async () => {
      const answer = await post('Patient', body);
      expect(answer.status).to.equal(400);
      expect(answer.text).to.match(text);
      expect(resourceOf(answer)).to.include({ resourceType: 'OperationOutcome' });
    });
  }

  it('what validation refuses has the same FHIRPath in both formats', async () => {
    const answer = await post('Patient', patient('<gender value="maschio"/>'), { accept: 'application/fhir+json' });
    expect(answer.status).to.equal(400);
    expect(answer.body.issue[0].expression).to.deep.equal(['Patient.gender']);
  });

  const types: readonly (readonly [accept: string, answered: string])[] = [
    ['application/xml', 'application/xml; charset=utf-8'],
    ['text/xml', 'text/xml; charset=utf-8'],
    ['application/json', 'application/json; charset=utf-8'],
    ['application/fhir+xml; fhirVersion=4.0', 'application/fhir+xml; fhirVersion=4.0; charset=utf-8'],
    ['application/fhir+json;q=0.4, application/fhir+xml;q=0.8', xml],
    ['application/fhir+json, application/fhir+xml;q=0.8', json],
  ];
  for (const [accept, answered] of types) {
    it(`Accept: ${accept} is answered in ${answered}`, async () =>
      expect((await server.fetchFhir('Patient/p1', { headers: { accept } })).headers.get('content-type')).to.equal(answered));
  }

  for (const accept of ['application/fhir+xml; fhirVersion=5.0', 'application/fhir+json; charset=latin1', 'text/turtle']) {
    it(`Accept: ${accept} is 406, told in JSON`, async () => {
      const answer = await server.fetchFhir('Patient/p1', { headers: { accept } });
      expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([406, json]);
    });
  }

  for (const type of ['application/fhir+xml; fhirVersion=3.0', 'application/fhir+xml; charset=windows-1252', 'text/plain']) {
    it(`Content-Type: ${type} is 415`, async () =>
      expect((await post('Patient', patient(), { 'content-type': type })).status).to.equal(415));
  }

  describe('http.html#parameters: _pretty', () => {
    const body =
      '{"resourceType":"Observation","id":"pretty","status":"final","code":{"coding":[],"text":"a \\"{[,:\\" b"},"valueQuantity":{"value":2.50}}';
    before(() => server.fetchFhir('Observation/pretty', { method: 'PUT', body: body.replace('"coding":[],', '') }));

    it('sets JSON out and keeps its digits', async () => {
      const plain = await server.fetchFhir('Observation/pretty');
      const pretty = await server.fetchFhir('Observation/pretty?_pretty=true');
      expect(pretty.body).to.deep.equal(plain.body);
      expect(pretty.text).to.match(/^{\n {2}"resourceType": "Observation",\n/);
      expect(pretty.text).to.include('  "valueQuantity": {\n    "value": 2.50\n  }\n');
      expect((await server.fetchFhir('Observation/pretty?_pretty=false')).text).to.equal(plain.text);
    });

    it('sets XML out', async () => {
      const pretty = await server.fetchFhir('Observation/pretty?_pretty=true', { headers: inXml });
      expect(pretty.text).to.include('\n  <valueQuantity>\n    <value value="2.50"/>\n  </valueQuantity>\n');
    });

    it('sets out searches and refusals, without being taken for a search parameter', async () => {
      const found = await server.fetchFhir('Observation?_id=pretty&_pretty=true', { headers: { prefer: 'handling=strict' } });
      expect(found.text).to.match(/^{\n {2}"resourceType": "Bundle"/);
      expect((await server.fetchFhir('Observation/none?_pretty=true')).text).to.match(
        /^{\n {2}"resourceType": "OperationOutcome"/,
      );
    });

    it('must be true or false', async () => {
      const answer = await server.fetchFhir('Observation/pretty?_pretty=1');
      expect(answer.status).to.equal(400);
      expect(answer.body.issue[0].expression).to.deep.equal(['http._pretty']);
    });
  });
});

describe('what XML can not hold, stored by a server that does not validate', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'off' } });
  });
  after(() => server.close());
  const odd = { resourceType: 'Patient', id: 'odd', nonsense: { a: 1 } };

  it('is told in JSON to whom wrote it, since it is stored', async () => {
    const written = await server.fetchFhir('Patient/odd', { method: 'PUT', body: odd, headers: inXml });
    expect([written.status, written.headers.get('etag'), written.headers.get('content-type')]).to.deep.equal([
      201,
      'W/"1"',
      json,
    ]);
    const body = { resourceType: 'Bundle', type: 'transaction', entry: [{ request: { method: 'GET', url: 'Patient/odd' } }] };
    expect((await server.fetchFhir('', { method: 'POST', body, headers: inXml })).status).to.equal(200);
  });
  it('is 406 to whom reads it', async () => {
    expect((await server.fetchFhir('Patient/odd', { headers: inXml })).status).to.equal(406);
    expect((await server.fetchFhir('Patient?_id=odd', { headers: inXml })).status).to.equal(406);
  });
});
