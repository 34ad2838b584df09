import { describeDifferential } from './differential/describe-differential.ts';

describe('the same resources and queries on every store, for long', function () {
  this.timeout(1_800_000);
  describeDifferential({ rounds: 8, queries: 4_000, mongoQueries: 500 });
});
