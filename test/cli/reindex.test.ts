import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { reindex } from '../../src/cli/reindex.ts';
import { readConfig } from '../../src/config.ts';
import type { Definitions } from '../../src/definitions/definitions.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import { start } from '../../src/server.ts';
import { sharedDefinitions } from '../support/server.ts';
import { withFolder } from '../support/temporary-folder.ts';
import { runCommand } from '../support/terminal.ts';

const conformance = fileURLToPath(new URL('../../conformance/', import.meta.url));
const shipped = sharedDefinitions().ownSearchParameters.map(({ url }) => url);
const encounterUrl = 'https://fascicolo.example/fhir/SearchParameter/AllergyIntolerance-encounter';

/** What a server knew before it was shipped with search parameters. */
async function olderDefinitions(folder: string): Promise<Definitions> {
  await cp(conformance, folder, { recursive: true });
  await rm(join(folder, 'search-parameters'), { recursive: true });
  return openDefinitions({ conformance: folder });
}

interface Running {
  readonly url: string;
  readonly log: readonly string[];
  close(): Promise<void>;
}

/** A server on the folder's embedded store, without access control. */
async function serve(dataDir: string, definitions: Definitions): Promise<Running> {
  const result = readConfig({ PORT: '0', DATA_DIR: dataDir, AUTH: 'none', VALIDATION: 'base' });
  if ('problems' in result) throw new Error(result.problems.join());
  const log: string[] = [];
  const parts = {
    definitions,
    log: (_level: string, message: string, details?: unknown) => log.push(`${message} ${JSON.stringify(details)}`),
  };
  const server = await start(result.config, parts);
  return { url: `http://127.0.0.1:${server.port}/fhir`, log, close: () => server.close() };
}

async function send(url: string, method = 'GET', body?: object): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/fhir+json', prefer: 'handling=strict' };
  const response = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  return { status: response.status, text: await response.text() };
}

const patient = { resourceType: 'Patient', id: 'p1' };
const encounter = { resourceType: 'Encounter', id: 'e1', status: 'finished', class: { code: 'AMB' } };
const allergy = {
  resourceType: 'AllergyIntolerance',
  id: 'a1',
  clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }] },
  patient: { reference: 'Patient/p1' },
  encounter: { reference: 'Encounter/e1' },
};

/** A folder with an allergy in a database from before the shipped parameters. */
function withOldFolder(body: (dataDir: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const dataDir = join(folder, 'data');
    const server = await serve(dataDir, await olderDefinitions(join(folder, 'older')));
    try {
      for (const resource of [patient, encounter, allergy]) {
        const { resourceType, id } = resource;
        expect((await send(`${server.url}/${resourceType}/${id}`, 'PUT', resource)).status).to.equal(201);
      }
    } finally {
      await server.close();
    }
    await body(dataDir);
  });
}

describe('cli reindex', () => {
  it('with no server running takes the store itself', () =>
    withOldFolder(async (dataDir) => {
      const { code, out, err } = await runCommand(reindex, [], { DATA_DIR: dataDir });
      expect([code, out], err).to.deep.equal([0, `${shipped.join('\n')}\n`]);
      expect(err).to.contain('Done: visible in /metadata now, 1 resource, 0 skipped.\n');
      const again = await runCommand(reindex, ['--json'], { DATA_DIR: dataDir });
      expect(again).to.deep.equal({
        code: 0,
        out: '{"parameters":[],"resources":0,"skipped":0}\n',
        err: 'Nothing to do: what is stored is indexed by every search parameter.\n',
      });
    }));

  it('beside a running server has that take the steps; the start has said that it is needed', () =>
    withOldFolder(async (dataDir) => {
      // Its files are known from its start on, since no other server can have its store.
      const server = await serve(dataDir, sharedDefinitions());
      try {
        expect(server.log.join()).to.contain('run npm run -s cli -- reindex').and.to.contain(encounterUrl);
        const query = `${server.url}/AllergyIntolerance?encounter=Encounter/e1`;
        const before = await send(query);
        expect([before.status, before.text.includes('It is new')]).to.deep.equal([400, true]);
        expect((await send(`${server.url}/metadata`)).text).to.not.contain(encounterUrl);
        const { code, out, err } = await runCommand(reindex, ['--json'], { DATA_DIR: dataDir });
        expect([code, JSON.parse(out)], err).to.deep.equal([0, { parameters: shipped, resources: 1, skipped: 0 }]);
        const found = await send(query);
        expect([found.status, found.text.includes('"id":"a1"')]).to.deep.equal([200, true]);
        expect((await send(`${server.url}/metadata`)).text).to.contain(encounterUrl);
      } finally {
        await server.close();
      }
    }));

  it('--all indexes everything anew, with --yes only', () =>
    withOldFolder(async (dataDir) => {
      const asked = await runCommand(reindex, ['--all'], { DATA_DIR: dataDir });
      expect([asked.code, asked.err.includes('--yes')]).to.deep.equal([2, true]);
      const { code, err } = await runCommand(reindex, ['--all', '--yes'], { DATA_DIR: dataDir });
      expect([code, err.includes('3 resources, 0 skipped')], err).to.deep.equal([0, true]);
    }));

  it('a wrong use is said in one sentence; --help explains itself', async () => {
    expect((await runCommand(reindex, ['--every'])).code).to.equal(2);
    expect((await runCommand(reindex, [], { PORT: 'x' })).code).to.equal(2);
    const { code, out } = await runCommand(reindex, ['--help']);
    expect([code, out.includes('reindex --all --yes')]).to.deep.equal([0, true]);
  });
});
