import { expect } from 'chai';
import { type Cursor, openCursor, type Seal, sealCursor } from '../../src/search/page.ts';

const seal: Seal = { key: new Uint8Array(32).fill(7), path: 'Patient', caller: 'app|patient A' };
const cursor: Cursor = {
  query: [
    ['family', 'Rossi'],
    ['_count', '5'],
  ],
  position: ['rossi', 12, null],
  now: 1_780_000_000_000,
};

describe('paging cursors', () => {
  it('carry the query and the position', () => expect(openCursor(sealCursor(cursor, seal), seal)).to.deep.equal(cursor));

  it('show nothing of what they carry', () => {
    const text = sealCursor(cursor, seal);
    expect(text).to.match(/^[A-Za-z0-9_-]+$/);
    expect(Buffer.from(text, 'base64url').toString('latin1')).not.to.match(/rossi/i);
  });

  it('differ each time, so that two can not be compared', () =>
    expect(sealCursor(cursor, seal)).not.to.equal(sealCursor(cursor, seal)));

  const others: Readonly<Record<string, Seal>> = {
    'another caller': { ...seal, caller: 'app|patient B' },
    'another path': { ...seal, path: 'Observation' },
    'another key': { ...seal, key: new Uint8Array(32).fill(8) },
  };
  for (const [name, other] of Object.entries(others)) {
    it(`are refused for ${name} with 400`, () => {
      expect(() => openCursor(sealCursor(cursor, seal), other))
        .to.throw(/made for another caller or another search/)
        .with.property('status', 400);
    });
  }

  it('are refused when any one bit is changed', () => {
    const sealed = Buffer.from(sealCursor(cursor, seal), 'base64url');
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openCursor(changed.toString('base64url'), seal), `byte ${at}`).to.throw(/can not be followed/);
    }
  });

  for (const text of ['', 'x', 'AAAA', '%', '../../etc/passwd', 'A'.repeat(10_000)]) {
    it(`refuses '${text.slice(0, 20)}' with 400`, () =>
      expect(() => openCursor(text, seal))
        .to.throw()
        .with.property('status', 400));
  }

  it('refuse a query that no link could carry', () => {
    const values = Array.from({ length: 2000 }, (_, index) => Math.sin(index).toString(36)).join(',');
    expect(() => sealCursor({ ...cursor, query: [['identifier', values]] }, seal))
      .to.throw(/too long/)
      .with.property('status', 422);
  });
});
