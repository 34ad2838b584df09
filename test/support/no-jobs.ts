/** For contexts of tests that begin no job. */
import type { Jobs } from '../../src/jobs/jobs.ts';

const none = async (): Promise<never> => {
  throw new Error('This test begins no job.');
};

export const noJobs: Jobs = {
  start: none,
  receive: none,
  find: async () => undefined,
  remove: none,
  readFile: () => {
    throw new Error('This test begins no job.');
  },
};
