/** Profiles, value sets and code systems sent to the server hold from then on. https://hl7.org/fhir/R4/profiling.html#resources */
import { expect } from 'chai';
import { openRegistry } from '../../src/definitions/registry.ts';
import { openStoredDefinitions } from '../../src/interactions/stored-definitions.ts';
import { openMemory } from '../../src/store/memory/memory.ts';
import { processorMs } from '../support/processor-time.ts';
import { sharedDefinitions, startTestServer } from '../support/server.ts';
import { bundle, describeOnStores, entry, unique } from './on-stores.ts';

const base = 'https://guide.example';
const types = 'http://hl7.org/fhir/StructureDefinition/';

const codeSystem = (name: string, ...codes: readonly string[]) => ({
  resourceType: 'CodeSystem',
  id: name,
  url: `${base}/CodeSystem/${name}`,
  status: 'active',
  content: 'complete',
  concept: codes.map((code) => ({ code })),
});

const valueSet = (name: string, system: string) => ({
  resourceType: 'ValueSet',
  id: name,
  url: `${base}/ValueSet/${name}`,
  status: 'active',
  compose: { include: [{ system }] },
});

const profile = (name: string, type: string, ...element: readonly object[]) => ({
  resourceType: 'StructureDefinition',
  id: name,
  url: `${base}/StructureDefinition/${name}`,
  name,
  status: 'active',
  kind: 'resource',
  abstract: false,
  type,
  baseDefinition: types + type,
  derivation: 'constraint',
  differential: { element },
});

/** Of nobody: what is about whom is not the matter here. */
const observation = (more: object = {}) => ({ resourceType: 'Observation', status: 'final', code: { text: 'Prova' }, ...more });

const claiming = (name: string, more: object = {}) => ({
  ...observation(more),
  meta: { profile: [`${base}/StructureDefinition/${name}`] },
});

const coded = (system: string, code: string) => ({ code: { coding: [{ system, code }] } });

const codesOf = (body: { issue?: readonly { details?: { coding?: readonly { code: string }[] } }[] }) =>
  (body.issue ?? []).map(({ details }) => details?.coding?.[0]?.code);

describeOnStores('stored conformance resources', (server) => {
  const put = (resource: { readonly resourceType: string; readonly id: string }) =>
    server().fetchFhir(`${resource.resourceType}/${resource.id}`, { method: 'PUT', body: resource });
  const post = (body: object, prefer = 'return=OperationOutcome') =>
    server().fetchFhir((body as { resourceType: string }).resourceType, { method: 'POST', body, headers: { prefer } });

  it('a profile, with the value set and the code system it needs, holds for the next request', async () => {
    const name = unique('colour');
    const system = `${base}/CodeSystem/${name}`;
    expect((await post(claiming(name))).status, 'before there is such a profile').to.equal(201);
    expect((await put(codeSystem(name, 'red'))).status).to.equal(201);
    expect((await put(valueSet(name, system))).status).to.equal(201);
    const binding = { strength: 'required', valueSet: `${base}/ValueSet/${name}` };
    expect(
      (await put(profile(name, 'Observation', { id: 'Observation.code', path: 'Observation.code', binding }))).status,
    ).to.equal(201);

    const wrong = await post(claiming(name, coded(system, 'blue')));
    expect(wrong.status).to.be.oneOf([400, 422]);
    expect(codesOf(wrong.body)).to.include('coding-not-in-set');
    expect((await post(claiming(name, coded(system, 'red')))).status).to.equal(201);

    expect((await put(codeSystem(name, 'red', 'blue'))).status).to.equal(200);
    expect((await post(claiming(name, coded(system, 'blue')))).status, 'after the code system has grown').to.equal(201);

    expect((await server().fetchFhir(`StructureDefinition/${name}`, { method: 'DELETE' })).status).to.be.oneOf([200, 204]);
    const after = await post(claiming(name, { code: { text: 'any' } }));
    expect(after.status, 'after the profile is gone').to.equal(201);
    expect(codesOf(after.body)).to.include('profile-unknown');
  });

  it('a value set is searched by, at its address as by its canonical: search.html#token, `:in`', async () => {
    const system = `${base}/CodeSystem/searched`;
    await put(codeSystem('searched', 'in', 'too'));
    await put(valueSet('searched-set', system));
    for (const code of ['in', 'too', 'out'])
      await server().fetchFhir('Observation', { method: 'POST', body: observation(coded(system, code)) });
    const address = 'ValueSet/searched-set';
    for (const set of [address, `${server().baseUrl}/${address}`, `${base}/${address}`]) {
      const { status, body, text } = await server().fetchFhir(`Observation?code:in=${set}&_summary=count`);
      expect([status, body.total], text).to.deep.equal([200, 2]);
    }
    expect((await server().fetchFhir(`Observation?code:in=${address}|9`)).status).to.equal(400);
    expect((await server().fetchFhir('Observation?code:in=ValueSet/none')).status).to.equal(400);
    const token = await server().token('system/Observation.rs');
    expect((await server().fetchFhir(`Observation?code:in=${address}`, { token })).status).to.equal(403);
  });

  it('an extension that was unknown is known from then on', async () => {
    const name = unique('extension');
    const url = `${base}/StructureDefinition/${name}`;
    const used = observation({ extension: [{ url, valueString: 'x' }] });
    expect(codesOf((await post(used)).body)).to.include('extension-unknown');
    const definition = {
      ...profile(name, 'Extension', {
        id: 'Extension.value[x]',
        path: 'Extension.value[x]',
        min: 1,
        type: [{ code: 'boolean' }],
      }),
      kind: 'complex-type',
      context: [{ type: 'element', expression: 'Observation' }],
    };
    expect((await put(definition)).status).to.equal(201);
    const refused = await post(used);
    expect(refused.status).to.equal(422);
    expect(codesOf(refused.body)).to.include('profile-type-narrowed');
  });

  const broken: readonly [what: string, element: object, reason: RegExp][] = [
    ['an element that is not there', { id: 'Observation.colour', path: 'Observation.colour', min: 1 }, /no such element/],
    [
      'an invariant that is no FHIRPath',
      {
        id: 'Observation',
        path: 'Observation',
        constraint: [{ key: 'x-1', severity: 'error', human: 'x', expression: 'code.' }],
      },
      /x-1.*can't be compiled/,
    ],
    [
      'a function whose work has no limit',
      {
        id: 'Observation',
        path: 'Observation',
        constraint: [{ key: 'x-2', severity: 'error', human: 'x', expression: '(1).sqrt() = 1' }],
      },
      /x-2.*nothing limits/,
    ],
  ];
  for (const [what, element, reason] of broken) {
    it(`a profile with ${what} is refused with the reason`, async () => {
      const name = unique('broken');
      const { status, body } = await put(profile(name, 'Observation', element));
      expect(status).to.equal(422);
      expect(body.issue.map(({ details }: { details: { text: string } }) => details.text).join()).to.match(reason);
      expect((await server().fetchFhir(`StructureDefinition/${name}`)).status).to.equal(404);
    });
  }

  it('one with the canonical of R4 or of a package is stored, says so, and replaces nothing', async () => {
    const forged = [
      { ...codeSystem(unique('gender'), 'x'), url: 'http://hl7.org/fhir/administrative-gender' },
      { ...codeSystem(unique('class'), 'x'), url: 'urn:oid:2.16.840.1.113883.2.9.3.3.6.1.5' },
      { ...valueSet(unique('set'), 'urn:x'), url: 'http://hl7.org/fhir/ValueSet/administrative-gender' },
      {
        ...profile(unique('patient'), 'Patient', { id: 'Patient.photo', path: 'Patient.photo', min: 1 }),
        url: 'https://fascicolo.example/fhir/StructureDefinition/fse-patient',
      },
    ];
    for (const resource of forged) {
      const answer = await server().fetchFhir(`${resource.resourceType}/${resource.id}`, {
        method: 'PUT',
        body: resource,
        headers: { prefer: 'return=OperationOutcome' },
      });
      expect(answer.status, resource.url).to.equal(201);
      expect(codesOf(answer.body), resource.url).to.include('definition-packaged');
    }
    const patient = { resourceType: 'Patient', identifier: [{ value: unique() }], gender: 'female' };
    expect((await post(patient)).status).to.equal(201);
  });

  it('a transaction that brings a profile is held to it', async () => {
    const name = unique('together');
    const rule = profile(name, 'Observation', { id: 'Observation.note', path: 'Observation.note', min: 1 });
    const send = (resource: object) =>
      server().fetchFhir('', {
        method: 'POST',
        body: bundle('transaction', entry(`PUT StructureDefinition/${name}`, rule), entry('POST Observation', resource)),
      });
    const refused = await send(claiming(name));
    expect(refused.status).to.equal(422);
    expect(JSON.stringify(refused.body)).to.include('Bundle.entry[1].resource');
    expect((await server().fetchFhir(`StructureDefinition/${name}`)).status).to.equal(404);
    expect((await send(claiming(name, { note: [{ text: 'x' }] }))).status).to.equal(200);
  });

  it('an invariant that visits too much is said not to be checked, in bounded time', async () => {
    const name = unique('greedy');
    const expression = 'descendants().where(%resource.descendants().count() = 0).empty()';
    const constraint = Array.from({ length: 50 }, (_, place) => ({
      key: `g-${place}`,
      severity: 'error',
      human: 'x',
      expression,
    }));
    expect((await put(profile(name, 'Observation', { id: 'Observation', path: 'Observation', constraint }))).status).to.equal(
      201,
    );
    const note = Array.from({ length: 2_000 }, (_, place) => ({ text: `note ${place}` }));
    const started = processorMs();
    const { status, body } = await post(claiming(name, { note }));
    expect(status).to.equal(201);
    expect(codesOf(body)).to.include('invariant-not-checked');
    expect(processorMs() - started).to.be.below(10_000);
  });
});

describeOnStores('the profile of a transaction Bundle', (server) => {
  const send = (...entries: readonly object[]) =>
    server().fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries) });
  const outcomes = (body: { entry: readonly { response: { outcome?: object } }[] }) =>
    body.entry.map(({ response }) => JSON.stringify(response.outcome ?? {}));

  it('warns, with the first entry, of a document without Composition', async () => {
    const { status, body } = await send(entry('POST Observation', observation()));
    expect(status).to.equal(200);
    expect(outcomes(body)[0]).to.include('fse-bun-composition').and.to.include('"code":"publish"');
  });

  it('warns at the Composition of what the gateway reads of it', async () => {
    const composition = {
      resourceType: 'Composition',
      identifier: { system: 'urn:x', value: unique() },
      status: 'final',
      type: { coding: [{ system: 'http://loinc.org', code: '34133-9' }] },
      date: '2026-03-02',
      author: [{ display: 'x' }],
      title: 'x',
    };
    const { status, body } = await send(entry('POST Observation', observation()), entry('POST Composition', composition));
    expect(status).to.equal(200);
    const [first, second] = outcomes(body);
    expect(first).not.to.include('fse-bun');
    for (const rule of ['fse-bun-type', 'fse-bun-confidentiality', 'fse-bun-attester']) expect(second).to.include(rule);
    expect(second).to.include('"Bundle.entry[1]"');
  });

  it('is looked at whole when the Bundle claims another: its errors refuse the transaction', async () => {
    const name = unique('bundle');
    const rule = profile(name, 'Bundle', { id: 'Bundle.timestamp', path: 'Bundle.timestamp', min: 1 });
    expect((await server().fetchFhir(`StructureDefinition/${name}`, { method: 'PUT', body: rule })).status).to.equal(201);
    const body = { ...bundle('transaction', entry('POST Observation', observation())), meta: { profile: [rule.url] } };
    const refused = await server().fetchFhir('', { method: 'POST', body });
    expect(refused.status).to.equal(422);
    expect(refused.body.issue[0].expression).to.deep.equal(['Bundle']);
  });
});

describe('servers over one store', () => {
  it('learn of what others have stored, changed and deleted when they look again, and at their start', async () => {
    const store = openMemory();
    const server = await startTestServer({ ownStore: store });
    try {
      const registry = openRegistry(sharedDefinitions());
      const stored = await openStoredDefinitions(store, registry, () => undefined);
      const system = codeSystem(unique('shared'), 'red');
      const write = (method: string, body?: object) =>
        server.fetchFhir(`CodeSystem/${system.id}`, { method, ...(body === undefined ? {} : { body }) });
      const known = async () => {
        await stored.refresh();
        return registry.definitions.codeSystem(system.url)?.has('red');
      };
      expect(await known()).to.equal(undefined);
      await write('PUT', system);
      expect(await known()).to.equal(true);
      await write('PUT', { ...system, concept: [{ code: 'blue' }] });
      expect(await known()).to.equal(false);
      const late = openRegistry(sharedDefinitions());
      await openStoredDefinitions(store, late, () => undefined);
      expect(late.definitions.codeSystem(system.url)?.has('blue'), 'a server that starts now').to.equal(true);
      await write('DELETE');
      expect(await known()).to.equal(undefined);
      expect(await known(), 'and looks once more').to.equal(undefined);
    } finally {
      await server.close();
    }
  });
});
