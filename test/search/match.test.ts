import { expect } from 'chai';
import type { Criterion, RangeComparison, SortKey, Test } from '../../src/search/criterion.ts';
import { type IndexEntry, openHigh, openLow } from '../../src/search/index-entry.ts';
import { type Candidate, compareRanges, extendsPath, type Lookup, matches } from '../../src/search/match.ts';
import { comparePlaces, compareValues, placeOf, sortValue } from '../../src/search/order.ts';

type Range = readonly [low: number, high: number];

const day = (text: string): Range => [Date.parse(`${text}T00:00:00Z`), Date.parse(`${text}T23:59:59.999Z`)];
const minute = (text: string): Range => [Date.parse(`${text}:00Z`), Date.parse(`${text}:59.999Z`)];
const from = (text: string): Range => [day(text)[0], openHigh];
const until = (text: string): Range => [openLow, day(text)[1]];

describe('search.html#date', () => {
  /** The rows of the specification's table: prefix and asked value, stored value, whether it is found. */
  const rows: readonly (readonly [RangeComparison, Range, string, Range, boolean])[] = [
    ['eq', day('2013-01-14'), '2013-01-14T00:00 matches (obviously)', minute('2013-01-14T00:00'), true],
    ['eq', day('2013-01-14'), '2013-01-14T10:00 matches', minute('2013-01-14T10:00'), true],
    ['eq', day('2013-01-14'), '2013-01-15T00:00 does not match - it is not in the range', minute('2013-01-15T00:00'), false],
    ['ne', day('2013-01-14'), '2013-01-15T00:00 matches - it is not in the range', minute('2013-01-15T00:00'), true],
    ['ne', day('2013-01-14'), '2013-01-14T00:00 does not match - it is in the range', minute('2013-01-14T00:00'), false],
    ['ne', day('2013-01-14'), '2013-01-14T10:00 does not match - it is in the range', minute('2013-01-14T10:00'), false],
    [
      'lt',
      minute('2013-01-14T10:00'),
      '2013-01-14 matches, because it includes the part of 14-Jan 2013 before that time',
      day('2013-01-14'),
      true,
    ],
    [
      'gt',
      minute('2013-01-14T10:00'),
      '2013-01-14 matches, because it includes the part of 14-Jan 2013 after that time',
      day('2013-01-14'),
      true,
    ],
    [
      'ge',
      day('2013-03-14'),
      'from 21-Jan 2013 onwards is included because that period may include times after 14-Mar 2013',
      from('2013-01-21'),
      true,
    ],
    [
      'le',
      day('2013-03-14'),
      'from 21-Jan 2013 onwards is included because that period may include times before 14-Mar 2013',
      from('2013-01-21'),
      true,
    ],
    [
      'sa',
      day('2013-03-14'),
      'from 15-Mar 2013 onwards is included because that period starts after 14-Mar 2013',
      from('2013-03-15'),
      true,
    ],
    [
      'sa',
      day('2013-03-14'),
      'from 21-Jan 2013 onwards is not included because that period starts before 14-Mar 2013',
      from('2013-01-21'),
      false,
    ],
    [
      'sa',
      day('2013-03-14'),
      'before and including 21-Jan 2013 is not included because that period starts (and ends) before 14-Mar 2013',
      until('2013-01-21'),
      false,
    ],
    [
      'eb',
      day('2013-03-14'),
      'from 15-Mar 2013 onwards is not included because that period starts after 14-Mar 2013',
      from('2013-03-15'),
      false,
    ],
    [
      'eb',
      day('2013-03-14'),
      'from 21-Jan 2013 onwards is not included because it ends after 14-Mar 2013',
      from('2013-01-21'),
      false,
    ],
    [
      'eb',
      day('2013-03-14'),
      'before and including 21-Jan 2013 is included because that period ends before 14-Mar 2013',
      until('2013-01-21'),
      true,
    ],
    ['ap', day('2013-03-14'), '14-Mar 2013 is included', day('2013-03-14'), true],
    ['ap', day('2013-03-14'), 'from 21-Jan 2013 onwards is included, because that is near 14-Mar 2013', from('2013-01-21'), true],
    ['ap', day('2013-03-14'), '15-Mar 2015 is not included', day('2015-03-15'), false],
  ];
  for (const [comparison, [askedLow, askedHigh], sentence, [low, high], expected] of rows) {
    it(`${comparison}: ${sentence}`, () => {
      expect(compareRanges(comparison, low, high, askedLow, askedHigh)).to.equal(expected);
    });
  }
});

describe('search.html#prefix', () => {
  /** Stored against asked [10, 20]: the comparisons that hold. */
  const rows: readonly (readonly [string, Range, string])[] = [
    ['the same', [10, 20], 'eq ge le ap'],
    ['inside', [12, 18], 'eq ge le ap'],
    ['a point inside', [15, 15], 'eq ge le ap'],
    ['a point at the low end', [10, 10], 'eq ge le ap'],
    ['a point at the high end', [20, 20], 'eq ge le ap'],
    ['around', [5, 25], 'ne gt lt ge le ap'],
    ['reaching out above', [15, 25], 'ne gt ge ap'],
    ['reaching out below', [5, 15], 'ne lt le ap'],
    ['touching above', [20, 25], 'ne gt ge ap'],
    ['touching below', [5, 10], 'ne lt le ap'],
    ['wholly above', [21, 25], 'ne gt ge sa'],
    ['wholly below', [5, 9], 'ne lt le eb'],
    ['everything', [openLow, openHigh], 'ne gt lt ge le ap'],
  ];
  const comparisons: readonly RangeComparison[] = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];
  for (const [title, [low, high], expected] of rows) {
    it(`a stored range ${title}: ${expected}`, () => {
      expect(comparisons.filter((comparison) => compareRanges(comparison, low, high, 10, 20)).join(' ')).to.equal(expected);
    });
  }

  it('ge is gt or eq, le is lt or eq, ne is not eq, whatever the ranges', () => {
    const ends = [openLow, 1, 2, 3, 4, openHigh];
    const ranges = ends.flatMap((low) => ends.filter((high) => high >= low).map((high): Range => [low, high]));
    for (const [low, high] of ranges) {
      for (const [askedLow, askedHigh] of ranges) {
        const holds = (comparison: RangeComparison) => compareRanges(comparison, low, high, askedLow, askedHigh);
        expect(holds('ge')).to.equal(holds('gt') || holds('eq'));
        expect(holds('le')).to.equal(holds('lt') || holds('eq'));
        expect(holds('ne')).to.equal(!holds('eq'));
        if (holds('sa')) expect(holds('gt')).to.equal(true);
        if (holds('eb')) expect(holds('lt')).to.equal(true);
        expect(holds('ap')).to.equal(!holds('sa') && !holds('eb'));
      }
    }
  });
});

describe('search.html#uri', () => {
  for (const [longer, shorter, expected] of [
    ['http://acme.org/fhir/ValueSet/1', 'http://acme.org/fhir', true],
    ['http://acme.org/fhir/ValueSet/1', 'http://acme.org/fhir/', true],
    ['http://acme.org/fhir', 'http://acme.org/fhir', true],
    ['http://acme.org/fhirs', 'http://acme.org/fhir', false],
    ['http://acme.org/fhir', 'http://acme.org/fhir/', false],
    ['http://acme.org/FHIR/1', 'http://acme.org/fhir', false],
    ['urn:oid:1.2.3', 'urn:oid:1.2', false],
  ] as const) {
    it(`${longer} ${expected ? 'is' : 'is not'} below ${shorter}`, () => expect(extendsPath(longer, shorter)).to.equal(expected));
  }
});

const entry = {
  token: (parameter: string, code: string, element = 0): IndexEntry => ({
    shape: 'token',
    parameter,
    element,
    system: 's',
    code,
  }),
  point: (parameter: string, at: number, element = 0, unit = ''): IndexEntry => ({
    shape: 'range',
    parameter,
    element,
    low: at,
    high: at,
    unit,
  }),
  reference: (parameter: string, target: string): IndexEntry => ({ shape: 'reference', parameter, element: 0, target }),
  text: (parameter: string, value: string): IndexEntry => ({ shape: 'string', parameter, element: 0, value, exact: value }),
};

function candidate(name: string, entries: readonly IndexEntry[] = [], more: Partial<Candidate> = {}): Candidate {
  const [type = '', id = ''] = name.split('/');
  return { key: { type, id }, lastUpdated: 1000, entries, compartments: [], deleted: false, ...more };
}

/** Lookup among the resources given. */
function lookupOf(...resources: readonly Candidate[]): Lookup {
  return {
    current: (key) => resources.find((one) => one.key.type === key.type && one.key.id === key.id),
    referrers: (type, parameter, target) =>
      resources.filter(
        (one) =>
          one.key.type === type &&
          one.entries.some((e) => e.shape === 'reference' && e.parameter === parameter && e.target === target),
      ),
  };
}

const has = (parameter: string, test?: Test): Criterion =>
  test === undefined ? { kind: 'has', parameter } : { kind: 'has', parameter, test };

describe('search/match', () => {
  it('a composite holds within one element only (search.html#combining)', () => {
    const pressure = candidate('Observation/1', [
      entry.token('component$1', 'systolic', 1),
      entry.point('component$2', 140, 1),
      entry.token('component$1', 'diastolic', 2),
      entry.point('component$2', 90, 2),
    ]);
    const asked = (code: string, value: number) =>
      has('component', {
        shape: 'tuple',
        parts: [
          { shape: 'token', code },
          { shape: 'range', comparison: 'eq', low: value, high: value, unit: '' },
        ],
      });
    expect(matches(asked('systolic', 140), pressure, lookupOf())).to.equal(true);
    expect(matches(asked('diastolic', 90), pressure, lookupOf())).to.equal(true);
    expect(matches(asked('systolic', 90), pressure, lookupOf())).to.equal(false);
  });

  it('chains follow current, undeleted resources of the types named', () => {
    const patient = candidate('Patient/1', [entry.text('family', 'rossi')]);
    const observation = candidate('Observation/1', [entry.reference('subject', 'Patient/1')]);
    const chain = (types: readonly string[]): Criterion => ({
      kind: 'chain',
      parameter: 'subject',
      types,
      target: has('family', { shape: 'string', match: 'prefix', value: 'ros' }),
    });
    expect(matches(chain(['Patient']), observation, lookupOf(patient))).to.equal(true);
    expect(matches(chain(['Group']), observation, lookupOf(patient))).to.equal(false);
    expect(matches(chain(['Patient']), observation, lookupOf({ ...patient, deleted: true }))).to.equal(false);
    expect(matches(chain(['Patient']), observation, lookupOf())).to.equal(false);
  });

  it('reverse chains ask the resources that point here', () => {
    const patient = candidate('Patient/1');
    const observation = candidate('Observation/1', [entry.reference('subject', 'Patient/1'), entry.token('code', 'x')]);
    const reverse = (code: string): Criterion => ({
      kind: 'reverse-chain',
      type: 'Observation',
      parameter: 'subject',
      source: has('code', { shape: 'token', code }),
    });
    expect(matches(reverse('x'), patient, lookupOf(observation))).to.equal(true);
    expect(matches(reverse('y'), patient, lookupOf(observation))).to.equal(false);
    expect(matches(reverse('x'), candidate('Patient/2'), lookupOf(observation))).to.equal(false);
    expect(matches(reverse('x'), patient, lookupOf({ ...observation, deleted: true }))).to.equal(false);
  });

  it('a compartment is that of the version', () => {
    const version = candidate('Observation/1', [], { compartments: ['Patient/A', 'Patient/B'] });
    for (const [member, expected] of [
      ['Patient/A', true],
      ['Patient/B', true],
      ['Patient/AB', false],
      ['A', false],
    ] as const) {
      expect(matches({ kind: 'compartment', member }, version, lookupOf())).to.equal(expected);
    }
  });
});

describe('search/order', () => {
  const key = (parameter: string, shape: SortKey['shape'], descending = false): SortKey => ({ parameter, shape, descending });

  it('takes the smallest of several values going up, the largest going down', () => {
    const one = candidate('Observation/1', [entry.point('date', 5), entry.point('date', 2), entry.point('date', 9)]);
    expect(sortValue(one, key('date', 'range'))).to.equal(2);
    expect(sortValue(one, key('date', 'range', true))).to.equal(9);
  });

  it('sorts quantities by the entry for any unit', () => {
    const one = candidate('Observation/1', [entry.point('value', 5400), entry.point('value', 5.4, 0, 'ucum|g')]);
    expect(sortValue(one, key('value', 'range'))).to.equal(5400);
  });

  it('has no value without an entry of the parameter and shape', () => {
    const one = candidate('Observation/1', [entry.token('date', 'x'), entry.point('other', 1), entry.point('date', 1, 0, 'mg')]);
    expect(sortValue(one, key('date', 'range'))).to.equal(null);
  });

  it('knows id and lastUpdated of every resource', () => {
    expect(placeOf(candidate('Patient/7'), [key('_lastUpdated', 'range', true), key('_id', 'token')])).to.deep.equal([
      1000,
      '7',
      'Patient',
      '7',
    ]);
  });

  it('puts missing values last in both directions', () => {
    for (const descending of [false, true]) {
      expect(comparePlaces([key('date', 'range', descending)], [1, 'P', 'a'], [null, 'P', 'a'])).to.be.below(0);
      expect(comparePlaces([key('date', 'range', descending)], [null, 'P', 'a'], [1, 'P', 'a'])).to.be.above(0);
      expect(comparePlaces([key('date', 'range', descending)], [null, 'P', 'a'], [null, 'P', 'b'])).to.be.below(0);
    }
  });

  it('type and id go up even when the keys go down', () => {
    const sort = [key('date', 'range', true)];
    expect(comparePlaces(sort, [2, 'P', 'b'], [1, 'P', 'a'])).to.be.below(0);
    expect(comparePlaces(sort, [1, 'P', 'a'], [1, 'P', 'b'])).to.be.below(0);
    expect(comparePlaces(sort, [1, 'O', 'b'], [1, 'P', 'a'])).to.be.below(0);
    expect(comparePlaces(sort, [1, 'P', 'a'], [1, 'P', 'a'])).to.equal(0);
  });

  it('compares texts by code point, as UTF-8 does', () => {
    const texts = ['', '-', '.', '0', 'A', 'Z', 'a', 'ab', 'b', 'é', '\ud7ff', '\uffee', '𐍈', '🚀'];
    for (const [index, one] of texts.entries()) {
      for (const [other, text] of texts.entries()) {
        expect(Math.sign(compareValues(one, text)), `${one} ${text}`).to.equal(Math.sign(index - other));
        expect(Math.sign(Buffer.compare(Buffer.from(one), Buffer.from(text)))).to.equal(Math.sign(index - other));
      }
    }
  });
});
