import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { token } from '../../src/cli/token.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { withFolder } from '../support/temporary-folder.ts';
import { runCommand } from '../support/terminal.ts';

function claimsOf(text: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(text.trim().split('.')[1] ?? '', 'base64url').toString());
}

describe('cli token', () => {
  it('works on a folder that no server has used: the token alone on stdout, what it is for on stderr', () =>
    withFolder(async (folder) => {
      const { code, out, err } = await runCommand(token, ['--scope', 'patient/*.rs', '--patient', 'p1'], {
        DATA_DIR: join(folder, 'new'),
      });
      expect([code, err]).to.deep.equal([0, 'patient/*.rs for Patient/p1 at http://localhost:8080/fhir, valid 60 minutes\n']);
      expect(out).to.match(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
      const claims = claimsOf(out);
      expect(claims).to.include({
        aud: 'http://localhost:8080/fhir',
        iss: 'http://localhost:8080',
        scope: 'patient/*.rs',
        patient: 'p1',
      });
      expect(Number(claims['exp']) - Number(claims['iat'])).to.equal(3600);
    }));

  it('is for the configured base when there is one', () =>
    withFolder(async (folder) => {
      const environment = { DATA_DIR: folder, PUBLIC_BASE_URL: 'https://fse.example.it/fhir' };
      const { out } = await runCommand(
        token,
        ['--scope', 'user/*.r', '--fhir-user', 'Practitioner/7', '--expires-in', '90'],
        environment,
      );
      const claims = claimsOf(out);
      expect(claims).to.include({
        aud: 'https://fse.example.it/fhir',
        iss: 'https://fse.example.it',
        fhirUser: 'Practitioner/7',
      });
      expect(Number(claims['exp']) - Number(claims['iat'])).to.equal(90);
    }));

  const wrong: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
    [[], /^Say what the token may do: --scope/],
    [['--scope', 'system/*.dus'], /"system\/\*\.dus" gives nothing here/],
    [['--scope', 'system/Unicorn.rs'], /"system\/Unicorn\.rs" gives nothing here/],
    [['--scope', 'patient/Observation.rs?category=laboratory', '--patient', 'p'], /gives nothing here/],
    [['--scope', 'system/*.rs system/*.xx'], /"system\/\*\.xx" gives nothing here/],
    [['--scope', 'openid'], /gives no access to data/],
    [['--scope', 'patient/*.rs'], /needs the patient: --patient/],
    [['--scope', 'user/*.rs'], /needs who acts: --fhir-user/],
    [['--scope', 'patient/*.rs', '--patient', 'Patient/1'], /--patient is "Patient\/1"/],
    [['--scope', 'user/*.rs', '--fhir-user', 'Device/1'], /--fhir-user is "Device\/1"/],
    [['--scope', 'system/*.rs', '--expires-in', '0'], /--expires-in is "0"; it must be a number of seconds from 1 to 86400/],
    [['--scope', 'system/*.rs', '--expires-in', '86401'], /--expires-in is "86401"/],
    [['--scope', 'system/*.rs', '--expires-in', '1h'], /--expires-in is "1h"/],
    [['--unknown'], /^Unknown option '--unknown'\. See --help\.$/m],
    [['extra', '--scope', 'system/*.rs'], /Unexpected argument 'extra'/],
  ];
  for (const [args, sentence] of wrong) {
    it(`refuses ${JSON.stringify(args)} in a sentence, with exit code 2 and nothing on stdout`, async () => {
      const { code, out, err } = await runCommand(token, args, { DATA_DIR: '/nonexistent/never/made' });
      expect([code, out]).to.deep.equal([2, '']);
      expect(err).to.match(sentence);
    });
  }

  it('names a bad setting', async () => {
    const { code, err } = await runCommand(token, ['--scope', 'system/*.rs'], { PORT: 'x' });
    expect([code, err]).to.deep.equal([2, 'PORT is "x"; it must be a number from 0 to 65535.\n']);
  });

  it('knows of no audience when the port is not known yet', () =>
    withFolder(async (folder) => {
      const { code, err } = await runCommand(token, ['--scope', 'system/*.rs'], { PORT: '0', DATA_DIR: folder });
      expect(code).to.equal(2);
      expect(err).to.match(/set PUBLIC_BASE_URL/);
    }));

  it('says in a sentence that the data folder is none, with exit code 3 and nothing on stdout', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'file');
      await writeFile(file, '');
      for (const port of ['8080', '0']) {
        const { code, out, err } = await runCommand(token, ['--scope', 'system/*.rs'], { DATA_DIR: file, PORT: port });
        expect([code, out]).to.deep.equal([3, '']);
        expect(err).to.equal(`The data folder ${file} can't be read (ENOTDIR). Check DATA_DIR and its permissions.\n`);
      }
    }));

  it('explains itself', async () => {
    const { code, out } = await runCommand(token, ['--help']);
    expect(code).to.equal(0);
    expect(out.match(/npm run -s cli -- token/g)).to.have.length(4);
    expect(out).to.match(/Exit codes: 0 printed, 2 wrong use, 3 the data folder could not be used\./);
  });

  describe('beside a running server', () => {
    let server: TestServer;
    before(async () => {
      server = await startTestServer();
    });
    after(() => server.close());

    it('is for that server, whatever its port', async () => {
      const { out } = await runCommand(token, ['--scope', 'system/Patient.s'], { PORT: '0', DATA_DIR: server.dataDir });
      expect((await server.fetchFhir('Patient', { token: out.trim() })).status).to.equal(200);
      expect((await server.fetchFhir('Observation', { token: out.trim() })).status).to.equal(403);
    });

    it('of a server that ended without saying so it knows nothing', () =>
      withFolder(async (folder) => {
        await writeFile(join(folder, 'server.json'), JSON.stringify({ baseUrl: 'http://localhost:1/fhir', pid: 2 ** 30 }));
        const { out } = await runCommand(token, ['--scope', 'system/*.r'], { DATA_DIR: folder });
        expect(claimsOf(out)['aud']).to.equal('http://localhost:8080/fhir');
      }));
  });
});
