/** The README says what the code does: its table of settings is the list of `config.ts`, its commands are scripts of `package.json`. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type Setting, settings } from '../src/config.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const scripts = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).scripts as Record<string, string>;

/** A setting as its row in the README. */
function rowOf(setting: Setting): string {
  return `| \`${setting.name}\` | ${setting.default === undefined ? '' : `\`${setting.default}\``} | ${setting.sentence} |`;
}

describe('README.md', () => {
  for (const setting of settings) {
    it(`describes ${setting.name} as config.ts does`, () => expect(readme).to.include(`${rowOf(setting)}\n`));
  }

  it('describes no other setting', () => {
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
    expect(rows).to.deep.equal(settings.map(({ name }) => name));
  });

  it('names only npm scripts that exist', () => {
    const named = new Set(
      [...readme.matchAll(/npm (?:run (?:-s )?([a-z:]+)|(test|start)\b)/g)].map((match) => match[1] ?? match[2] ?? ''),
    );
    expect([...named].filter((name) => scripts[name] === undefined)).to.deep.equal([]);
  });
});
