import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { validate } from '../../src/cli/validate.ts';
import { withFolder } from '../support/temporary-folder.ts';
import { runCommand } from '../support/terminal.ts';

const good =
  '{\n  "resourceType": "Basic",\n  "text": {"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">x</div>"},\n  "code": { "text": "prova" }\n}\n';
const bad = '{\n  "resourceType": "Basic",\n  "code": { "text": "prova" },\n  "created": "2026-13-02"\n}\n';

/** Writes the files, runs the command on them; the folder's name is cut from what it writes. */
function checking(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
) {
  return withFolder(async (folder) => {
    await writeFiles(folder, files);
    const written = await runCommand(validate, [...args, ...Object.keys(files).map((name) => join(folder, name))], environment);
    return { ...written, out: written.out.replaceAll(`${folder}/`, '') };
  });
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const goodLine = JSON.stringify(JSON.parse(good));
const badLine = JSON.stringify(JSON.parse(bad));

describe('cli validate', () => {
  it('says nothing of a good file but that it is good', async () => {
    const { code, out } = await checking({ 'good.json': good });
    expect(code).to.equal(0);
    expect(out).to.match(/^1 file, 0 errors, 0 warnings \(\d+\.\d ms\)\n$/);
  });

  it('points into the text of a bad one, and exits 1', async () => {
    const { code, out } = await checking({ 'bad.json': bad });
    expect(code).to.equal(1);
    const lines = out.split('\n');
    expect(lines[0]).to.match(/^bad\.json:4:14 {2}error {2}.*2026-13-02.* {2}\[[a-z0-9-]+\]$/);
    expect(lines[1]).to.equal('    4 |   "created": "2026-13-02"');
    expect(lines[2]).to.equal('      |              ^^^^^^^^^^^^');
    expect(out).to.match(/1 file, 1 error, 1 warning \(/);
  });

  it('points at the fault of what is no JSON', async () => {
    const { code, out } = await checking({ 'broken.json': '{\n  "resourceType": Basic\n}' });
    expect(code).to.equal(1);
    expect(out).to.match(/^broken\.json:2:19 {2}fatal/);
    expect(out).to.include('    2 |   "resourceType": Basic\n      |                   ^');
  });

  it('--json gives one OperationOutcome for each file, a line each', async () => {
    const { code, out } = await checking({ 'a.json': good, 'b.json': bad, 'c.json': '[]' }, ['--json']);
    expect(code).to.equal(1);
    const outcomes = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(outcomes.map(({ resourceType }) => resourceType)).to.deep.equal(Array(3).fill('OperationOutcome'));
    expect(outcomes.map(({ issue }) => issue[0].severity)).to.deep.equal(['information', 'error', 'fatal']);
    expect(outcomes[1].issue[0].expression).to.deep.equal(['Basic.created']);
  });

  it('--profile applies a profile', async () => {
    const vitals = 'http://hl7.org/fhir/StructureDefinition/vitalsigns';
    const observation = '{"resourceType":"Observation","status":"final","code":{"text":"x"}}';
    const without = await checking({ 'o.json': observation });
    const applied = await checking({ 'o.json': observation }, ['--profile', vitals]);
    expect([without.code, applied.code]).to.deep.equal([0, 1]);
    expect(applied.out).to.match(/category/);
  });

  it('looks into a folder at every depth, for JSON, NDJSON and XML, and passes over what is hidden', () =>
    withFolder(async (folder) => {
      await writeFiles(folder, {
        'a/b/bad.json': bad,
        'good.json': good,
        'lines.ndjson': `${goodLine}\n${badLine}\n`,
        'p.xml': '<Basic xmlns="http://hl7.org/fhir">\n  <code><text value="x"/></code><created value="ieri"/>\n</Basic>',
        'notes.txt': 'no resource',
        '.git/config.json': '{',
        'node_modules/x/package.json': '{}',
      });
      const { code, out } = await runCommand(validate, [folder]);
      expect(code).to.equal(1);
      expect(out.replaceAll(`${folder}/`, '').match(/^[^ ]+ {2}error/gm)).to.deep.equal([
        'a/b/bad.json:4:14  error',
        'lines.ndjson:2:59  error',
        'p.xml:2:33  error',
      ]);
      expect(out).to.match(/^4 files, 5 resources, 3 errors, \d+ warnings \(/m);
    }));

  it('points to the line of NDJSON, whose long lines are cut around the fault', async () => {
    const long = JSON.stringify({ resourceType: 'Basic', code: { text: 'x'.repeat(300) }, created: '2026-13-02' });
    const { out } = await checking({ 'lines.ndjson': `${goodLine}\n\n${long}\n` });
    const [first, source = '', caret = ''] = out.split('\n');
    expect(first).to.match(/^lines\.ndjson:3:354 {2}error/);
    expect(source.length).to.be.below(140);
    expect(source.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).to.equal('"2026-13-02"');
  });

  for (const [what, input, resources] of [
    ['one resource on many lines', bad, 1],
    ['one on a line', badLine, 1],
    ['NDJSON', `${goodLine}\n${badLine}\n`, 2],
    ['XML', '<Basic xmlns="http://hl7.org/fhir"><code><text value="x"/></code><created value="ieri"/></Basic>', 1],
  ] as const) {
    it(`reads standard input: ${what}`, async () => {
      const { code, out } = await runCommand(validate, ['--json', '-'], {}, input);
      const outcomes = out.trim().split('\n');
      expect([code, outcomes.length]).to.deep.equal([1, resources]);
      const [{ severity, expression }] = JSON.parse(outcomes.at(-1) ?? '').issue;
      expect([severity, expression[0]]).to.deep.equal(['error', 'Basic.created']);
    });
  }

  it('--json says line and column too', async () => {
    const { out } = await checking({ 'lines.ndjson': `${goodLine}\n${badLine}\n` }, ['--json']);
    const [error] = JSON.parse(out.trim().split('\n')[1] ?? '').issue;
    expect(error.extension.map(({ valueInteger }: { readonly valueInteger?: number }) => valueInteger)).to.include.members([
      2, 59,
    ]);
  });

  it('speaks Italian where the machine does', async () => {
    const english = await checking({ 'bad.json': bad }, [], { LANG: 'en_US.UTF-8' });
    const italian = await checking({ 'bad.json': bad }, [], { LANG: 'it_IT.UTF-8' });
    expect(english.out).to.match(/is not a date/);
    expect(italian.out).to.match(/non è una data/);
    expect(italian.code).to.equal(1);
  });

  const wrong: readonly (readonly [args: readonly string[], code: number, sentence: RegExp])[] = [
    [[], 2, /^Name at least one file/],
    [['--profile', 'http://example.org/none', 'a.json'], 2, /^The profile http:\/\/example\.org\/none is not known here/],
    [['--xml', 'a.json'], 2, /^Unknown option '--xml'/],
    [['/nonexistent/a.json'], 3, /^\/nonexistent\/a\.json can't be read\.$/m],
  ];
  for (const [args, code, sentence] of wrong) {
    it(`${JSON.stringify(args)} is refused with ${code}`, async () => {
      const written = await runCommand(validate, args);
      expect([written.code, written.out]).to.deep.equal([code, '']);
      expect(written.err).to.match(sentence);
    });
  }
});
