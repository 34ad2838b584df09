import { expect } from 'chai';
import { forbidden } from '../../src/fhir/outcome.ts';
import { readCursor } from '../../src/search/parse-query.ts';
import { parse, refusal } from './fixture.ts';

describe('parseQuery', () => {
  describe('search.html#errors: unknown parameters', () => {
    it('are an error under handling=strict', () => {
      const error = refusal('Patient', 'famly=rossi');
      expect(error.issues).to.deep.equal([
        {
          severity: 'error',
          code: 'not-supported',
          text: "'famly' is no search parameter on Patient. Did you mean 'family'?",
          expression: 'http.famly',
        },
      ]);
    });
    it('are left out of the self link and named under handling=lenient', () => {
      const parsed = parse('Patient', 'famly=rossi&gender=male', { strict: false });
      expect(parsed.applied).to.deep.equal([['gender', 'male']]);
      expect(parsed.ignored.map(({ text }) => text)).to.deep.equal([
        "'famly' is no search parameter on Patient. Did you mean 'family'? It was left out.",
      ]);
      expect(parsed.criterion).to.deep.equal(parse('Patient', 'gender=male').criterion);
    });
    it('with a modifier too', () => expect(parse('Patient', 'famly:exact=x', { strict: false }).ignored).to.have.length(1));
    it('"SHALL refuse to process a search request if they do not recognize the _query parameter value"', () => {
      expect(refusal('Patient', '_query=name', { strict: false }).status).to.equal(400);
    });
    it('_contains is not known', () => expect(parse('Patient', '_contains=x', { strict: false }).ignored).to.have.length(1));
  });

  describe('"Empty parameters are not an error - they are just ignored by the server"', () => {
    it('even under handling=strict, and the answer says so', () => {
      const parsed = parse('Patient', 'family=&gender=male');
      expect(parsed.applied).to.deep.equal([['gender', 'male']]);
      expect(parsed.ignored[0]?.text).to.equal("The parameter 'family' has no value and was left out.");
    });
  });

  describe('always 400, also under handling=lenient', () => {
    const rows: readonly (readonly [type: string, query: string, sentence: RegExp])[] = [
      [
        'Observation',
        'patient.famly=rossi',
        /Patient has no search parameter 'famly'. Did you mean 'family'\?|No type that the chain leads to/,
      ],
      ['Observation', 'subject:Patient.famly=rossi', /Patient has no search parameter 'famly'. Did you mean 'family'\?/],
      [
        'Observation',
        'subject.famly=rossi',
        /No type that the chain leads to has a search parameter 'famly'. Did you mean 'family'\?/,
      ],
      [
        'Observation',
        'pateint.family=rossi',
        /Observation has no reference search parameter 'pateint'. Did you mean 'patient'\?/,
      ],
      ['Observation', 'code.text=rossi', /'code' of Observation is no reference/],
      ['Observation', 'subject:Practitioner.name=x', /does not lead to 'Practitioner' but to/],
      ['Observation', 'subject:Patient.=x', /can't be read/],
      ['Patient', '_has:Observation:patient:cod=x', /Observation has no search parameter 'cod'. Did you mean 'code'\?/],
      ['Patient', '_has:Observation:pateint:code=x', /no reference search parameter 'pateint'/],
      ['Patient', '_has:Observatoin:patient:code=x', /'Observatoin' is not a resource type. Did you mean 'Observation'\?/],
      ['Patient', '_has:Observation:patient=x', /is written '_has:\[type\]/],
      ['Patient', '_has:Observation:device:code=x', /does not lead to 'Patient' but to/],
      ['Patient', '_has=x', /is written '_has:\[type\]/],
      ['Observation', 'subject._has=x', /is written '_has:\[type\]/],
      ['Patient', '_type:not=Patient', /'_type' takes no modifier/],
      ['Patient', '_format:x=json', /'_format' takes no modifier/],
      ['Patient', '_sort=famly', /Patient has no search parameter 'famly'. Did you mean 'family'\?/],
      ['Patient', '_sort=-', /has no search parameter ''/],
      [
        'Observation',
        '_sort=code-value-quantity',
        /nothing can be sorted by 'code-value-quantity', a parameter of type composite/,
      ],
      ['Observation', '_sort=code,date,status,category,_id', /at most 4 keys/],
      ['Patient', '_sort=family,,given', /empty name in its list/],
      ['Patient', '_elements=nam', /has no element 'nam' at its root. Did you mean 'name'\?/],
      ['Patient', '_elements=name.family', /has no element 'name.family'/],
      ['Observation', '_include=Observation:pateint', /no reference search parameter 'pateint'. Did you mean 'patient'\?/],
      ['Observation', '_include=Observation', /is written '\[type\]:\[reference parameter\]'/],
      ['Observation', '_include=Observation:code', /is no reference/],
      ['Observation', '_include=Observatoin:patient', /'Observatoin' is not a resource type/],
      ['Observation', '_include=Observation:subject:Practitioner', /does not lead to 'Practitioner'/],
      [
        'Observation',
        '_include=Patient:organization',
        /it starts from Patient, not from Observation searched; to follow what was included write '_include:iterate'/,
      ],
      ['Observation', '_include:recurse=Observation:patient', /no modifier but ':iterate'/],
      ['Patient', '_revinclude=Observation:device', /Observation:device does not lead to Patient searched/],
      ['Patient', '_count=-1', /whole number/],
      ['Patient', '_count=ten', /whole number/],
      ['Patient', '_count:exact=1', /takes no modifier/],
      ['Patient', '_count=1&_count=2', /more than once/],
      ['Patient', '_total=exact', /none, estimate, accurate/],
      ['Patient', '_summary=yes', /true, text, data, count, false/],
      ['Patient', '_summary=true&_elements=name', /can't be combined/],
      ['Observation', '_summary=text&_include=Observation:patient', /can't be mixed/],
      ['Patient', '_contained=true', /containers only/],
      ['Patient', 'birthdate=gt', /no date/],
      ['Patient', 'gender:nota=male', /':nota' is not supported/],
    ];
    for (const [type, query, sentence] of rows) {
      it(`${type}?${query}`, () => {
        const error = refusal(type, query, { strict: false });
        expect(error.status).to.equal(400);
        expect(error.message).to.match(sentence);
      });
    }
  });

  it('names every fault at once', () => {
    const error = refusal('Patient', 'birthdate=x&famly=y&_count=z&gender:bad=1');
    expect(error.issues.map((issue) => issue.expression)).to.deep.equal([
      'http.birthdate',
      'http.famly',
      'http.gender',
      'http._count',
    ]);
  });

  describe('limits', () => {
    it('at most 100 parameters', () => expect(refusal('Patient', 'family=a&'.repeat(101)).message).to.match(/at most 100/));
    it('at most 500 values', () => {
      const error = refusalOf(() => parse('Patient', `family=${Array.from({ length: 501 }, () => 'a').join(',')}`));
      expect([error.status, error.message]).to.deep.equal([
        422,
        "Search parameter 'family': at most 500 values may be given at once.",
      ]);
    });
    it('at most 3 links', () => {
      expect(parse('Observation', 'encounter.part-of.part-of.status=x').criterion.kind).to.equal('chain');
      expect(refusalOf(() => parse('Observation', 'encounter.part-of.part-of.part-of.status=x')).status).to.equal(422);
    });
  });

  describe('search.html#return', () => {
    it('has its defaults', () => {
      expect(parse('Patient', '')).to.deep.include({
        sort: [],
        count: 20,
        total: 'none',
        summary: 'false',
        elements: [],
        includes: [],
        applied: [],
        ignored: [],
      });
    });
    it('_count: never more than 1000', () => {
      const counts = ['5', '5000', '99999999999'].map((count) => parse('Patient', `_count=${count}`).count);
      expect(counts).to.deep.equal([5, 1000, 1000]);
    });
    for (const query of ['_count=0', '_summary=count', '_count=0&_total=none']) {
      it(`${query}: "this shall be treated the same as _summary=count"`, () => {
        expect(parse('Patient', query)).to.deep.include({ count: 0, total: 'accurate', summary: 'count' });
      });
    }
    it('_sort: several keys, both directions, repeated', () => {
      expect(parse('Observation', '_sort=status,-date&_sort=_lastUpdated,-_id').sort).to.deep.equal([
        { parameter: 'status', shape: 'token', descending: false },
        { parameter: 'date', shape: 'range', descending: true },
        { parameter: '_lastUpdated', shape: 'range', descending: false },
        { parameter: '_id', shape: 'token', descending: true },
      ]);
    });
    it('_elements: names of the root, with or without [x]', () => {
      expect(parse('Observation', '_elements=status,value[x],value').elements).to.deep.equal(['status', 'value']);
    });
    it('_include and _revinclude', () => {
      const query =
        '_include=Observation:subject:Patient&_include:iterate=Patient:organization&_revinclude=Provenance:target&_include=*&_revinclude:iterate=Observation:*';
      expect(parse('Observation', query).includes).to.deep.equal([
        { reverse: false, iterate: false, source: 'Observation', parameter: 'subject', target: 'Patient' },
        { reverse: false, iterate: true, source: 'Patient', parameter: 'organization' },
        { reverse: true, iterate: false, source: 'Provenance', parameter: 'target' },
        { reverse: false, iterate: false, source: '*', parameter: '*' },
        { reverse: true, iterate: true, source: 'Observation', parameter: '*' },
      ]);
    });
    it('the same result parameter twice with one value is one', () =>
      expect(parse('Patient', '_count=5&_count=5').count).to.equal(5));
    it('_format and _pretty are kept for the links and not searched by', () => {
      const parsed = parse('Patient', '_format=json&_pretty=true&gender=male');
      expect(parsed.applied.map(([name]) => name)).to.deep.equal(['_format', '_pretty', 'gender']);
      expect(parsed.criterion.kind).to.equal('has');
    });
  });

  describe('several types: "all other search parameters SHALL be common to all provided types"', () => {
    it('takes a parameter that all have, once where it means the same', () => {
      expect(parse(['Patient', 'Practitioner'], 'family=rossi').criterion).to.deep.equal(
        parse('Patient', 'family=rossi').criterion,
      );
    });
    it('keeps the types apart where it means something else', () => {
      expect(parse(['Observation', 'Encounter'], 'subject=1').criterion.kind).to.equal('or');
    });
    it('refuses one that only some have, also under handling=lenient: left out, everything would be found', () =>
      expect(() => parse(['Patient', 'Observation'], 'family=rossi', { strict: false })).to.throw(
        "'family' is no search parameter on all types searched; '_type' says which types to search.",
      ));
    it('_text, which all resources have, finds none of those without a narrative', () => {
      expect(parse(['Bundle', 'Patient'], '_text=a').criterion).to.deep.equal({
        kind: 'and',
        of: [{ kind: 'type', types: ['Patient'] }, parse('Patient', '_text=a').criterion],
      });
      expect(() => parse('Bundle', '_text=a')).to.throw(/no search parameter on Bundle/);
    });
    it('leaves out what none has', () =>
      expect(parse(['Patient', 'Observation'], 'famlee=rossi', { strict: false }).ignored).to.have.length(1));
    it('refuses to sort by it', () =>
      expect(() => parse(['Patient', 'Observation'], '_sort=family')).to.throw(/Observation has no search parameter 'family'/));
  });

  it('passes on that the caller may not search', () => {
    const border = () => {
      throw forbidden('no');
    };
    expect(() => parse('Observation', 'subject:Patient.name=x', { border })).to.throw('no');
    expect(() => parse('Patient', '_has:Observation:patient:code=x', { border })).to.throw('no');
  });

  describe('readCursor', () => {
    it('finds the cursor, beside general parameters', () =>
      expect(
        readCursor([
          ['_format', 'json'],
          ['_cursor', 'x'],
        ]),
      ).to.equal('x'));
    it('is undefined in any other query', () => expect(readCursor([['name', 'x']])).to.equal(undefined));
    it('refuses other parameters beside it', () =>
      expect(() =>
        readCursor([
          ['_cursor', 'x'],
          ['name', 'y'],
        ]),
      ).to.throw(/followed as it is/));
  });
});

function refusalOf(read: () => unknown) {
  try {
    read();
  } catch (error) {
    return error as { status: number; message: string };
  }
  return expect.fail('It was understood.');
}
