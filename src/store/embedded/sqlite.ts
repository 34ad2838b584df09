/** better-sqlite3, in the version that this Node runs: decisions/0023-better-sqlite3-by-node-api.md. */
import type Sqlite from 'better-sqlite3';

/**
 * 13 wants Node-API 10, which Node 20 has not. 12 is built on a class of Node's own that ends the process with a garbage collection when the
 * headers were those of 24.19 or later.
 */
export function packageFor(nodeApi: number): 'better-sqlite3' | 'better-sqlite3-13' {
  return nodeApi < 10 ? 'better-sqlite3' : 'better-sqlite3-13';
}

export const sqlitePackage = packageFor(Number(process.versions['napi']));

// Both have one interface, of which only the older has types.
const { default: loaded } = (await import(sqlitePackage)) as { readonly default: typeof Sqlite };

export const SqliteDatabase = loaded;
