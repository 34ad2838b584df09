import { expect } from 'chai';
import { formatProgress } from '../../src/cli/progress.ts';

describe('cli/progress', () => {
  const work = { label: 'Seeding', total: 20, unit: 'patients' };
  const rows: readonly (readonly [done: number, elapsedMs: number, extra: string, line: string])[] = [
    [0, 0, '', 'Seeding  [--------------------]  0/20 patients'],
    [14, 2000, '312 resources', 'Seeding  [##############------]  14/20 patients  312 resources  7/s'],
    [14, 4000, '', 'Seeding  [##############------]  14/20 patients  3.5/s  0:02 left'],
    [20, 9000, '', 'Seeding  [####################]  20/20 patients  2.2/s'],
  ];
  for (const [done, elapsedMs, extra, line] of rows) {
    it(line, () => expect(formatProgress(work, done, elapsedMs, extra)).to.equal(line));
  }
  it('counts hours', () => {
    expect(formatProgress({ label: 'Backup', total: 1_000_000, unit: 'pages' }, 1000, 10_000, '')).to.match(
      /100\/s {2}2:46:30 left$/,
    );
  });
});
