/** https://hl7.org/fhir/R4/observation-operation-lastn.html over HTTP */
import { expect } from 'chai';
import { bundle, describeOnStores, entry, observation, patient, unique } from '../spec/on-stores.ts';
import { keysOf, openTwoPatients, type TwoPatients } from '../support/two-patients.ts';

interface Sample {
  readonly id: string;
  readonly codes: readonly string[];
  readonly at?: string;
  readonly more?: object;
}

const samples: readonly Sample[] = [
  { id: 't1', codes: ['temp'], at: '2026-01-01T08:00:00Z' },
  { id: 't2', codes: ['temp'], at: '2026-01-02T08:00:00Z' },
  { id: 't3', codes: ['temp'], at: '2026-01-03T08:00:00Z' },
  { id: 't4', codes: ['temp'], at: '2026-01-04T08:00:00Z', more: { status: 'entered-in-error' } },
  { id: 'w1', codes: ['weight'], at: '2025-12-01T08:00:00Z' },
  { id: 'w2', codes: ['peso', 'weight'], at: '2026-02-01T08:00:00Z' },
  { id: 'w3', codes: ['peso'], at: '2025-11-01T08:00:00Z' },
  { id: 'p1', codes: ['pulse'], at: '2026-01-10T08:00:00Z' },
  { id: 'p2', codes: ['pulse'], at: '2026-01-10T09:00:00+01:00' },
  { id: 'p3', codes: ['pulse'], at: '2026-01-09T08:00:00Z' },
  { id: 'n1', codes: ['undated'] },
  { id: 'l1', codes: ['lab'], at: '2026-03-01', more: { category: [{ coding: [{ code: 'laboratory' }] }] } },
];

describeOnStores(
  'Observation/$lastn',
  (server) => {
    before(async () => {
      const puts = samples.map(({ id, codes, at, more }) => {
        const resource = observation('Patient/ln', {
          id: `ln-${id}`,
          category: [{ coding: [{ code: 'vital-signs' }] }],
          code: { coding: codes.map((code) => ({ system: 'urn:test', code })) },
          ...(at === undefined ? {} : { effectiveDateTime: at }),
          performer: [{ reference: 'Practitioner/ln-doc' }],
          ...more,
        });
        return entry(`PUT Observation/ln-${id}`, resource);
      });
      const others = [
        entry('PUT Patient/ln', { ...patient(unique()), id: 'ln' }),
        entry('PUT Patient/ln-b', { ...patient(unique()), id: 'ln-b' }),
        entry('PUT Practitioner/ln-doc', { resourceType: 'Practitioner', id: 'ln-doc', name: [{ family: 'Curante' }] }),
        entry(
          'PUT Observation/ln-b1',
          observation('Patient/ln-b', { id: 'ln-b1', effectiveDateTime: '2026-05-01', code: { text: 'x' } }),
        ),
      ];
      const answer = await server().fetchFhir('', { method: 'POST', body: bundle('transaction', ...others, ...puts) });
      expect(answer.status, answer.text).to.equal(200);
    });

    const shown = async (query: string) => {
      const keys = keysOf(await server().fetchFhir(`Observation/$lastn?${query}`), 'match');
      return keys.map((key) => key.replace('Observation/ln-', '')).join(' ');
    };

    const cases: readonly (readonly [what: string, query: string, expected: string])[] = [
      [
        '"if no maximum number is given then only the most recent Observation in each group", most recent first, ties both',
        'patient=ln&category=vital-signs',
        'w2 p1 p2 t4 n1',
      ],
      [
        'max=2 gives two of each group, codes that one observation translates being one group',
        'subject=Patient/ln&category=vital-signs&max=2',
        'w2 p1 p2 t4 t3 w1 n1',
      ],
      [
        'max=3: "In case of a tie [...] more Observations may be returned than is specified"',
        'patient=ln&code=pulse,temp&max=3',
        'p1 p2 p3 t4 t3 t2',
      ],
      ['a code in place of a category', 'patient=Patient/ln&code=urn:test|temp', 't4'],
      ['a code inside a composite', 'patient=ln&combo-code=lab', 'l1'],
      [
        '"If not explicitly filtered by status then will include statuses of entered-in-error"',
        'patient=ln&code=temp&status=final',
        't3',
      ],
      ['other search parameters and modifiers', 'patient=ln&category=vital-signs&date=lt2026-01-03&code:not=pulse', 't2 w1 w3'],
      ['no match: "an empty search set with no error"', 'patient=ln&code=nothing', ''],
      ['a chained subject', 'subject:Patient._id=ln&code=temp', 't4'],
    ];
    for (const [what, query, expected] of cases) it(what, async () => expect(await shown(query)).to.equal(expected));

    it('takes its parameters from a POST too', async () => {
      const parameter = [
        { name: 'patient', valueString: 'ln' },
        { name: 'code', valueString: 'temp' },
        { name: 'max', valuePositiveInt: 2 },
      ];
      const answer = await server().fetchFhir('Observation/$lastn', {
        method: 'POST',
        body: { resourceType: 'Parameters', parameter },
      });
      expect(keysOf(answer)).to.deep.equal(['Observation/ln-t4', 'Observation/ln-t3']);
      expect(answer.body.link[0].url).to.equal(`${server().baseUrl}/Observation/$lastn?patient=ln&code=temp&max=2`);
    });

    it('says how many there are, includes, and reduces as a search does', async () => {
      const answer = await server().fetchFhir(
        'Observation/$lastn?patient=ln&code=temp&_include=Observation:performer&_elements=code',
      );
      expect(answer.body.total).to.equal(1);
      expect(keysOf(answer, 'include')).to.deep.equal(['Practitioner/ln-doc']);
      expect(answer.body.entry[0].resource).to.have.property('code').and.not.to.equal(undefined);
      expect(answer.body.entry[0].resource).to.not.have.property('effectiveDateTime');
      const count = await server().fetchFhir('Observation/$lastn?patient=ln&category=vital-signs&max=2&_summary=count');
      expect([count.body.total, count.body.entry]).to.deep.equal([7, undefined]);
    });

    it('pages by _count, each once', async () => {
      const names: string[] = [];
      let path: string | undefined = 'Observation/$lastn?patient=ln&category=vital-signs&max=2&_count=3';
      while (path !== undefined) {
        const answer = await server().fetchFhir(path);
        names.push(...keysOf(answer).map((key) => key.replace('Observation/ln-', '')));
        const next = answer.body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
        path = next === undefined ? undefined : `${new URL(next).pathname}${new URL(next).search}`;
      }
      expect(names.join(' ')).to.equal('w2 p1 p2 t4 t3 w1 n1');
    });

    const refusals: readonly (readonly [query: string, code: string, text: RegExp])[] = [
      ['category=vital-signs', 'required', /needs a subject/],
      ['patient=ln', 'required', /needs 'category'/],
      ['patient=ln&status=final', 'required', /needs 'category'/],
      ['patient=ln&code=temp&max=0', 'value', /'max' must be/],
      ['patient=ln&code=temp&max=1&max=2', 'value', /more than once/],
      ['patient=ln&code=temp&_sort=date', 'value', /_sort/],
      ['patient=ln&code=temp&date=yesterday', 'value', /date/],
    ];
    for (const [query, code, text] of refusals) {
      it(`refuses ${query} with 400 ${code}`, async () => {
        const answer = await server().fetchFhir(`Observation/$lastn?${query}`);
        expect([answer.status, answer.body.issue[0].code]).to.deep.equal([400, code]);
        expect(answer.body.issue[0].details.text).to.match(text);
      });
    }

    it('works in a batch, needs the right to search, and is no operation of other types', async () => {
      const body = bundle('batch', entry('GET Observation/$lastn?patient=ln&code=temp'));
      const answer = await server().fetchFhir('', { method: 'POST', body });
      expect(answer.body.entry[0].resource.entry[0].resource.id).to.equal('ln-t4');
      const token = await server().token('system/Observation.r');
      expect((await server().fetchFhir('Observation/$lastn?patient=ln&code=temp', { token })).status).to.equal(403);
      expect((await server().fetchFhir('Condition/$lastn?patient=ln&code=temp')).status).to.equal(404);
    });
  },
  { environment: { VALIDATION: 'base' } },
);

describe('$lastn under a patient’s token', () => {
  let two: TwoPatients;
  before(async () => {
    two = await openTwoPatients({ store: 'embedded' });
  });
  after(() => two.close());

  it('finds the patient’s own observations alone', async () => {
    expect(keysOf(await two.asA('Observation/$lastn?patient=A&code=c1'))).to.deep.equal(['Observation/from-B-to-A']);
    expect(keysOf(await two.asA('Observation/$lastn?patient=A,B&code=c1&max=9'))).to.have.members([
      'Observation/of-A',
      'Observation/of-A-by-B',
      'Observation/from-B-to-A',
    ]);
    expect(keysOf(await two.asA('Observation/$lastn?patient=B&code=c1'))).to.deep.equal([]);
  });
});
