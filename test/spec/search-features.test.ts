/** What R4's search has besides the plain parameters, over HTTP: units, text, filters, lists, hierarchies, plans. */
import { expect } from 'chai';
import type { Answer } from '../support/server.ts';
import { bundle, describeOnStores, entry, observation, patient, system, unique } from './on-stores.ts';

const ucum = 'http://unitsofmeasure.org';
const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical';

const idsOf = (answer: Answer): readonly string[] => {
  expect(answer.status, answer.text).to.equal(200);
  return (answer.body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
};

describeOnStores('search.html, beyond the plain parameters', (server) => {
  const tag = unique('features');
  const tagged = (more: object) => ({ meta: { tag: [{ system, code: tag }] }, ...more });
  const only = `_tag=${system}|${tag}`;
  const put = (type: string, id: string, resource: object) => entry(`PUT ${type}/${id}`, { ...resource, resourceType: type, id });
  const quantity = (value: number, code: string) => ({ valueQuantity: { value, unit: code, system: ucum, code } });
  const narrative = (text: string) => ({
    text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>` },
  });

  before(async () => {
    const answer = await server().fetchFhir('', {
      method: 'POST',
      body: bundle(
        'transaction',
        put('Patient', 'fp1', patient(unique(), tagged({ name: [{ family: 'D’Angelo', given: ['Ada'] }] }))),
        put('Patient', 'fp2', patient(unique(), tagged({ name: [{ family: 'Angelini', given: ['Bruno'] }], gender: 'male' }))),
        put(
          'Observation',
          'fo1',
          observation('Patient/fp1', tagged({ ...quantity(5400, 'mg'), ...narrative('Metastasi al fegato') })),
        ),
        put('Observation', 'fo2', observation('Patient/fp2', tagged({ ...quantity(6, 'g'), ...narrative('Metastasi ossee') }))),
        put(
          'Observation',
          'fo3',
          observation('Patient/fp2', tagged({ ...quantity(37, 'Cel'), note: [{ text: 'Il fegato è nella norma' }] })),
        ),
        put('Condition', 'fc1', {
          ...tagged({ subject: { reference: 'Patient/fp1' }, code: { text: 'x' } }),
          clinicalStatus: { coding: [{ system: clinical, code: 'relapse' }] },
          verificationStatus: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'confirmed' }],
          },
        }),
        put('List', 'fl1', {
          ...tagged({ status: 'current', mode: 'working' }),
          entry: [{ item: { reference: 'Patient/fp2' } }, { item: { reference: 'Observation/fo1' } }],
        }),
        put('Location', 'floc', {
          ...tagged({ status: 'active', name: 'Torino' }),
          position: { latitude: 45.0703, longitude: 7.6869 },
        }),
      ),
    });
    expect(answer.status, answer.text).to.equal(200);
  });

  const rows: readonly (readonly [path: string, ids: readonly string[], why?: string])[] = [
    [`Observation?value-quantity=5.4|${ucum}|g`, ['fo1'], 'search.html#quantity, in another unit'],
    [`Observation?value-quantity=gt5.4|${ucum}|g&_sort=_id`, ['fo2']],
    [`Observation?value-quantity=98.6|${ucum}|[degF]`, ['fo3']],
    ['Observation?_sort=-value-quantity', ['fo1', 'fo3', 'fo2'], 'by the number, whatever the unit'],
    ['Observation?_text=metastasi&_sort=_id', ['fo1', 'fo2']],
    ['Observation?_text=(fegato OR ossa) AND metastasi', ['fo1']],
    ['Observation?_content=fegato&_sort=_id', ['fo1', 'fo3']],
    ['Observation?_content=fegato NOT metastasi', ['fo3']],
    ['Patient?_content=angel*&_sort=_id', ['fp1', 'fp2']],
    ['Observation?patient._content=bruno&_sort=_id', ['fo2', 'fo3'], 'behind a chain'],
    ['Patient?_has:Observation:patient:_text=fegato', ['fp1'], 'and before one'],
    ['Patient?_filter=family sw ange', ['fp2']],
    ['Patient?_filter=name co "angel" and not (gender eq male)', ['fp1']],
    [`Observation?_filter=value-quantity ge 5.4|ucum|g and patient.gender eq male&_sort=_id`, ['fo2']],
    ['Patient?_list=fl1', ['fp2']],
    ['Observation?_list=fl1', ['fo1']],
    ['?_type=Patient,Observation&_list=fl1', ['fo1', 'fp2']],
    ['?_text=metastasi', ['fo1', 'fo2'], '"also applies to all resources"'],
    ['?_type=Bundle,Observation&_text=ossee', ['fo2'], 'what has no narrative is not found'],
    ['?_type=Binary,Observation&_text=NOT fegato', ['fo2', 'fo3'], 'nor by what is not there'],
    [`Condition?clinical-status:below=${clinical}|active`, ['fc1']],
    ['Location?near=45.07|7.69|5|km', ['floc']],
    ['Location?near=45.4642|9.19|125|km', []],
  ];
  for (const [path, ids, why = ''] of rows) {
    it(`${path} finds ${ids.join(', ') || 'nothing'}${why === '' ? '' : `: ${why}`}`, async () => {
      const [base = '', parameters = ''] = path.split('?');
      const query = [...new URLSearchParams(parameters), ['_tag', `${system}|${tag}`]] as [string, string][];
      expect(idsOf(await server().fetchFhir(`${base}?${new URLSearchParams(query)}`))).to.deep.equal(ids);
      const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
      const posted = await server().fetchFhir(`${base === '' ? '' : `${base}/`}_search?${only}`, { ...form, body: parameters });
      expect(idsOf(posted)).to.deep.equal(ids);
    });
  }

  it('pages a full text search without losing or repeating a match', async () => {
    const seen: string[] = [];
    let next: string | undefined = `Observation?${only}&_content=metastasi,norma&_count=1&_sort=value-quantity`;
    while (next !== undefined) {
      const answer: Answer = await server().fetchFhir(next);
      seen.push(...idsOf(answer));
      const link = answer.body.link.find(({ relation }: { relation: string }) => relation === 'next');
      next = link?.url.slice(server().baseUrl.length + 1);
    }
    expect(seen).to.deep.equal(['fo2', 'fo3', 'fo1']);
  });

  const refused: readonly (readonly [query: string, sentence: RegExp])[] = [
    ['Patient?_contained=true', /searches containers only/],
    ['Patient?_contained=both', /searches containers only/],
    ['Patient?_contained=maybe', /false, true, both/],
    ['Patient?_containedType=other', /container, contained/],
    ['AllergyIntolerance?_list=$current-allergies', /functional lists/],
    ['Patient?_filter=family xx y', /expected an operator/],
    ['Patient?_filter=family eq', /expected a space and a value/],
    ['Patient?_text=(a', /'\(' has no '\)'/],
    ['Condition?code:below=http://snomed.info/sct|73211009', /all codes of the code system/],
    ['Condition?code:in=http://hl7.org/fhir/ValueSet/condition-code', /known to this server/],
    ['Patient?family:contains=ab', /at least 3/],
    ['Location?_sort=near', /nothing can be sorted/],
    ['Observation?_sort=code-value-quantity', /nothing can be sorted/],
    ['Patient?_explain=yes', /true, false/],
  ];
  for (const [path, sentence] of refused) {
    it(`${path}: 400`, async () => {
      const [base = '', parameters = ''] = path.split('?');
      const answer = await server().fetchFhir(`${base}?${new URLSearchParams(parameters)}`);
      expect(answer.status, answer.text).to.equal(400);
      expect(answer.body.issue[0].details.text).to.match(sentence);
      expect(answer.body.issue[0].expression[0]).to.match(/^http\./);
    });
  }

  it('accepts _contained=false, which is what it does', async () => {
    expect(idsOf(await server().fetchFhir(`Location?${only}&_contained=false&_containedType=container`))).to.deep.equal(['floc']);
  });

  describe('_explain=true', () => {
    it('gives the plan in place of the result, without the values asked for', async () => {
      const answer = await server().fetchFhir(
        'Patient?_explain=true&family=angelini&_sort=-birthdate&general-practitioner.name=segreto',
      );
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.body.resourceType).to.equal('OperationOutcome');
      const texts: readonly string[] = answer.body.issue.map((issue: { details: { text: string } }) => issue.details.text);
      expect(texts[0]).to.match(/'family' by prefix of text/);
      expect(texts[0]).to.match(/'birthdate' descending/);
      expect(texts.slice(1)).not.to.be.empty;
      expect(texts.slice(1).every((text) => text.startsWith('Patient: '))).to.equal(true);
      expect(answer.text).not.to.match(/angelini|segreto/);
    });
    it('is the same search with _explain=false', async () => {
      expect(idsOf(await server().fetchFhir(`Location?${only}&_explain=false`))).to.deep.equal(['floc']);
    });
    it('answers by POST and on all types', async () => {
      const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
      expect((await server().fetchFhir('Patient/_search', { ...form, body: '_explain=true' })).body.resourceType).to.equal(
        'OperationOutcome',
      );
      expect((await server().fetchFhir(`?_type=Patient,Observation&${only}&_explain=true`)).status).to.equal(200);
    });
    for (const [scope, claims] of [
      ['user/*.rs', { fhirUser: 'Practitioner/x' }],
      ['patient/*.rs', { patient: 'fp1' }],
      ['patient/*.rs system/Organization.rs', { patient: 'fp1' }],
    ] as const) {
      it(`is refused to ${scope}`, async () => {
        const token = await server().token(scope, claims);
        expect((await server().fetchFhir('Patient?_explain=true', { token })).status).to.equal(403);
      });
    }
    it('is open to a system/ scope on the type', async () => {
      const token = await server().token('system/Patient.rs');
      expect((await server().fetchFhir('Patient?_explain=true', { token })).status).to.equal(200);
    });
  });
});
