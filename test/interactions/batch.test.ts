import { expect } from 'chai';
import { everyone } from '../../src/access/access-context.ts';
import { openTimeZone } from '../../src/fhir/date.ts';
import { batch } from '../../src/interactions/batch.ts';
import { openServerCapabilities } from '../../src/interactions/claims.ts';
import type { Dispatch, FhirRequest, ServerContext } from '../../src/interactions/context.ts';
import { transaction } from '../../src/interactions/transaction.ts';
import { operations } from '../../src/operations/index.ts';
import { openIndexer } from '../../src/search/indexer.ts';
import { openMemory } from '../../src/store/memory/memory.ts';
import { openValidator } from '../../src/validation/validate.ts';
import { noJobs } from '../support/no-jobs.ts';
import { noOwnParameters } from '../support/no-own-parameters.ts';
import { sharedDefinitions } from '../support/server.ts';

const baseUrl = 'http://localhost:8080/fhir';
const timeZone = 'Europe/Rome';

function openContext(log: ServerContext['log']): ServerContext {
  const definitions = sharedDefinitions();
  const wired = { access: 'none', cors: false, validation: 'base', references: 'checked' } as const;
  const settings = { baseUrl, softwareVersion: '0', ...wired } as const;
  return {
    definitions,
    store: openMemory(),
    validator: openValidator(definitions, { mode: 'base', timeZone }),
    indexer: openIndexer(definitions, { baseUrl, timeZone }),
    ownParameters: noOwnParameters,
    operations,
    jobs: noJobs,
    capabilities: openServerCapabilities(definitions, operations, settings),
    baseUrl,
    references: 'checked',
    cursorKey: new Uint8Array(32),
    timeZone: openTimeZone(timeZone),
    now: () => 0,
    newId: () => 'new',
    log,
  };
}

/** Without a store behind it: `Patient/1` meets a fault of ours, whose message quotes data. */
const dispatch: Dispatch = async ({ id }) => {
  if (id === '1') throw new TypeError('The secret of Ada Prova.');
  return { status: 200, text: '{"resourceType":"Patient","id":"2"}' };
};

describe('A fault of the server in one entry is logged, answered opaquely, and the others go on', () => {
  for (const [type, handler] of [
    ['batch', batch],
    ['transaction', transaction],
  ] as const) {
    it(`in a ${type}`, async () => {
      const logged: unknown[] = [];
      const context = openContext((level, message, details) => {
        if (level !== 'debug') logged.push({ level, message, ...details });
      });
      const entry = ['1', '2'].map((id) => ({ request: { method: 'GET', url: `Patient/${id}` } }));
      const request: FhirRequest = {
        interaction: type,
        level: 'system',
        method: 'POST',
        query: [],
        body: { resourceType: 'Bundle', type, entry },
        headers: {},
        access: everyone,
        requestId: 'r-1',
        language: 'en',
      };
      const { status, text } = await handler(request, context, dispatch);
      const answer = JSON.parse(text ?? '');
      expect(status).to.equal(200);
      expect(answer.entry[0].response.status).to.equal('500 Internal Server Error');
      expect(JSON.stringify(answer.entry[0])).to.include('report incident new').and.not.to.include('Ada');
      expect(answer.entry[1].resource).to.deep.equal({ resourceType: 'Patient', id: '2' });
      expect(logged).to.have.length(1);
      expect(logged[0]).to.include({
        level: 'error',
        message: 'incident',
        requestId: 'r-1',
        entry: 'Bundle.entry[0]',
        incident: 'new',
        failure: 'TypeError',
      });
      expect(JSON.stringify(logged)).not.to.include('Ada');
    });
  }
});
