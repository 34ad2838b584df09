/** $expand over HTTP. https://hl7.org/fhir/R4/valueset-operation-expand.html */
import { expect } from 'chai';
import { type Asked, classes, colours, fascicolo, hl7, parameters, type Query, v3, withTerminology } from './fixture.ts';

/** As JSON has it. */
interface Contains {
  readonly system: string;
  readonly code: string;
  readonly display?: string;
  readonly designation?: readonly object[];
  readonly contains?: readonly Contains[];
}

describe('valueset-operation-expand.html', () => {
  const { ask } = withTerminology();
  const codes = (list: readonly Contains[] | undefined): readonly string[] =>
    (list ?? []).flatMap(({ code, contains }) => [code, ...codes(contains)]);
  const expand = (query: Query) => ask({ path: 'ValueSet/$expand', query });

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
    expect(flat.body.expansion.contains.map(({ code }: Contains) => code)).to.deep.equal(['red', 'crimson', 'old-rose', 'shade']);
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
