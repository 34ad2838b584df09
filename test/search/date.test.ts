import { expect } from 'chai';
import { entriesOf, finds, itFinds, refusal, resource } from './fixture.ts';

const observed = (effective: string) => resource('Observation', { effectiveDateTime: effective });
const observedIn = (period: Record<string, string>) => resource('Observation', { effectivePeriod: period });

describe('search.html#date', () => {
  describe('"eq2013-01-14"', () => {
    itFinds(observed('2013-01-14T00:00:00+01:00'), [['date=eq2013-01-14', true, '"2013-01-14T00:00 matches (obviously)"']]);
    itFinds(observed('2013-01-14T10:00:00+01:00'), [['date=2013-01-14', true, '"2013-01-14T10:00 matches"']]);
    itFinds(observed('2013-01-15T00:00:00+01:00'), [['date=eq2013-01-14', false, '"it\'s not in the range"']]);
    itFinds(observed('2013-01'), [
      ['date=2013-01-14', false, 'the month is wider than the day asked'],
      ['date=2013', true],
    ]);
  });

  describe('"ne2013-01-14"', () => {
    itFinds(observed('2013-01-15T00:00:00+01:00'), [['date=ne2013-01-14', true, '"2013-01-15T00:00 matches"']]);
    itFinds(observed('2013-01-14T00:00:00+01:00'), [['date=ne2013-01-14', false, '"it\'s in the range"']]);
    itFinds(observed('2013-01-14T10:00:00+01:00'), [['date=ne2013-01-14', false]]);
  });

  describe('"lt2013-01-14T10:00" and "gt2013-01-14T10:00"', () => {
    itFinds(observed('2013-01-14'), [
      ['date=lt2013-01-14T10:00', true, '"it includes the part of 14-Jan 2013 before 10am"'],
      ['date=gt2013-01-14T10:00', true, '"it includes the part of 14-Jan 2013 after 10am"'],
    ]);
  });

  const onwards21Jan = observedIn({ start: '2013-01-21' });
  const onwards15Mar = observedIn({ start: '2013-03-15' });
  const until21Jan = observedIn({ end: '2013-01-21' });

  describe('"from 21-Jan 2013 onwards"', () => {
    itFinds(onwards21Jan, [
      ['date=ge2013-03-14', true, '"that period may include times after 14-Mar 2013"'],
      ['date=le2013-03-14', true, '"that period may include times before 14-Mar 2013"'],
      ['date=sa2013-03-14', false, '"that period starts before 14-Mar 2013"'],
      ['date=eb2013-03-14', false, '"but does not end before it"'],
    ]);
  });

  describe('"range above the value: the specified value and up", "range below the value: up to the specified value"', () => {
    itFinds(observedIn({ start: '2013-03-13T22:00:00+01:00', end: '2013-03-14T06:00:00+01:00' }), [
      ['date=ge2013-03-14', true, 'it reaches into the day'],
      ['date=gt2013-03-14', false],
      ['date=le2013-03-13', true],
      ['date=lt2013-03-13', false],
      ['date=ge2013-03-14&date=le2013-03-14', true],
      ['date=ge2013-03-15', false],
      ['date=le2013-03-12', false],
      ['date=ge2013-03-14T06:00:00%2B01:00', true],
      ['date=ge2013-03-14T06:00:01%2B01:00', false],
    ]);
    itFinds(observed('2013-03'), [
      ['date=ge2013-03-31', true, 'it may have been that day'],
      ['date=le2013-03-01', true],
      ['date=ge2013-04', false],
    ]);
  });

  describe('"from 15-Mar 2013 onwards"', () => {
    itFinds(onwards15Mar, [
      ['date=sa2013-03-14', true, '"that period starts after 14-Mar 2013"'],
      ['date=eb2013-03-14', false, '"that period starts after 14-Mar 2013"'],
    ]);
  });

  describe('"before and including 21-Jan 2013"', () => {
    itFinds(until21Jan, [
      ['date=sa2013-03-14', false, '"that period starts (and ends) before 14-Mar 2013"'],
      ['date=eb2013-03-14', true, '"that period ends before 14-Mar 2013"'],
      ['date=lt1900', true, '"a missing lower boundary is less than any actual date"'],
    ]);
  });

  describe('"ap2013-03-14": 10 % of the gap between now (15-Jun 2013 here) and the date', () => {
    const now = Date.UTC(2013, 5, 15);
    const approximately = (effective: string) => finds(observed(effective), 'date=ap2013-03-14', [], { now });
    it('"14-Mar 2013 is included - as it exactly matches"', () => expect(approximately('2013-03-14')).to.equal(true));
    it('"21-Jan 2013 is not included"', () => expect(approximately('2013-01-21')).to.equal(false));
    it('"15-Jun 2015 is not included - as it is not near 14-Mar 2013"', () =>
      expect(approximately('2015-06-15')).to.equal(false));
    it('20-Mar 2013 is included: 9.2 days are a tenth of the gap', () => expect(approximately('2013-03-20')).to.equal(true));
    it('26-Mar 2013 is not', () => expect(approximately('2013-03-26')).to.equal(false));
  });

  describe('"the system should correct for time zones when performing queries"', () => {
    itFinds(observed('2013-01-14T00:30:00+01:00'), [
      ['date=2013-01-13T23:30:00Z', true, 'the same instant in UTC'],
      ['date=2013-01-14', true, 'a day without zone is a day in Italy'],
      ['date=2013-01-13', false],
    ]);
    itFinds(observed('2013-07-14'), [
      ['date=eq2013-07-14', true],
      ['date=sa2013-07-13T21:59:59Z', true, 'an Italian summer day begins at 22:00 UTC'],
      ['date=sa2013-07-13T22:00:00Z', false],
    ]);
  });

  describe('Timing: "only the outer limits matter"', () => {
    const planned = (timing: Record<string, never> | object) => resource('ServiceRequest', { occurrenceTiming: timing as never });
    const everySecondDay = {
      repeat: { boundsPeriod: { start: '2013-01-31', end: '2013-03-24' }, frequency: 1, period: 2, periodUnit: 'd' },
    };
    itFinds(planned(everySecondDay), [
      ['occurrence=ap2013-02-01', true, '"includes 1-Feb 2013, even though that is on an odd day"'],
      ['occurrence=2013', true],
      ['occurrence=gt2013-03-24', false],
    ]);
    itFinds(planned({ event: ['2013-05-01', '2013-06-01'] }), [
      ['occurrence=sa2013-04-30', true],
      ['occurrence=eb2013-06-02', true],
    ]);
    it('has no entry without limits', () => {
      expect(entriesOf(planned({ repeat: { frequency: 1, period: 1, periodUnit: 'd' } }), 'occurrence')).to.deep.equal([]);
    });
  });

  describe('instants and birth dates', () => {
    itFinds(resource('Appointment', { start: '2026-05-01T10:00:00.500+02:00' }), [
      ['date=2026-05-01T10:00:00.500%2B02:00', true],
      ['date=2026-05-01T10:00:00.500+02:00', true, 'an offset whose + was not escaped in the URL'],
      ['date=2026-05-01T10:00:00%2B02:00', true, 'a second asked covers its milliseconds'],
      ['date=2026-05-01T10:00:01%2B02:00', false],
    ]);
    itFinds(resource('Patient', { birthDate: '1980-02-29' }), [
      ['birthdate=1980-02-29', true],
      ['birthdate=ge1980&birthdate=lt1981', true],
    ]);
  });

  describe('OR and :missing', () => {
    itFinds(observed('2013-01-14'), [
      ['date=2012,2013', true],
      ['date:missing=false', true],
      ['date:missing=true', false],
    ]);
    itFinds(resource('Observation'), [
      ['date:missing=true', true],
      ['date=ge1900', false],
    ]);
  });

  describe('_lastUpdated, which the store keeps itself', () => {
    it('is not indexed', () =>
      expect(entriesOf(resource('Patient', { meta: { lastUpdated: '2026-01-01T00:00:00Z' } }), '_lastUpdated')).to.deep.equal(
        [],
      ));
    itFinds(resource('Patient'), [
      ['_lastUpdated=lt1971', true],
      ['_lastUpdated=gt1971', false],
    ]);
  });

  for (const value of [
    '23 May 2009',
    '2026-02-30',
    '2026-13',
    '2026-01-01T25:00',
    '26-01-01',
    '0000',
    'ge',
    'yesterday',
    '2026-01-01T10',
  ]) {
    it(`refuses '${value}' with 400 and does not repeat it`, () => {
      const error = refusal('Observation', `date=${encodeURIComponent(value)}`);
      expect([error.status, error.issues[0]?.code, error.issues[0]?.expression]).to.deep.equal([400, 'value', 'http.date']);
      if (/\d/.test(value)) expect(error.message).not.to.include(value);
    });
  }
});
