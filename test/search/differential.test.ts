import { describeDifferential } from './differential/describe-differential.ts';

describe('the same resources and queries on every store', function () {
  this.timeout(120_000);
  describeDifferential({ rounds: 1, queries: 200, mongoQueries: 40 });
});
