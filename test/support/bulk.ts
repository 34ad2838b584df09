/** A client of asynchronous requests, for tests: begins one, asks until it has ended, fetches its files. */
import { expect } from 'chai';
import type { Answer, FetchOptions, TestServer } from './server.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests reach into any resource; what is not there fails the assertion.
export type AnyResource = any;

export interface Finished {
  readonly manifest: AnyResource;
  readonly headers: Headers;
  /** The resources of all files of a list, by the file's type; for `deleted` and `error` by `Bundle` and `OperationOutcome`. */
  files(list: 'output' | 'deleted' | 'error'): Promise<Readonly<Record<string, readonly AnyResource[]>>>;
}

/** The path of an absolute URL of the server, as `fetchFhir` takes it. */
export function pathOf(url: string): string {
  return new URL(url).pathname + new URL(url).search;
}

/** Sends a request with `Prefer: respond-async`, and gives the address to ask at. */
export async function begin(server: TestServer, path: string, options: FetchOptions = {}): Promise<string> {
  const answer = await kickOff(server, path, options);
  expect(answer.status, answer.text).to.equal(202);
  return pathOf(answer.headers.get('content-location') ?? '');
}

export function kickOff(server: TestServer, path: string, options: FetchOptions = {}): Promise<Answer> {
  const { headers = {}, ...rest } = options;
  return server.fetchFhir(path, { ...rest, headers: { prefer: 'respond-async', ...headers } });
}

/** Asks until the answer is another than 202. */
export async function ended(server: TestServer, status: string, options: FetchOptions = {}): Promise<Answer> {
  for (;;) {
    const answer = await server.fetchFhir(status, options);
    if (answer.status !== 202) return answer;
  }
}

/** Runs an asynchronous request to its good end. */
export async function finish(server: TestServer, path: string, options: FetchOptions = {}): Promise<Finished> {
  const token = options.token === undefined ? {} : { token: options.token };
  return result(server, await ended(server, await begin(server, path, options), token), token);
}

export function result(server: TestServer, answer: Answer, options: FetchOptions = {}): Finished {
  expect(answer.status, answer.text).to.equal(200);
  const manifest: AnyResource = answer.body;
  const files = async (list: 'output' | 'deleted' | 'error') => {
    const found: Record<string, AnyResource[]> = {};
    for (const { type, url, count } of manifest[list] ?? []) {
      const file = await server.fetchFhir(pathOf(url), options);
      expect(file.status, file.text).to.equal(200);
      expect(file.headers.get('content-type')).to.equal('application/fhir+ndjson');
      const lines = file.text.split('\n');
      expect(lines.pop(), 'a line feed ends the last line').to.equal('');
      expect(lines.length).to.equal(count);
      const read = (found[type] ?? []).concat(lines.map((line) => JSON.parse(line)));
      found[type] = read;
    }
    return found;
  };
  return { manifest, headers: answer.headers, files };
}

/** `Type/id` of the resources of all types, sorted. */
export function namesOf(files: Readonly<Record<string, readonly AnyResource[]>>): readonly string[] {
  return Object.values(files)
    .flat()
    .map(({ resourceType, id }) => `${resourceType}/${id}`)
    .sort();
}
