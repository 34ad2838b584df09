/** `npm run seed` as a program against a running server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { seedPatient } from '../../seed/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const program = fileURLToPath(new URL('../../seed/seed.ts', import.meta.url));

describe('seed/seed', function () {
  this.timeout(60_000);

  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.close());

  async function seed(...args: readonly string[]) {
    const env = { PATH: process.env['PATH'] ?? '', DATA_DIR: server.dataDir };
    const child = spawn(process.execPath, ['--import', 'tsx/esm', program, ...args], { env });
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code: child.exitCode, out, err };
  }
  const countOf = async (query: string) => (await server.fetchFhir(`${query}?_summary=count`)).body.total;

  it('loads as many patients as asked with a token of its own, and says on stderr how to find one', async () => {
    const { code, out, err } = await seed('--patients', '5');
    expect([code, out]).to.deep.equal([0, '']);
    const { taxCode } = seedPatient(0).person;
    expect(err).to.match(
      new RegExp(`Done: 5 patients, \\d+ resources in .* Try: Patient\\?identifier=${taxCode} \\(story "diabete"\\)\\.\\n$`),
    );
    expect(await countOf('Patient')).to.equal(5);
    for (const type of ['MedicationRequest', 'Coverage', 'Immunization', 'DocumentReference']) {
      expect(await countOf(type), type).to.be.above(0);
    }
  });

  it('loads nobody and nothing twice', async () => {
    const before = await countOf('');
    expect((await seed('--patients', '5')).code).to.equal(0);
    expect(await countOf('')).to.equal(before);
  });

  it('its bundles have neither errors nor warnings', async () => {
    for (const index of [100, 101, 102, 103]) {
      const { status, body } = await server.fetchFhir('', { method: 'POST', body: seedPatient(index).bundle });
      expect(status, JSON.stringify(body.issue)).to.equal(200);
      const issues: readonly { severity: string }[] = body.entry.flatMap(
        (one: { response: { outcome?: { issue: { severity: string }[] } } }) => one.response.outcome?.issue ?? [],
      );
      expect(issues.filter(({ severity }) => severity !== 'information')).to.deep.equal([]);
    }
  });

  it('interrupted, says how far it came and how to go on', async () => {
    const env = { PATH: process.env['PATH'] ?? '', DATA_DIR: server.dataDir };
    const child = spawn(process.execPath, ['--import', 'tsx/esm', program, '--patients', '5000'], { env });
    const before = await countOf('Patient');
    const said = text(child.stderr);
    while ((await countOf('Patient')) === before);
    child.kill('SIGINT');
    await once(child, 'close');
    expect(child.exitCode).to.equal(130);
    expect(await said).to.match(
      /^\nStopped after \d+ of 5000 patients\. Start it again: who is loaded stays, and is loaded once\.\n$/,
    );
  });

  const refusals: readonly (readonly [args: readonly string[], code: number, sentence: RegExp])[] = [
    [['--patients', '0'], 2, /^--patients is "0"; it must be a whole number from 1 to 100000\.\n$/],
    [['--people', '3'], 2, /^Unknown option '--people'/],
    [['--url', 'http://127.0.0.1:9/fhir'], 3, /^No server answers at http:\/\/127\.0\.0\.1:9\/fhir\. Start it with npm start/],
    [['--token', 'none'], 3, /^The server at \S+ refused the data \(401\): The token is not a signed JWT/],
  ];
  for (const [args, code, sentence] of refusals) {
    it(`${args.join(' ')} ends with ${code} and a sentence`, async () => {
      const ended = await seed(...args);
      expect([ended.code, ended.out]).to.deep.equal([code, '']);
      expect(ended.err).to.match(sentence);
    });
  }
});
