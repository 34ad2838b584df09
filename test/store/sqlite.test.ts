/** Which better-sqlite3 is loaded. https://nodejs.org/api/n-api.html#node-api-version-matrix */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { packageFor, SqliteDatabase, sqlitePackage } from '../../src/store/embedded/sqlite.ts';

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

describe('store/embedded/sqlite', () => {
  const rows = [
    ['Node 20', 9, 'better-sqlite3'],
    ['Node 22.14 and 24', 10, 'better-sqlite3-13'],
    ['what comes after', 11, 'better-sqlite3-13'],
  ] as const;
  for (const [what, nodeApi, name] of rows) it(`${what}: ${name}`, () => expect(packageFor(nodeApi)).to.equal(name));

  it('both are installed in one version each, the newer only where it runs', () => {
    const { dependencies, optionalDependencies } = read('package.json');
    expect(dependencies['better-sqlite3']).to.equal('12.9.0');
    expect(optionalDependencies).to.deep.equal({ 'better-sqlite3-13': 'npm:better-sqlite3@13.2.0' });
    const { packages } = read('package-lock.json');
    expect(packages['node_modules/better-sqlite3-13'].engines).to.deep.equal({ node: '>=22' });
  });

  it('what is loaded is the one for this Node, and works', () => {
    const { version } = read(`node_modules/${sqlitePackage}/package.json`);
    expect(version).to.match(sqlitePackage === 'better-sqlite3' ? /^12\./ : /^13\./);
    const database = new SqliteDatabase(':memory:');
    expect(database.prepare('SELECT 1 AS one').get()).to.deep.equal({ one: 1 });
    database.close();
  });
});
