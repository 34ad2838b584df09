/** The spec tests run over HTTP on each store that needs nothing installed. */
import { startTestServer, type TestServer, type TestServerOptions } from '../support/server.ts';

/** A block of tests per store; `server` gives the running one inside them. */
export function describeOnStores(title: string, body: (server: () => TestServer) => void, options: TestServerOptions = {}): void {
  for (const store of ['memory', 'embedded'] as const) {
    describe(`${title} (${store})`, () => {
      let running: TestServer | undefined;
      before(async () => {
        running = await startTestServer({ ...options, store });
      });
      after(() => running?.close());
      body(() => {
        if (running === undefined) throw new Error('The server is not running.');
        return running;
      });
    });
  }
}

let last = 0;

/** A value that no other test of this run uses, for identifiers. */
export function unique(prefix = 'v'): string {
  last += 1;
  return `${prefix}-${last}`;
}

export const system = 'urn:oid:2.16.840.1.113883.2.9.4.3.99';

/** A synthetic Patient that every profile accepts. */
export function patient(value: string, more: object = {}): object {
  const name = [{ family: 'Prova', given: ['Ada'] }];
  return { resourceType: 'Patient', identifier: [{ system, value }], name, gender: 'female', birthDate: '1980-02-29', ...more };
}

export function organization(value: string, more: object = {}): object {
  return { resourceType: 'Organization', identifier: [{ system, value }], name: 'Struttura di prova', ...more };
}

export function observation(subject: string, more: object = {}): object {
  return { resourceType: 'Observation', status: 'final', code: { text: 'Prova' }, subject: { reference: subject }, ...more };
}

export interface EntryOptions {
  readonly fullUrl?: string;
  readonly ifNoneExist?: string;
  readonly ifMatch?: string;
}

/** An entry of a batch or transaction: `entry('POST Patient', resource)`. */
export function entry(request: string, resource?: object, { fullUrl, ...more }: EntryOptions = {}): object {
  const [method, url] = request.split(' ');
  return { ...(fullUrl && { fullUrl }), ...(resource && { resource }), request: { method, url, ...more } };
}

export function bundle(type: 'batch' | 'transaction', ...entries: readonly object[]): object {
  return { resourceType: 'Bundle', type, entry: entries };
}
