/**
 * HL7's validator test cases with the Java validator's recorded outcomes: how often do we agree on valid or invalid? The scores may only rise,
 * and every difference is on a list with its reason, which may only shrink.
 */
import { expect } from 'chai';
import { sharedData } from '../support/shared-data.ts';
import { openCases, type Verdict } from './hl7-cases.ts';

const others = 'the Java run was given the other patients, to which this one refers';

/** Where we differ from the Java validator, and why. */
const known: Readonly<Record<string, string>> = {
  'patient-circle1-bad-linked1': others,
  'patient-circle1-bad-source1': others,
  'patient-circle2-bad-linked': others,
  'patient-circle2-bad-source1': others,
  'bundle-bad-by-param': 'the profile of one entry was an argument of the Java program',
  'profile-patient-op1':
    'an unknown extension of HL7 is warned of, as all unknown extensions: R4 has not those that came after it',
  'patient-min-length': 'the profile is no FHIR XML: its elements are in another order',
  'test-input-params-example1': 'an unknown modifier extension stays an error, also of example.org',
  'aggregation-apart-good4': 'R4 asks for Encounter.class; and the aggregation was not enforced by an option',
};

/** Of the verdicts of a tier, the part that agrees: ratchets. T needs SNOMED CT, LOINC and CVX. */
const scoreMin: Readonly<Record<string, number>> = { A: 1, B: 1, X: 0.92, T: 0.66 };

describe('HL7 validator cases', function () {
  this.timeout(60_000);
  const folder = sharedData('hl7-validator');
  let verdictsOf: (tier: string) => readonly Verdict[];
  before(function () {
    if (folder === undefined) {
      console.log('      (skipped: the shared data folder with HL7’s cases is not there)');
      this.skip();
    } else verdictsOf = openCases(folder);
  });

  for (const [tier, least] of Object.entries(scoreMin)) {
    it(`tier ${tier}: agrees at least as often as before`, () => {
      const verdicts = verdictsOf(tier);
      const agreed = verdicts.filter(({ agrees }) => agrees).length;
      const percent = ((100 * agreed) / verdicts.length).toFixed(1);
      console.log(`      tier ${tier}: ${agreed} of ${verdicts.length} verdicts agree (${percent} %)`);
      expect(agreed / verdicts.length).to.be.at.least(least);
      const alarms = verdicts.filter(({ falseAlarm, name }) => falseAlarm && known[name] === undefined);
      expect(alarms.map(({ name }) => name)).to.deep.equal([]);
      if (tier === 'T') return;
      const differing = verdicts.filter(({ agrees, name }) => !agrees && known[name] === undefined);
      expect(differing.map(({ name }) => name)).to.deep.equal([]);
    });
  }

  it('differs in every case listed: what no longer does leaves the list', () => {
    const differing = new Set(
      ['A', 'B', 'X'].flatMap((tier) => verdictsOf(tier).flatMap(({ name, agrees }) => (agrees ? [] : [name]))),
    );
    expect(Object.keys(known).filter((name) => !differing.has(name))).to.deep.equal([]);
  });
});
