/** https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7 and https://hl7.org/fhir/R4/datatypes.html#id */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { openLogicalIds } from '../../src/fhir/logical-id.ts';
import { idPattern } from '../../src/fhir/reference.ts';

describe('fhir/logical-id', () => {
  it('makes UUIDs of version 7 that are FHIR ids', () => {
    const next = openLogicalIds(() => Date.UTC(2026, 10, 23), randomBytes);
    const id = next();
    expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id).to.match(idPattern);
  });

  it('never goes backwards, although the clock stands still or does', () => {
    const times = [5, 5, 4, 1, 6, ...Array.from({ length: 9000 }, () => 6), 7];
    const clock = times.values();
    const next = openLogicalIds(() => clock.next().value ?? 0, randomBytes);
    const ids = times.map(next);
    expect(ids).to.deep.equal(ids.toSorted());
    expect(new Set(ids).size).to.equal(ids.length);
  });
});
