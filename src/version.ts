/** The version of the program, as in `package.json`. */
import { readFileSync } from 'node:fs';

export function readVersion(): string {
  // Beside conformance/, wherever the sources run from.
  const file = new URL('../package.json', import.meta.resolve('#conformance/capability-statement.json'));
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version; // Our own package.json has one.
}
