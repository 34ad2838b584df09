/** src/decisions/0019-units-systems-and-tax-codes.md */
import { expect } from 'chai';
import { openMemory } from '../../src/store/memory/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { startTestServer } from '../support/server.ts';
import { codiceFiscaleOid, codiceFiscaleUrl, taxCode, variantOf } from '../support/tax-codes.ts';
import { withMethods } from '../support/with-methods.ts';
import { bundle, describeOnStores, entry, observation, patient } from './on-stores.ts';

let person = 0;

describeOnStores('a codice fiscale under omocodia', (server) => {
  let code: string;
  let variant: string;
  beforeEach(() => {
    person += 1;
    code = taxCode(person);
    variant = variantOf(code, 14);
  });

  const withCode = (value: string, system = codiceFiscaleOid) => patient(value, { identifier: [{ system, value }] });
  const post = async (value: string, system?: string): Promise<string> =>
    (await server().fetchFhir('Patient', { method: 'POST', body: withCode(value, system) })).body.id;
  const find = async (query: string): Promise<readonly string[]> =>
    ((await server().fetchFhir(`Patient?${query}`)).body.entry ?? []).map((one: { resource: { id: string } }) => one.resource.id);
  const asked = (value: string, system = codiceFiscaleOid) => `identifier=${encodeURIComponent(`${system}|${value}`)}`;
  const send = (...entries: readonly object[]) =>
    server().fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries) });

  it('a variant finds the same patient, under either name of the system', async () => {
    const id = await post(code, codiceFiscaleUrl);
    for (const value of [code, variant, variantOf(code, 6, 9, 14), variant.toLowerCase()]) {
      expect(await find(asked(value)), value).to.deep.equal([id]);
      expect(await find(asked(value, codiceFiscaleUrl)), value).to.deep.equal([id]);
    }
    expect(await find(`identifier=${variant}`)).to.deep.equal([id]);
    expect(await find(asked(taxCode(person + 500)))).to.deep.equal([]);
  });

  it('a search shows both persons where there are two', async () => {
    const ids = [await post(code), await post(variant)];
    expect([...(await find(asked(code)))].sort()).to.deep.equal([...ids].sort());
  });

  it('If-None-Exist finds the code as it is written, under either name of the system', async () => {
    const id = await post(code);
    const again = await server().fetchFhir('Patient', {
      method: 'POST',
      body: withCode(code, codiceFiscaleUrl),
      headers: { 'if-none-exist': asked(code, codiceFiscaleUrl) },
    });
    expect(again.status).to.equal(200);
    expect(again.headers.get('location')).to.include(`Patient/${id}/`);
  });

  it('a condition that only a variant meets is refused with 412: it may be another person', async () => {
    const id = await post(code);
    const requests: readonly (readonly [
      path: string,
      options: { method: string; body?: unknown; headers?: Record<string, string> },
    ])[] = [
      ['Patient', { method: 'POST', body: withCode(variant), headers: { 'if-none-exist': asked(variant) } }],
      [`Patient?${asked(variant)}`, { method: 'PUT', body: withCode(variant) }],
      [`Patient?${asked(variant)}`, { method: 'DELETE' }],
    ];
    for (const [path, options] of requests) {
      const answer = await server().fetchFhir(path, options);
      expect(answer.status, options.method).to.equal(412);
      expect(answer.body.issue[0].details.text).to.match(/omocodia/);
      expect(answer.text).not.to.include(variant);
    }
    expect(await find(asked(code))).to.deep.equal([id]);
    expect((await server().fetchFhir(`Patient/${id}`)).body.meta.versionId).to.equal('1');
  });

  it('a condition acts on the code as written although a variant is there too', async () => {
    const first = await post(code);
    const second = await post(variant);
    const answer = await server().fetchFhir(`Patient?${asked(variant)}`, {
      method: 'PUT',
      body: { ...withCode(variant), active: true },
    });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('location')).to.include(`Patient/${second}/`);
    expect((await server().fetchFhir(`Patient/${first}`)).body.meta.versionId).to.equal('1');
    expect((await server().fetchFhir(`Patient?${asked(variant)}`, { method: 'DELETE' })).status).to.equal(204);
    expect((await server().fetchFhir(`Patient/${first}`)).status).to.equal(200);
  });

  it('inside a transaction the entry is named, and nothing is written', async () => {
    await post(code);
    for (const refused of [
      entry('POST Patient', withCode(variant), { ifNoneExist: asked(variant) }),
      entry(`PUT Patient?${asked(variant)}`, withCode(variant)),
      entry('POST Observation', observation(`Patient?${asked(variant)}`)),
    ]) {
      const answer = await send(entry('POST Organization', { resourceType: 'Organization', name: code }), refused);
      expect(answer.status, answer.text).to.equal(412);
      expect(answer.body.issue[0].details.text).to.match(/omocodia/);
      expect(answer.body.issue[0].expression[0]).to.match(/^Bundle\.entry\[1\]/);
    }
    expect((await server().fetchFhir(`Organization?name=${code}`)).body.entry).to.equal(undefined);
  });

  it('a reference of a transaction means the person that the transaction brings, not another with a variant', async () => {
    const other = await post(code);
    const answer = await send(
      entry('POST Patient', withCode(variant)),
      entry('POST Observation', observation(`Patient?${asked(variant)}`)),
    );
    expect(answer.status, answer.text).to.equal(200);
    const [brought, observed] = answer.body.entry;
    const stored = await server().fetchFhir(observed.response.location.replace(/\/_history.*/, ''));
    expect(stored.body.subject.reference).to.equal(brought.response.location.replace(/\/_history.*/, ''));
    expect(stored.body.subject.reference).not.to.include(other);
  });
});

describe('a codice fiscale under omocodia: writers at the same time', () => {
  it('who comes between the two searches of a condition brings the very patient, not another form', async () => {
    const memory = openMemory({ now: Date.now });
    let meanwhile: (() => Promise<unknown>) | undefined;
    const ownStore = withMethods<Store>(memory, {
      search: async (query) => {
        const page = await memory.search(query);
        const act = query.types.includes('Patient') ? meanwhile : undefined;
        if (act !== undefined) meanwhile = undefined;
        await act?.();
        return page;
      },
    });
    const server = await startTestServer({ ownStore });
    try {
      const value = taxCode(9001);
      const resource = patient(value, { identifier: [{ system: codiceFiscaleOid, value }] });
      meanwhile = () => server.fetchFhir('Patient', { method: 'POST', body: resource });
      const sent = bundle('transaction', entry(`PUT Patient?identifier=${value}`, resource));
      const { status, text } = await server.fetchFhir('', { method: 'POST', body: sent });
      expect(status, text).to.equal(200);
      expect((await server.fetchFhir('Patient?_summary=count')).body.total).to.equal(1);
    } finally {
      await server.close();
    }
  });
});
