/** $expand, $validate-code, $lookup, $subsumes and $translate over HTTP, on the sets that the validator uses. https://hl7.org/fhir/R4/terminology-service.html */
import { expect } from 'chai';
import type { JsonObject } from '../../src/fhir/types.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { errorsOf, openTestValidator } from '../support/validation.ts';

const hl7 = 'http://hl7.org/fhir/';
const v3 = 'http://terminology.hl7.org/CodeSystem/v3-';
const classes = 'urn:oid:2.16.840.1.113883.2.9.3.3.6.1.5';
const fascicolo = 'https://fascicolo.example/fhir/';

/** An operation with parameters in the URL, or as a Parameters body. */
interface Asked {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly token?: string | null;
}

interface Contains {
  readonly system: string;
  readonly code: string;
  readonly display?: string;
  readonly abstract?: boolean;
  readonly designation?: readonly object[];
  readonly contains?: readonly Contains[];
}

const parameters = (...parameter: readonly object[]) => ({ resourceType: 'Parameters', parameter });

describe('terminology operations', () => {
  let server: TestServer;
  const validator = openTestValidator();
  before(async () => {
    server = await startTestServer();
    for (const resource of stored) {
      const { status, text } = await server.fetchFhir(`${resource.resourceType}/${resource.id}`, {
        method: 'PUT',
        body: resource,
      });
      expect(status, text).to.equal(201);
    }
  });
  after(() => server.close());

  const ask = async ({ path, query = {}, body, token }: Asked) => {
    const search = new URLSearchParams(query).toString();
    const answer = await server.fetchFhir(search === '' ? path : `${path}?${search}`, {
      ...(body === undefined ? {} : { method: 'POST', body }),
      ...(token === undefined ? {} : { token }),
    });
    if (answer.status < 300) expect(errorsOf(validator, answer.body as JsonObject), answer.text).to.deep.equal([]);
    return answer;
  };
  /** The answer's parameters by name; the last of each. */
  const valuesOf = (body: { parameter: readonly Record<string, unknown>[] }): Readonly<Record<string, unknown>> =>
    Object.fromEntries(body.parameter.map(({ name, ...value }) => [String(name), Object.values(value)[0]]));

  const colours = 'https://stored.example/CodeSystem/colours';
  const large = 'https://stored.example/CodeSystem/large';
  const stored = [
    {
      resourceType: 'CodeSystem',
      id: 'colours',
      url: colours,
      version: '2',
      name: 'Colours',
      status: 'active',
      content: 'complete',
      hierarchyMeaning: 'is-a',
      concept: [
        {
          code: 'red',
          display: 'Red',
          designation: [{ language: 'it', value: 'Rosso' }],
          concept: [
            { code: 'crimson', display: 'Crimson' },
            { code: 'old-rose', display: 'Old rose', property: [{ code: 'inactive', valueBoolean: true }] },
          ],
        },
        { code: 'shade', display: 'A shade', property: [{ code: 'notSelectable', valueBoolean: true }] },
      ],
      property: [
        { code: 'inactive', type: 'boolean' },
        { code: 'notSelectable', type: 'boolean' },
      ],
    },
    {
      resourceType: 'CodeSystem',
      id: 'large',
      url: large,
      status: 'active',
      content: 'complete',
      concept: Array.from({ length: 10_001 }, (_, place) => ({ code: `c${place}` })),
    },
    valueSet('colours', { system: colours }),
    valueSet('large', { system: large }),
    valueSet('open', { system: 'http://snomed.info/sct' }, { system: colours }),
    {
      resourceType: 'ConceptMap',
      id: 'colours',
      url: 'https://stored.example/ConceptMap/colours',
      status: 'active',
      group: [
        {
          source: colours,
          target: 'urn:tone',
          element: [
            { code: 'red', target: [{ code: 'warm', display: 'Warm', equivalence: 'wider' }] },
            { code: 'shade', target: [{ equivalence: 'unmatched' }] },
          ],
          unmapped: { mode: 'fixed', code: 'any' },
        },
      ],
    },
  ] as const satisfies readonly { resourceType: string; id: string }[];

  function valueSet(id: string, ...include: readonly object[]) {
    return {
      resourceType: 'ValueSet',
      id,
      url: `https://stored.example/ValueSet/${id}`,
      status: 'active',
      compose: { include },
    } as const;
  }

  describe('valueset-operation-expand.html', () => {
    const codes = (list: readonly Contains[] | undefined): readonly string[] =>
      (list ?? []).flatMap(({ code, contains }) => [code, ...codes(contains)]);
    const expand = (query: Readonly<Record<string, string>>) => ask({ path: 'ValueSet/$expand', query });

    it('gives the codes of a value set by its canonical', async () => {
      const { status, body } = await expand({ url: `${hl7}ValueSet/administrative-gender` });
      expect(status).to.equal(200);
      expect(body).to.include({
        resourceType: 'ValueSet',
        url: `${hl7}ValueSet/administrative-gender`,
        name: 'AdministrativeGender',
      });
      expect(body.expansion.identifier).to.match(/^urn:uuid:/);
      expect(body.expansion.total).to.equal(4);
      expect(body.expansion.contains[1]).to.deep.equal({
        system: `${hl7}administrative-gender`,
        code: 'female',
        display: 'Female',
      });
    });

    it('of a version that is not here is 404, as is an unknown one', async () => {
      expect((await expand({ url: `${hl7}ValueSet/administrative-gender|4.0.1` })).status).to.equal(200);
      for (const url of [`${hl7}ValueSet/administrative-gender|3.0.0`, 'https://nowhere.example/ValueSet/x']) {
        const { status, body } = await expand({ url });
        expect(status, url).to.equal(404);
        expect(body.issue[0].code).to.equal('not-found');
      }
    });

    it('nests codes beneath those that subsume them, unless a flat list is asked for', async () => {
      const { body } = await expand({ url: 'https://stored.example/ValueSet/colours' });
      const [red, shade] = body.expansion.contains as Contains[];
      expect(codes(red?.contains)).to.deep.equal(['crimson', 'old-rose']);
      expect(shade).to.include({ code: 'shade', abstract: true });
      const flat = await expand({ url: 'https://stored.example/ValueSet/colours', excludeNested: 'true' });
      expect(flat.body.expansion.contains.map(({ code }: Contains) => code)).to.deep.equal([
        'red',
        'crimson',
        'old-rose',
        'shade',
      ]);
    });

    it('follows the hierarchy of v3 code systems, also through properties', async () => {
      const filter = [{ property: 'concept', op: 'is-a', value: '_ActAccountCode' }];
      const compose = { include: [{ system: `${v3}ActCode`, filter }] };
      const { body } = await ask({ path: 'ValueSet/$expand', body: { resourceType: 'ValueSet', status: 'draft', compose } });
      const [root] = body.expansion.contains as Contains[];
      expect(root?.code).to.equal('_ActAccountCode');
      expect(codes(root?.contains)).to.include.members(['ACCTRECEIVABLE', 'CASH', 'AE', 'PBILLACCT']);
      expect(body.expansion.total).to.equal(codes(body.expansion.contains).length);
    });

    const filters: readonly (readonly [filter: string, codes: readonly string[]])[] = [
      ['fem', ['female']],
      ['FEMALE', ['female']],
      ['oth', ['other']],
      ['nobody', []],
    ];
    for (const [filter, found] of filters) {
      it(`filters by text: "${filter}" finds ${found.join(', ') || 'nothing'}`, async () => {
        const { body } = await expand({ url: `${hl7}ValueSet/administrative-gender`, filter });
        expect(codes(body.expansion.contains)).to.deep.equal(found);
        expect(body.expansion.parameter).to.deep.include({ name: 'filter', valueString: filter });
      });
    }

    it('pages with count and offset; count=0 only counts', async () => {
      const url = `${hl7}ValueSet/administrative-gender`;
      const page = await expand({ url, count: '2', offset: '1' });
      expect(codes(page.body.expansion.contains)).to.deep.equal(['female', 'other']);
      expect(page.body.expansion).to.include({ total: 4, offset: 1 });
      const counted = await expand({ url, count: '0' });
      expect(counted.body.expansion).to.include({ total: 4 });
      expect(counted.body.expansion).not.to.have.property('contains');
    });

    it('is too costly over the limit, and paged it is not', async () => {
      const url = 'https://stored.example/ValueSet/large';
      const { status, body } = await expand({ url });
      expect(status).to.equal(422);
      expect(body.issue[0].code).to.equal('too-costly');
      expect(codes((await expand({ url, count: '3', offset: '10000' })).body.expansion.contains)).to.deep.equal(['c10000']);
    });

    it('refuses a set that is not known whole, rather than leaving codes out', async () => {
      for (const url of ['https://stored.example/ValueSet/open', `${hl7}ValueSet/condition-code`]) {
        const { status, body } = await expand({ url });
        expect(status, url).to.equal(422);
        expect(body.issue[0].code).to.equal('not-supported');
      }
    });

    it('leaves out inactive and abstract codes and whole systems when asked', async () => {
      const url = 'https://stored.example/ValueSet/colours';
      expect(codes((await expand({ url, activeOnly: 'true' })).body.expansion.contains)).not.to.include('old-rose');
      expect(codes((await expand({ url, excludeNotForUI: 'true' })).body.expansion.contains)).not.to.include('shade');
      expect((await expand({ url, 'exclude-system': colours })).body.expansion.total).to.equal(0);
    });

    it('gives designations, and displays in another language, where there are such', async () => {
      const url = 'https://stored.example/ValueSet/colours';
      const [red] = (await expand({ url, includeDesignations: 'true' })).body.expansion.contains as Contains[];
      expect(red?.designation).to.deep.equal([{ language: 'it', value: 'Rosso' }]);
      const [rosso] = (await expand({ url, displayLanguage: 'it' })).body.expansion.contains as Contains[];
      expect(rosso?.display).to.equal('Rosso');
      const english = await expand({ url: `${fascicolo}ValueSet/class-code`, displayLanguage: 'en', filter: 'discharge' });
      expect(english.body.expansion.contains).to.deep.equal([{ system: classes, code: 'LDO', display: 'Discharge letter' }]);
    });

    it('includes the definition when asked', async () => {
      const url = 'https://stored.example/ValueSet/colours';
      expect((await expand({ url })).body).not.to.have.property('compose');
      expect((await expand({ url, includeDefinition: 'true' })).body.compose.include).to.deep.equal([{ system: colours }]);
    });

    it('expands a stored instance, a value set in Parameters, and one that is the body itself', async () => {
      expect((await ask({ path: 'ValueSet/colours/$expand' })).body.expansion.total).to.equal(4);
      const inline = {
        resourceType: 'ValueSet',
        status: 'draft',
        compose: { include: [{ system: colours, concept: [{ code: 'red' }] }] },
      };
      const body = parameters({ name: 'valueSet', resource: inline }, { name: 'count', valueInteger: 5 });
      expect((await ask({ path: 'ValueSet/$expand', body })).body.expansion.contains).to.deep.equal([
        { system: colours, code: 'red', display: 'Red' },
      ]);
      expect((await ask({ path: 'ValueSet/$expand', body: inline, query: { filter: 'none' } })).body.expansion.total).to.equal(0);
      expect((await ask({ path: 'ValueSet/nobody/$expand' })).status).to.equal(404);
    });

    const wrong: readonly (readonly [what: string, asked: Asked, expected: RegExp])[] = [
      ['no value set', { path: 'ValueSet/$expand' }, /must be named/],
      [
        'a count that is no number',
        { path: 'ValueSet/$expand', query: { url: 'x', count: '-1' } },
        /'count' must be a whole number/,
      ],
      ['a date', { path: 'ValueSet/$expand', query: { url: 'x', date: '2020' } }, /'date' is not supported/],
      [
        'a value set that is none',
        {
          path: 'ValueSet/$expand',
          body: parameters({ name: 'valueSet', resource: { resourceType: 'ValueSet', compose: { include: 'x' } } }),
        },
        /compose/,
      ],
      ['another resource', { path: 'ValueSet/$expand', body: { resourceType: 'Patient' } }, /must be a Parameters resource/],
    ];
    for (const [what, asked, expected] of wrong) {
      it(`refuses ${what} with 400`, async () => {
        const { status, text } = await ask(asked);
        expect(status).to.equal(400);
        expect(text).to.match(expected);
      });
    }
  });

  describe('valueset-operation-validate-code.html', () => {
    const validate = (query: Readonly<Record<string, string>>, body?: object) =>
      ask({ path: 'ValueSet/$validate-code', query, ...(body === undefined ? {} : { body }) });
    const gender = { url: `${hl7}ValueSet/administrative-gender`, system: `${hl7}administrative-gender` };

    const rows: readonly (readonly [what: string, query: Readonly<Record<string, string>>, result: boolean, more?: object])[] = [
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
    const validate = (query: Readonly<Record<string, string>>, path = 'CodeSystem/$validate-code') => ask({ path, query });
    const rows: readonly (readonly [what: string, query: Readonly<Record<string, string>>, result: boolean])[] = [
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

  describe('codesystem-operation-lookup.html', () => {
    const lookup = (query: Readonly<Record<string, string>>) => ask({ path: 'CodeSystem/$lookup', query });
    const propertiesOf = (body: { parameter: readonly { name: string; part?: readonly Record<string, unknown>[] }[] }) =>
      body.parameter
        .filter(({ name }) => name === 'property')
        .map(({ part }) => (part ?? []).map(({ name: _, ...value }) => Object.values(value)[0]));

    it('gives name, version, display, definition and what is above and beneath', async () => {
      const { status, body } = await lookup({ system: `${v3}ActCode`, code: '_ActAccountCode' });
      expect(status).to.equal(200);
      expect(valuesOf(body)).to.include({ display: 'ActAccountCode' });
      expect(body.parameter.map(({ name }: { name: string }) => name)).to.include.members([
        'name',
        'version',
        'display',
        'property',
      ]);
      const properties = propertiesOf(body);
      expect(properties).to.deep.include(['child', 'CASH', 'Cash']);
      expect(properties).to.deep.include(['notSelectable', true]);
      expect(properties.some(([code]) => code === 'definition')).to.equal(true);
      expect(propertiesOf((await lookup({ system: `${v3}ActCode`, code: 'CASH' })).body)).to.deep.include([
        'parent',
        '_ActAccountCode',
        'ActAccountCode',
      ]);
    });

    it('gives only the properties asked for', async () => {
      const { body } = await lookup({ system: `${hl7}observation-status`, code: 'final', property: 'definition' });
      expect(propertiesOf(body).map(([code]) => code)).to.deep.equal(['definition']);
    });

    it('gives designations, and the display in a language', async () => {
      const { body } = await lookup({ system: colours, code: 'red', displayLanguage: 'it' });
      expect(valuesOf(body)).to.include({ display: 'Rosso', version: '2', name: 'Colours' });
      expect(body.parameter).to.deep.include({
        name: 'designation',
        part: [
          { name: 'language', valueCode: 'it' },
          { name: 'value', valueString: 'Rosso' },
        ],
      });
    });

    it('takes a Coding', async () => {
      const body = parameters({ name: 'coding', valueCoding: { system: classes, code: 'PRS' } });
      expect(valuesOf((await ask({ path: 'CodeSystem/$lookup', body })).body)).to.include({ display: 'Prescrizione' });
    });

    const refused: readonly (readonly [what: string, query: Readonly<Record<string, string>>, status: number])[] = [
      ['an unknown code', { system: `${hl7}observation-status`, code: 'done' }, 404],
      ['an unknown system', { system: 'https://nowhere.example/x', code: 'x' }, 404],
      ['a version that is not here', { system: `${hl7}observation-status`, code: 'final', version: '3.0.0' }, 404],
      ['a licensed system', { system: 'http://loinc.org', code: '1963-8' }, 422],
      ['a code without system', { code: 'x' }, 400],
      ['no code', { system: `${hl7}observation-status` }, 400],
    ];
    for (const [what, query, status] of refused) {
      it(`${what} is ${status}`, async () => {
        const answer = await lookup(query);
        expect(answer.status).to.equal(status);
        expect(answer.body.resourceType).to.equal('OperationOutcome');
      });
    }

    it('is offered on the type alone', async () =>
      expect((await ask({ path: 'CodeSystem/colours/$lookup' })).status).to.equal(404));
  });

  describe('codesystem-operation-subsumes.html', () => {
    const subsumes = (codeA: string, codeB: string, system = `${v3}ActCode`) =>
      ask({ path: 'CodeSystem/$subsumes', query: { system, codeA, codeB } });
    const rows: readonly (readonly [a: string, b: string, outcome: string, system?: string])[] = [
      ['_ActAccountCode', 'CASH', 'subsumes'],
      ['CASH', '_ActAccountCode', 'subsumed-by'],
      ['CASH', 'CASH', 'equivalent'],
      ['CASH', 'AMB', 'not-subsumed'],
      ['ACT', 'OBS', 'subsumes', `${v3}ActClass`],
      ['red', 'crimson', 'subsumes', colours],
    ];
    for (const [a, b, outcome, system] of rows) {
      it(`${a} and ${b}: ${outcome}`, async () =>
        expect(valuesOf((await subsumes(a, b, system)).body)).to.deep.equal({ outcome }));
    }

    it('takes Codings, and an instance', async () => {
      const codings = parameters(
        { name: 'codingA', valueCoding: { system: colours, code: 'crimson' } },
        { name: 'codingB', valueCoding: { system: colours, code: 'red' } },
      );
      expect(valuesOf((await ask({ path: 'CodeSystem/$subsumes', body: codings })).body)).to.deep.equal({
        outcome: 'subsumed-by',
      });
      const instance = await ask({ path: 'CodeSystem/colours/$subsumes', query: { codeA: 'red', codeB: 'shade' } });
      expect(valuesOf(instance.body)).to.deep.equal({ outcome: 'not-subsumed' });
    });

    it('refuses unknown codes (404), two systems (400), and what a fragment cannot tell (422)', async () => {
      expect((await subsumes('CASH', 'none')).status).to.equal(404);
      const two = parameters(
        { name: 'codingA', valueCoding: { system: colours, code: 'red' } },
        { name: 'codingB', valueCoding: { system: 'urn:x', code: 'x' } },
      );
      expect((await ask({ path: 'CodeSystem/$subsumes', body: two })).status).to.equal(400);
      expect((await subsumes('P97', 'P98', 'urn:oid:2.16.840.1.113883.2.9.3.3.6.1.3')).status).to.equal(422);
    });
  });

  describe('conceptmap-operation-translate.html', () => {
    const translate = (query: Readonly<Record<string, string>>) => ask({ path: 'ConceptMap/$translate', query });
    const matchesOf = (body: { parameter: readonly { name: string; part?: readonly Record<string, unknown>[] }[] }) =>
      body.parameter
        .filter(({ name }) => name === 'match')
        .map(({ part }) => Object.fromEntries((part ?? []).map(({ name, ...value }) => [String(name), Object.values(value)[0]])));
    const home = { system: `${hl7}address-use`, code: 'home' };

    it("answers the specification's example", async () => {
      const { status, body } = await translate({ url: `${hl7}ConceptMap/101`, ...home });
      expect(status).to.equal(200);
      expect(valuesOf(body)).to.include({ result: true });
      expect(matchesOf(body)).to.deep.equal([
        {
          equivalence: 'equivalent',
          concept: { system: `${v3}AddressUse`, code: 'H', display: 'home' },
          source: `${hl7}ConceptMap/101`,
        },
      ]);
    });

    it('finds the map by the value sets, and reads it backwards', async () => {
      const between = { source: `${hl7}ValueSet/address-use`, target: 'http://terminology.hl7.org/ValueSet/v3-AddressUse' };
      expect(valuesOf((await translate({ ...between, ...home })).body)).to.include({ result: true });
      const back = await translate({
        url: `${hl7}ConceptMap/101`,
        reverse: 'true',
        system: `${v3}AddressUse`,
        code: 'H',
      });
      expect(matchesOf(back.body)[0]?.['concept']).to.include({ code: 'home' });
    });

    it('gives the class of a document of the FSE', async () => {
      const query = { url: `${fascicolo}ConceptMap/document-class`, system: 'http://loinc.org', code: '57833-6' };
      expect(matchesOf((await translate(query)).body)[0]).to.deep.include({
        equivalence: 'wider',
        concept: { system: classes, code: 'PRS', display: 'Prescrizione' },
      });
      const back = await translate({ ...query, reverse: 'true', system: classes, code: 'PRS' });
      expect(matchesOf(back.body).map(({ equivalence }) => equivalence)).to.deep.equal(['narrower', 'narrower', 'narrower']);
    });

    it('says that a code has no counterpart, and follows what a map says of codes it does not list', async () => {
      const stored = (code: string) => ask({ path: 'ConceptMap/colours/$translate', query: { system: colours, code } });
      expect(valuesOf((await stored('shade')).body)).to.include({ result: false });
      expect(matchesOf((await stored('shade')).body)[0]).to.include({ equivalence: 'unmatched' });
      expect(matchesOf((await stored('crimson')).body)[0]).to.deep.include({ concept: { system: 'urn:tone', code: 'any' } });
      const none = await translate({ url: `${hl7}ConceptMap/cm-administrative-gender-v3`, ...home });
      expect(valuesOf(none.body)).to.include({ result: false, message: 'No map has an entry for the code.' });
    });

    it('refuses an unknown map (404), no map and no code (400)', async () => {
      expect((await translate({ url: 'https://nowhere.example/x', ...home })).status).to.equal(404);
      expect((await translate(home)).status).to.equal(400);
      expect((await translate({ url: `${hl7}ConceptMap/101` })).status).to.equal(400);
    });
  });

  describe('access', () => {
    const expandStored = { path: 'ValueSet/$expand', query: { url: 'https://stored.example/ValueSet/colours' } };
    const expandOwn = { path: 'ValueSet/$expand', query: { url: `${hl7}ValueSet/administrative-gender` } };

    it('needs a token', async () => expect((await ask({ ...expandOwn, token: null })).status).to.equal(401));

    it("is open to a patient's app", async () => {
      const token = await server.token('patient/*.rs', { patient: '1' });
      for (const asked of [expandStored, expandOwn, { path: 'ValueSet/colours/$expand' }])
        expect((await ask({ ...asked, token })).status).to.equal(200);
    });

    it('shows of stored definitions nothing to whom may not read them', async () => {
      const token = await server.token('system/Patient.rs');
      expect((await ask({ ...expandOwn, token })).status).to.equal(200);
      expect((await ask({ ...expandStored, token })).status).to.equal(404);
      expect((await ask({ path: 'ValueSet/colours/$expand', token })).status).to.equal(403);
    });

    it('works in a batch, and is claimed', async () => {
      const entry = [{ request: { method: 'GET', url: `ValueSet/$expand?url=${hl7}ValueSet/administrative-gender` } }];
      const { body } = await server.fetchFhir('', { method: 'POST', body: { resourceType: 'Bundle', type: 'batch', entry } });
      expect(body.entry[0].resource.expansion.total).to.equal(4);
      const statement = (await server.fetchFhir('metadata')).body;
      const claimed = (type: string) =>
        statement.rest[0].resource
          .find((resource: { type: string }) => resource.type === type)
          .operation.map(({ definition }: { definition: string }) => definition.replace(`${hl7}OperationDefinition/`, ''));
      expect(claimed('ValueSet')).to.include.members(['ValueSet-expand', 'ValueSet-validate-code']);
      expect(claimed('CodeSystem')).to.include.members(['CodeSystem-lookup', 'CodeSystem-subsumes', 'CodeSystem-validate-code']);
      expect(claimed('ConceptMap')).to.include('ConceptMap-translate');
    });
  });
});
