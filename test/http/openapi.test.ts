/** The API in OpenAPI's words (https://spec.openapis.org/oas/v3.1.0.html): whole, true, and the same as the CapabilityStatement's. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect } from 'chai';
import { startTestServer, type TestServer } from '../support/server.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly $ref?: string; readonly name?: string; readonly in?: string }[];
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: object };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly parameters: Readonly<Record<string, { readonly name: string; readonly in: string }>> };
}

describe('GET [base]/openapi.json', () => {
  let server: TestServer;
  let document: Document;
  before(async () => {
    server = await startTestServer();
    document = (await server.fetchFhir('openapi.json', { token: null })).body;
  });
  after(() => server.close());

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    );
  /** The names of an operation's parameters in the query. */
  const queryOf = (path: string, method: string) =>
    (document.paths[path]?.[method]?.parameters ?? [])
      .map((parameter) =>
        parameter.$ref === undefined ? parameter : document.components.parameters[parameter.$ref.split('/')[3] ?? ''],
      )
      .filter((parameter) => parameter?.in === 'query')
      .map((parameter) => parameter?.name);

  it('is open and JSON, and valid OpenAPI 3.1', async () => {
    const answer = await server.fetchFhir('openapi.json', { token: null });
    expect([answer.status, answer.headers.get('content-type')]).to.deep.equal([200, 'application/json; charset=utf-8']);
    const result = await new Validator().validate(answer.body);
    expect(result.errors).to.equal(undefined);
    expect(result.valid).to.equal(true);
  });

  it('has one name for each operation', () => {
    const names = operations().map(({ operation: { operationId } }) => operationId);
    expect(new Set(names).size).to.equal(names.length);
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path.split('/'));
    const missing = [...new Set(references.map((path) => path.join('/')))].filter((path) => {
      let found: unknown = document;
      for (const part of path.split('/')) found = Object(found)[part];
      return found === undefined;
    });
    expect(missing).to.deep.equal([]);
  });

  it('gives every search parameter that the CapabilityStatement claims for a type, and no other', async () => {
    const { body } = await server.fetchFhir('metadata', { token: null });
    for (const { type, searchParam } of body.rest[0].resource) {
      const claimed = searchParam.map(({ name }: { name: string }) => name);
      expect(queryOf(`/${type}`, 'get'), type).to.include.members(claimed);
      const results = queryOf('/', 'get').filter(
        (name) => !body.rest[0].searchParam.some((own: { name: string }) => own.name === name),
      );
      expect(queryOf(`/${type}`, 'get'), type).to.have.members([...claimed, ...results]);
    }
  });

  it('has a path for each interaction and operation that the CapabilityStatement claims', async () => {
    const { body } = await server.fetchFhir('metadata', { token: null });
    const places: Readonly<Record<string, string>> = {
      read: 'get /[type]/{id}',
      vread: 'get /[type]/{id}/_history/{vid}',
      update: 'put /[type]/{id}',
      patch: 'patch /[type]/{id}',
      delete: 'delete /[type]/{id}',
      'history-instance': 'get /[type]/{id}/_history',
      'history-type': 'get /[type]/_history',
      create: 'post /[type]',
      'search-type': 'get /[type]',
    };
    for (const { type, interaction, operation } of body.rest[0].resource) {
      for (const { code } of interaction) {
        const [method = '', path = ''] = (places[code] ?? '').replace('[type]', type).split(' ');
        expect(document.paths[path]?.[method], `${code} ${type}`).to.be.an('object');
      }
      for (const { name } of operation) {
        const found = [`/${type}/$${name}`, `/${type}/{id}/$${name}`].some(
          (path) => document.paths[path]?.['post'] !== undefined,
        );
        expect(found, `$${name} of ${type}`).to.equal(true);
      }
    }
  });

  it('names no path and method that the server does not have: none is answered with 404 for its path or with 405', async function () {
    this.timeout(60_000);
    const types = ['/Patient', '/Binary', '/CodeSystem', '/Group'];
    const samples = operations().filter(
      ({ path }) => !/^\/[A-Z]/.test(path) || types.some((type) => path === type || path.startsWith(`${type}/`)),
    );
    expect(samples.length).to.be.above(80);
    for (const { path, method } of samples) {
      const filled = path
        .replace('{type}', 'Observation')
        .replace('{file}', 'Patient-1.ndjson')
        .replace(/\{\w+\}/g, '1');
      const answer = await server.fetchFhir(filled.slice(1), { method });
      expect(answer.status, `${method} ${path}`).not.to.equal(405);
      expect(answer.text, `${method} ${path}`)
        .not.to.include('No FHIR interaction has this path')
        .and.not.to.include('is not offered here');
    }
  });

  const told: readonly (readonly [method: string, path: string, names: readonly string[]])[] = [
    ['get', '/Patient/{id}', ['_summary', '_elements', '_format', '_pretty', 'If-None-Match', 'If-Modified-Since']],
    ['get', '/Patient/{id}/_history/{vid}', ['_summary', '_elements', 'If-None-Match', 'If-Modified-Since']],
    ['put', '/Patient/{id}', ['_format', 'If-Match', 'If-None-Match', 'Prefer']],
    ['delete', '/Patient/{id}', ['_references', 'If-Match', 'Prefer']],
    ['delete', '/Patient', ['identifier', '_references', '_count']],
    ['post', '/Binary', ['X-Security-Context', 'If-None-Exist']],
    ['put', '/Binary/{id}', ['X-Security-Context']],
  ];
  for (const [method, path, names] of told) {
    it(`tells of ${names.join(', ')} at ${method.toUpperCase()} ${path}`, () => {
      const parameters = document.paths[path]?.[method]?.parameters ?? [];
      const known = parameters.map(({ $ref, name }) => name ?? document.components.parameters[$ref?.split('/')[3] ?? '']?.name);
      expect(known).to.include.members([...names]);
    });
  }

  it('lets a Binary come and go as what it holds', () => {
    const raw = (path: string, method: string) => JSON.stringify(document.paths[path]?.[method]).includes('"*/*"');
    for (const [path, method] of [
      ['/Binary', 'post'],
      ['/Binary/{id}', 'put'],
      ['/Binary/{id}', 'get'],
      ['/Binary/{id}/_history/{vid}', 'get'],
    ] as const)
      expect(raw(path, method), `${method} ${path}`).to.equal(true);
    expect(raw('/Patient/{id}', 'get')).to.equal(false);
  });

  it('asks for a token everywhere but for the CapabilityStatement', async () => {
    for (const { path, operation } of operations()) {
      expect(operation.security, path).to.deep.equal(path === '/metadata' ? [] : undefined);
    }
    const open = await startTestServer({ environment: { AUTH: 'none' } });
    const { body } = await open.fetchFhir('openapi.json', { token: null });
    await open.close();
    expect([body.security, body.components.securitySchemes]).to.deep.equal([[], undefined]);
  });
});
