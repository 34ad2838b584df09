/** https://hl7.org/fhir/R4/search.html#date and https://hl7.org/fhir/R4/datatypes.html#dateTime */
import { expect } from 'chai';
import { openTimeZone, parseDateRange } from '../../src/fhir/date.ts';

const rome = openTimeZone('Europe/Rome');

describe('fhir/date: the time that a date covers', () => {
  const covered: readonly (readonly [text: string, low: string, high: string])[] = [
    ['2026', '2025-12-31T23:00:00.000Z', '2026-12-31T22:59:59.999Z'],
    ['2026-07', '2026-06-30T22:00:00.000Z', '2026-07-31T21:59:59.999Z'],
    ['2026-01-15', '2026-01-14T23:00:00.000Z', '2026-01-15T22:59:59.999Z'],
    ['2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T21:59:59.999Z'], // 23 hours: the clocks go forward
    ['2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T22:59:59.999Z'], // 25 hours: the clocks go back
    ['2026-01-15T10:00', '2026-01-15T09:00:00.000Z', '2026-01-15T09:00:59.999Z'],
    ['2026-01-15T10:00:30', '2026-01-15T09:00:30.000Z', '2026-01-15T09:00:30.999Z'],
    ['2026-01-15T10:00:30+01:00', '2026-01-15T09:00:30.000Z', '2026-01-15T09:00:30.999Z'],
    ['2026-01-15T10:00:30-03:30', '2026-01-15T13:30:30.000Z', '2026-01-15T13:30:30.999Z'],
    ['2026-01-15T10:00:30.5Z', '2026-01-15T10:00:30.500Z', '2026-01-15T10:00:30.599Z'],
    ['2026-01-15T10:00:30.123456Z', '2026-01-15T10:00:30.123Z', '2026-01-15T10:00:30.123Z'],
    ['2024-02-29', '2024-02-28T23:00:00.000Z', '2024-02-29T22:59:59.999Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z', '2017-01-01T00:00:00.999Z'],
    ['0050', '0049-12-31T23:10:04.000Z', '0050-12-31T23:10:03.999Z'], // local mean time of Rome
  ];
  for (const [text, low, high] of covered) {
    it(`${text} is ${low} to ${high}`, () => {
      const range = parseDateRange(text, rome);
      expect(range && [new Date(range.low).toISOString(), new Date(range.high).toISOString()]).to.deep.equal([low, high]);
    });
  }

  const refused = [
    '',
    '26',
    '0000',
    '2026-13',
    '2026-00',
    '2026-02-30',
    '2026-1-5',
    '2026-01-15T25:00',
    '2026-01-15T10',
    '2026-01-15T10:60',
    '2026-01-15 10:00',
  ];
  for (const text of [
    ...refused,
    '2026-01-15T10:00+14:01',
    '2026-01-15T10:00-15:00',
    '2026-01-15Z',
    'today',
    '2026-01-15T10:00:61Z',
  ]) {
    it(`"${text}" is no date`, () => expect(parseDateRange(text, rome)).to.equal(undefined));
  }
});
