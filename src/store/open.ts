/** Opens the stores that the settings name: MongoDB when they carry its URI, otherwise the embedded ones. */
import { openEmbedded } from './embedded/embedded.ts';
import { openJobFolder } from './embedded/job-folder.ts';
import type { JobStore } from './job-store.ts';
import type { Store, StoreSettings } from './store.ts';

export interface OpenStoreSettings extends StoreSettings {
  readonly mongodbUri?: string | undefined;
  readonly dataDir: string;
}

/** Throws an Error with a sentence for the operator when the store can't be had. */
export async function openStore({ mongodbUri, dataDir, ...settings }: OpenStoreSettings): Promise<Store> {
  if (mongodbUri === undefined) return openEmbedded({ dataDir, ...settings });
  // Loaded only when it is used: the driver takes a good part of the start.
  const { openMongoStore } = await import('./mongodb/open.ts');
  return openMongoStore(mongodbUri, settings);
}

/** The jobs beside the store, by the same choice. */
export async function openJobStore({
  mongodbUri,
  dataDir,
}: Pick<OpenStoreSettings, 'mongodbUri' | 'dataDir'>): Promise<JobStore> {
  if (mongodbUri === undefined) return openJobFolder(dataDir);
  const { openMongoJobs } = await import('./mongodb/jobs.ts');
  return openMongoJobs(mongodbUri);
}
