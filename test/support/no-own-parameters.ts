/** For contexts of tests that write no SearchParameter. */
import type { OwnParameters } from '../../src/parameters/own-parameters.ts';

export const noOwnParameters: Pick<OwnParameters, 'problemsOf' | 'reindex'> = {
  problemsOf: () => [],
  reindex: async () => {
    throw new Error('This test reindexes nothing.');
  },
};
