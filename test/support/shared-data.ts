/** Outside test data (HL7's suites, the Ministry's bundles), which lives beside the project and may be absent. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a file or folder of the shared data; undefined when it is not there. */
export function sharedData(relative: string): string | undefined {
  const path = fileURLToPath(new URL(`../../../shared/data/${relative}`, import.meta.url));
  return existsSync(path) ? path : undefined;
}
