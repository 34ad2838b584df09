/**
 * What every store must do, whatever it is made of: `describeStore('name', open)` in a test file of each adapter.
 * The meaning of criteria is that of `src/search/match.ts`, which the random part compares with.
 */
import type { Store, StoreSettings } from '../../src/store/store.ts';
import { describeBorders } from './contract-borders.ts';
import { describeChains } from './contract-chains.ts';
import { describeConcurrency } from './contract-concurrency.ts';
import { describeCriteria } from './contract-criteria.ts';
import { describeExplain } from './contract-explain.ts';
import { describeHistory } from './contract-history.ts';
import { describeIntegrity } from './contract-integrity.ts';
import { describeLinkedBorders } from './contract-linked-borders.ts';
import { describeOrder } from './contract-order.ts';
import { describePaging } from './contract-paging.ts';
import { describeRandom } from './contract-random.ts';
import { describeReindex } from './contract-reindex.ts';
import { describeScan } from './contract-scan.ts';
import { describeShapes } from './contract-shapes.ts';
import { describeWrites } from './contract-writes.ts';

/** Opens a new, empty store; called once for each part of the suite. */
export type OpenStore = (settings: StoreSettings) => Promise<Store>;

export interface ContractOptions {
  /** Cases this adapter's server can't pass, by their title, each with the reason: skipped and named as such. */
  readonly except?: ReadonlyMap<string, string>;
  /** Random criteria compared with the oracle. */
  readonly randomCriteria?: number;
}

export function describeStore(name: string, open: OpenStore, options: ContractOptions = {}): void {
  describe(`store contract: ${name}`, () => {
    beforeEach(function () {
      const reason = options.except?.get(this.currentTest?.title ?? '');
      if (reason !== undefined && this.currentTest !== undefined) {
        this.currentTest.title += ` (skipped: ${reason})`;
        this.skip();
      }
    });
    describeWrites(open);
    describeReindex(open);
    describeConcurrency(open);
    describeIntegrity(open);
    describeBorders(open);
    describeLinkedBorders(open);
    describeHistory(open);
    describeCriteria(open);
    describeShapes(open);
    describeExplain(open);
    describeChains(open);
    describeOrder(open);
    describePaging(open);
    describeScan(open);
    describeRandom(open, options.randomCriteria ?? 400);
  });
}
