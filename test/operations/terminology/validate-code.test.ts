/** $validate-code over HTTP, of value sets and of code systems. */
import { expect } from 'chai';
import { classes, colours, fascicolo, hl7, parameters, type Query, v3, valuesOf, withTerminology } from './fixture.ts';

describe('valueset-operation-validate-code.html', () => {
  const { ask } = withTerminology();
  const validate = (query: Query, body?: object) =>
    ask({ path: 'ValueSet/$validate-code', query, ...(body === undefined ? {} : { body }) });
  const gender = { url: `${hl7}ValueSet/administrative-gender`, system: `${hl7}administrative-gender` };

  const rows: readonly (readonly [what: string, query: Query, result: boolean, more?: object])[] = [
    ['a code that is in', { ...gender, code: 'female' }, true, { display: 'Female' }],
    ['a code that is not', { ...gender, code: 'donna' }, false],
    ['a code in other case', { ...gender, code: 'Female' }, false],
    ['a code of another system', { ...gender, system: 'urn:x', code: 'female' }, false],
    ['the right display', { ...gender, code: 'female', display: 'Female' }, true],
    ['a display in other case', { ...gender, code: 'female', display: 'female' }, true],
    ['a wrong display', { ...gender, code: 'female', display: 'Woman' }, false, { display: 'Female' }],
    [
      'a designation as display',
      { url: 'https://stored.example/ValueSet/colours', system: colours, code: 'red', display: 'Rosso' },
      true,
    ],
    ['an abstract code', { url: 'https://stored.example/ValueSet/colours', system: colours, code: 'shade' }, true],
    [
      'an abstract code where none may be',
      { url: 'https://stored.example/ValueSet/colours', system: colours, code: 'shade', abstract: 'false' },
      false,
    ],
    [
      'a document type of the FSE',
      { url: `${fascicolo}ValueSet/document-type`, system: 'http://loinc.org', code: '11502-2' },
      true,
    ],
    ['another LOINC code', { url: `${fascicolo}ValueSet/document-type`, system: 'http://loinc.org', code: '8480-6' }, false],
    [
      'a known code of a set that is not whole',
      { url: 'https://stored.example/ValueSet/open', system: colours, code: 'red' },
      true,
    ],
  ];
  for (const [what, query, result, more = {}] of rows) {
    it(`${what}: ${result}`, async () => {
      const { status, body } = await validate(query);
      expect(status).to.equal(200);
      const values = valuesOf(body);
      expect(values).to.deep.include({ result, ...more });
      expect(values['message'] === undefined).to.equal(result);
    });
  }

  it('takes a Coding or a CodeableConcept, of which one code is enough', async () => {
    const [right, wrongCode] = [
      { system: gender.system, code: 'male' },
      { system: 'urn:x', code: 'm' },
    ];
    const coding = await validate({ url: gender.url }, parameters({ name: 'coding', valueCoding: right }));
    expect(valuesOf(coding.body)).to.include({ result: true });
    const concept = await validate(
      { url: gender.url },
      parameters({ name: 'codeableConcept', valueCodeableConcept: { coding: [wrongCode, right] } }),
    );
    expect(valuesOf(concept.body)).to.include({ result: true, display: 'Male' });
    const neither = await validate(
      { url: gender.url },
      parameters({ name: 'codeableConcept', valueCodeableConcept: { coding: [wrongCode] } }),
    );
    expect(valuesOf(neither.body)).to.include({ result: false });
  });

  it('works on an instance', async () => {
    const { body } = await ask({ path: 'ValueSet/colours/$validate-code', query: { system: colours, code: 'crimson' } });
    expect(valuesOf(body)).to.include({ result: true });
  });

  it('does not guess: what may be in the part that is not known here is 422, an unknown set 404', async () => {
    const guess = await validate({
      url: 'https://stored.example/ValueSet/open',
      system: 'http://snomed.info/sct',
      code: '73211009',
    });
    expect(guess.status).to.equal(422);
    expect(guess.body.issue[0]).to.deep.include({ severity: 'error', code: 'not-supported' });
    const unknown = await validate({ url: 'https://nowhere.example/ValueSet/x', system: 'urn:x', code: 'x' });
    expect([unknown.status, unknown.body.resourceType]).to.deep.equal([404, 'OperationOutcome']);
  });

  it('needs one code with its system', async () => {
    for (const query of [{ url: gender.url }, { url: gender.url, code: 'male' }])
      expect((await validate(query)).status).to.equal(400);
  });
});

describe('codesystem-operation-validate-code.html', () => {
  const { ask } = withTerminology();
  const validate = (query: Query, path = 'CodeSystem/$validate-code') => ask({ path, query });
  const rows: readonly (readonly [what: string, query: Query, result: boolean])[] = [
    ['a code of R4', { url: `${hl7}observation-status`, code: 'final' }, true],
    ['no code of it', { url: `${hl7}observation-status`, code: 'done' }, false],
    ['a code of v3', { url: `${v3}ActCode`, code: 'AMB', display: 'ambulatory' }, true],
    ['a class code of the FSE', { url: classes, code: 'REF' }, true],
    ['none of them', { url: classes, code: 'ZZZ' }, false],
    ['a known code of a fragment', { url: 'urn:oid:2.16.840.1.113883.2.9.3.3.6.1.3', code: 'P99' }, true],
  ];
  for (const [what, query, result] of rows) {
    it(`${what}: ${result}`, async () => expect(valuesOf((await validate(query)).body)).to.include({ result }));
  }

  it('does not guess of a fragment, nor of a licensed system; an unknown one is 404', async () => {
    expect((await validate({ url: 'urn:oid:2.16.840.1.113883.2.9.3.3.6.1.3', code: 'P12' })).status).to.equal(422);
    expect((await validate({ url: 'http://loinc.org', code: '8480-6' })).status).to.equal(422);
    expect((await validate({ url: 'https://nowhere.example/x', code: 'x' })).status).to.equal(404);
  });

  it('works on an instance', async () => {
    expect(valuesOf((await validate({ code: 'red' }, 'CodeSystem/colours/$validate-code')).body)).to.include({ result: true });
  });
});
