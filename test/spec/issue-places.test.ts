/** What is said of a body has its line and column in the text that was sent, and the id of its message: in R4's and HL7's own extensions. */
import { expect } from 'chai';
import { startTestServer, type TestServer } from '../support/server.ts';

interface Said {
  readonly expression: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string | undefined;
  readonly source: string | undefined;
}

interface Extension {
  readonly url: string;
  readonly valueInteger?: number;
  readonly valueString?: string;
}

const base = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-';

interface Outcome {
  readonly issue: readonly {
    readonly severity: string;
    readonly expression?: readonly string[];
    readonly extension?: readonly Extension[];
  }[];
}

function errorsOf({ issue }: Outcome): readonly Said[] {
  return issue
    .filter(({ severity }) => severity === 'error')
    .map(({ expression, extension = [] }) => {
      const named = (name: string): Extension | undefined => extension.find(({ url }) => url === base + name);
      return {
        expression: expression?.[0],
        line: named('issue-line')?.valueInteger,
        column: named('issue-col')?.valueInteger,
        message: named('message-id')?.valueString,
        source: named('issue-source')?.valueString,
      };
    });
}

const patient = '{\n  "resourceType": "Patient",\n  "gender": "donna"\n}';
const wrongGender = { message: 'code-not-allowed', source: 'http://hl7.org/fhir/StructureDefinition/Patient|4.0.1' };
const xml = { 'content-type': 'application/fhir+xml' };

describe('Issues have their place in the text that was sent', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ environment: { VALIDATION: 'base' } });
  });
  after(() => server.close());

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    server.fetchFhir(path, { method: 'POST', body, headers: { 'content-type': 'application/fhir+json', ...headers } });

  const asked = `{"resourceType": "Parameters", "parameter": [\n {"name": "mode", "valueCode": "create"},\n {"name": "resource", "resource":\n${patient}}]}`;
  const singles: readonly (readonly [what: string, path: string, body: string, status: number, line: number, column: number])[] =
    [
      ['a create', 'Patient', patient, 400, 3, 13],
      ['$validate', 'Patient/$validate', patient, 200, 3, 13],
      ['$validate, in Parameters', 'Patient/$validate', asked, 200, 6, 13],
    ];
  for (const [what, path, body, status, line, column] of singles) {
    it(`of ${what}`, async () => {
      const answer = await post(path, body);
      expect(answer.status).to.equal(status);
      expect(errorsOf(answer.body)).to.deep.equal([{ expression: 'Patient.gender', line, column, ...wrongGender }]);
    });
  }

  it('in XML, and in XML in Parameters', async () => {
    const resource = '<Patient xmlns="http://hl7.org/fhir">\n  <gender value="donna"/>\n</Patient>';
    const wrapped = `<Parameters xmlns="http://hl7.org/fhir">\n<parameter><name value="resource"/><resource>\n${resource}</resource></parameter></Parameters>`;
    const json = { ...xml, accept: 'application/fhir+json' };
    const place = { expression: 'Patient.gender', column: 3, ...wrongGender };
    expect(errorsOf((await post('Patient', resource, json)).body)).to.deep.equal([{ ...place, line: 2 }]);
    expect(errorsOf((await post('Patient/$validate', wrapped, json)).body)).to.deep.equal([{ ...place, line: 4 }]);
    const inXml = await post('Patient', resource, { ...xml, accept: 'application/fhir+xml' });
    expect(inXml.text).to.contain(`<extension url="${base}issue-line"><valueInteger value="2"/></extension>`);
  });

  const entry = (request: string, resource: string) => `{ "request": ${request},\n"resource":\n${resource}}`;
  const bundle = (type: string) =>
    `{ "resourceType": "Bundle", "type": "${type}", "entry": [\n${[
      entry('{"method": "POST", "url": "Basic"}', '{"resourceType": "Basic", "code": {"text": "x"}}'),
      entry('{"method": "POST", "url": "Patient"}', patient),
      entry('{"method": "POST", "url": "Patient/$validate"}', type === 'batch' ? asked : '{"resourceType": "Patient"}'),
    ].join(',\n')}\n]}`;

  it('in a transaction that is refused', async () => {
    const { status, body } = await post('', bundle('transaction'));
    expect(status).to.equal(400);
    expect(errorsOf(body)).to.deep.equal([
      { expression: 'Bundle.entry[1].resource.gender', line: 9, column: 13, ...wrongGender },
    ]);
  });

  it('in the entries of a batch', async () => {
    const { status, body } = await post('', bundle('batch'));
    expect(status).to.equal(200);
    const [, written, validated] = body.entry;
    const place = { column: 13, ...wrongGender };
    expect(errorsOf(written.response.outcome)).to.deep.equal([
      { expression: 'Bundle.entry[1].resource.gender', line: 9, ...place },
    ]);
    expect(errorsOf(validated.resource)).to.deep.equal([{ expression: 'Patient.gender', line: 18, ...place }]);
  });

  it('also of what is stored with a remark', async () => {
    const basic = '{"resourceType": "Basic",\n"code": {"coding": [{"system": "http://a.b/c", "code": "x"}]}}';
    const headers = { prefer: 'return=OperationOutcome' };
    const { status, body } = await post('Basic', basic, headers);
    expect(status).to.equal(201);
    const lines = body.issue.map(({ extension }: { extension?: readonly Extension[] }) =>
      extension?.find(({ url }) => url.endsWith('-line')),
    );
    expect(lines).to.deep.include({ url: `${base}issue-line`, valueInteger: 2 });
  });

  it('but not what is said of something else: a stored instance, a patched one, a parameter', async () => {
    const { body: stored } = await post('Patient', '{"resourceType": "Patient"}');
    const patch = '[{"op": "add", "path": "/gender", "value": "donna"}]';
    const patched = await server.fetchFhir(`Patient/${stored.id}`, {
      method: 'PATCH',
      body: patch,
      headers: { 'content-type': 'application/json-patch+json' },
    });
    expect(errorsOf(patched.body)).to.deep.equal([
      { expression: 'Patient.gender', line: undefined, column: undefined, ...wrongGender },
    ]);
    const [mode] = errorsOf((await post('Patient/$validate?mode=x', patient)).body);
    expect(mode).to.include({ expression: 'mode', line: undefined });
  });

  it('$validate tells of must-support elements that are not there when it is asked to, and of true and false only', async () => {
    const vitals = 'profile=http://hl7.org/fhir/StructureDefinition/vitalsigns';
    const observation = '{"resourceType": "Observation", "status": "final", "code": {"text": "x"}}';
    const said = async (query: string) => (await post(`Observation/$validate?${vitals}${query}`, observation)).text;
    expect(await said('')).to.not.contain('must-support-missing');
    expect(await said('&mustSupport=false')).to.not.contain('must-support-missing');
    expect(await said('&mustSupport=true')).to.contain('must-support-missing');
    expect((await post('Patient/$validate?mustSupport=perhaps', patient)).status).to.equal(400);
  });
});
