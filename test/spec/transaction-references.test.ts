import { expect } from 'chai';
import { bundle, describeOnStores, entry, observation, organization, patient, system, unique } from './on-stores.ts';

describeOnStores('http.html#trules (references)', (server) => {
  const send = async (...entries: readonly object[]) => {
    const { status, body } = await server().fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries) });
    expect(status, JSON.stringify(body)).to.equal(200);
    const keys: readonly string[] = body.entry.map((one: { response: { location: string } }) =>
      one.response.location.replace(/\/_history.*/, ''),
    );
    return keys;
  };
  const read = async (key: string | undefined) => (await server().fetchFhir(String(key))).body;

  const fullUrls: readonly [what: string, fullUrl: string][] = [
    ['urn:uuid', 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a'],
    ['urn:oid', 'urn:oid:1.2.3.4.5'],
    ['an absolute URL', 'https://example/Patient/252c0cc1-06bf-4ce1-8317-3c8fec7d3e70'],
    ['an absolute URL with a deeper base', 'http://example.org/some/base/Patient/1'],
  ];
  for (const [what, fullUrl] of fullUrls) {
    it(`replaces all matching links: ${what}, before and after the entry`, async () => {
      const [first, subject, last] = await send(
        entry('POST Observation', observation(fullUrl)),
        entry('POST Patient', patient(unique()), { fullUrl }),
        entry('POST Observation', observation(fullUrl)),
      );
      for (const key of [first, last]) expect((await read(key)).subject.reference).to.equal(subject);
      const { body } = await server().fetchFhir(`Observation?subject=${subject}&_summary=count`);
      expect(body.total).to.equal(2);
    });
  }

  it('resolves a relative reference under the base of its own entry', async () => {
    const [key, subject] = await send(
      entry('POST Observation', observation('Patient/p'), { fullUrl: 'https://example/Observation/o' }),
      entry('POST Patient', patient(unique()), { fullUrl: 'https://example/Patient/p' }),
    );
    expect((await read(key)).subject.reference).to.equal(subject);
  });

  it('leaves a relative reference to what the Bundle does not hold: it is on this server', async () => {
    const [stored = ''] = await send(entry('POST Patient', patient(unique())));
    const [key] = await send(entry('POST Observation', observation(stored), { fullUrl: 'https://example/Observation/o' }));
    expect((await read(key)).subject.reference).to.equal(stored);
  });

  it('leaves foreign absolute URLs and logical references as they are', async () => {
    const performer = [{ reference: 'https://elsewhere.example/Practitioner/1' }, { identifier: { value: 'x' } }];
    const [key] = await send(
      entry('POST Observation', observation('https://example/Patient/p', { performer }), {
        fullUrl: 'https://example/Observation/o',
      }),
      entry('POST Patient', patient(unique()), { fullUrl: 'https://example/Patient/p' }),
    );
    expect((await read(key)).performer).to.deep.equal(performer);
  });

  it('refuses an absolute reference under a base of the Bundle that names no entry', async () => {
    const body = bundle(
      'transaction',
      entry('POST Observation', observation('https://example/Patient/missing'), { fullUrl: 'https://example/Observation/o' }),
    );
    const answer = await server().fetchFhir('', { method: 'POST', body });
    expect(answer.status).to.equal(400);
    expect(answer.body.issue[0].expression).to.deep.equal(['Bundle.entry[0].resource.subject.reference']);
  });

  it('refuses a reference to an entry that deletes', async () => {
    const fullUrl = 'https://example/Patient/p';
    const body = bundle(
      'transaction',
      entry('DELETE Patient/p', undefined, { fullUrl }),
      entry('POST Observation', observation(fullUrl), { fullUrl: 'https://example/Observation/o' }),
    );
    expect((await server().fetchFhir('', { method: 'POST', body })).status).to.equal(400);
  });

  it('resolves references in a circle', async () => {
    const [first, second] = [
      `urn:uuid:${'1'.repeat(8)}-1111-4111-8111-111111111111`,
      'urn:uuid:22222222-2222-4222-8222-222222222222',
    ];
    const link = (reference: string | undefined) => ({ link: [{ other: { reference }, type: 'seealso' }] });
    const [one, other] = await send(
      entry('POST Patient', patient(unique(), link(second)), { fullUrl: first }),
      entry('POST Patient', patient(unique(), link(first)), { fullUrl: second }),
    );
    expect((await read(one)).link[0].other.reference).to.equal(other);
    expect((await read(other)).link[0].other.reference).to.equal(one);
  });

  it('replaces links in elements of type uri and url and in narratives, and nothing in strings and canonicals', async () => {
    const fullUrl = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0b';
    const div = `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${fullUrl}">x</a><img src='${fullUrl}' alt="y"/><p>${fullUrl}</p></div>`;
    const [subject, key] = await send(
      entry('POST Patient', patient(unique()), { fullUrl }),
      entry('POST DocumentReference', {
        resourceType: 'DocumentReference',
        meta: { profile: ['http://hl7.org/fhir/StructureDefinition/DocumentReference'] },
        text: { status: 'generated', div },
        extension: [{ url: 'http://example.org/link', valueUri: fullUrl }],
        identifier: [{ system: 'urn:ietf:rfc:3986', value: fullUrl }],
        status: 'current',
        subject: { reference: fullUrl },
        content: [{ attachment: { contentType: 'application/pdf', url: fullUrl } }],
      }),
    );
    const document = await read(key);
    expect(document.content[0].attachment.url).to.equal(subject);
    expect(document.extension[0].valueUri).to.equal(subject);
    expect(document.subject.reference).to.equal(subject);
    expect(document.identifier[0].value).to.equal(fullUrl);
    expect(document.text.div)
      .to.include(`<a href="${subject}">`)
      .and.include(`<img src="${subject}"`)
      .and.include(`<p>${fullUrl}</p>`);
  });

  it('replaces links in contained resources and nested items, and keeps every digit on the way', async () => {
    const fullUrl = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0c';
    const text = JSON.stringify(
      bundle(
        'transaction',
        entry('POST Patient', patient(unique()), { fullUrl }),
        entry(
          'POST Observation',
          observation(fullUrl, {
            contained: [{ resourceType: 'Specimen', id: 's', subject: { reference: fullUrl } }],
            specimen: { reference: '#s' },
            component: [{ code: { text: 'y' }, valueQuantity: { value: 41421356 } }],
          }),
        ),
      ),
    ).replace('41421356', '4.1400');
    const answer = await server().fetchFhir('', { method: 'POST', body: text });
    const [subject, key] = answer.body.entry.map((one: { response: { location: string } }) =>
      one.response.location.replace(/\/_history.*/, ''),
    );
    const stored = await server().fetchFhir(key);
    expect(stored.body.contained[0].subject.reference).to.equal(subject);
    expect(stored.body.specimen.reference).to.equal('#s');
    expect(stored.text).to.include('"value":4.1400}');
  });

  it('turns a version-specific reference into one to the version that is written', async () => {
    const [id, value] = [unique('versioned'), unique()];
    await send(entry(`PUT Patient/${id}`, patient(value, { id })));
    const fullUrl = `https://example/Patient/${id}`;
    const keys = await send(
      entry('POST Organization', organization(unique()), { fullUrl: 'https://example/Organization/o' }),
      entry(`PUT Patient/${id}`, patient(value, { id }), { fullUrl }),
      entry(
        'POST Observation',
        observation(`${fullUrl}/_history/7`, { performer: [{ reference: 'https://example/Organization/o/_history/1' }] }),
      ),
    );
    const { subject, performer } = await read(keys[2]);
    expect(subject.reference).to.equal(`Patient/${id}/_history/2`);
    expect(performer[0].reference).to.equal(`${keys[0]}/_history/1`);
    expect((await read(`Patient/${id}/_history/2`)).resourceType).to.equal('Patient');
  });

  it('points at the resource that a conditional create found', async () => {
    const value = unique();
    const [existing] = await send(entry('POST Patient', patient(value)));
    const fullUrl = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0d';
    const [found, key] = await send(
      entry('POST Patient', patient(value), { fullUrl, ifNoneExist: `identifier=${system}|${value}` }),
      entry('POST Observation', observation(fullUrl)),
    );
    expect(found).to.equal(existing);
    expect((await read(key)).subject.reference).to.equal(existing);
  });
});

describeOnStores('http.html#trules (conditional references)', (server) => {
  const send = (...entries: readonly object[]) =>
    server().fetchFhir('', { method: 'POST', body: bundle('transaction', ...entries) });
  const subjectOf = async (answer: { body: { entry: readonly { response: { location: string } }[] } }, index: number) =>
    (await server().fetchFhir(String(answer.body.entry[index]?.response.location))).body.subject.reference;

  it('resolves to the one resource that meets the condition', async () => {
    const value = unique();
    const { body } = await server().fetchFhir('Patient', { method: 'POST', body: patient(value) });
    const answer = await send(entry('POST Observation', observation(`Patient?identifier=${system}|${value}`)));
    expect(await subjectOf(answer, 0)).to.equal(`Patient/${body.id}`);
  });

  it('finds what the Bundle itself brings, in its new content', async () => {
    const value = unique();
    const answer = await send(
      entry('POST Observation', observation(`Patient?identifier=${system}|${value}`)),
      entry('POST Patient', patient(value)),
    );
    expect(answer.status).to.equal(200);
    expect(await subjectOf(answer, 0)).to.equal(answer.body.entry[1].response.location.replace(/\/_history.*/, ''));
  });

  it('does not find what the Bundle deletes', async () => {
    const value = unique();
    const { body } = await server().fetchFhir('Patient', { method: 'POST', body: patient(value) });
    const answer = await send(
      entry(`DELETE Patient/${body.id}`),
      entry('POST Observation', observation(`Patient?identifier=${value}`)),
    );
    expect(answer.status).to.equal(412);
  });

  it('fails the whole when several resources meet the condition', async () => {
    const value = unique();
    for (const _ of [1, 2]) await server().fetchFhir('Patient', { method: 'POST', body: patient(value) });
    const { status, body } = await send(entry('POST Observation', observation(`Patient?identifier=${value}`)));
    expect(status).to.equal(412);
    expect(body.issue[0]).to.deep.include({
      code: 'multiple-matches',
      expression: ['Bundle.entry[0].resource.subject.reference'],
    });
  });

  it('has to say what it means', async () => {
    const { status, body } = await send(entry('POST Observation', observation('Patient?')));
    expect(status).to.equal(400);
    expect(body.issue[0].expression).to.deep.equal(['Bundle.entry[0].resource.subject.reference']);
    expect(body.issue[0].details.text).to.match(/needs at least one search parameter/);
  });

  it('is resolved in no other interaction: there it leads nowhere, and is refused', async () => {
    const value = unique();
    const { body } = await server().fetchFhir('Patient', { method: 'POST', body: patient(value) });
    const own = { reference: `Patient/${body.id}` };
    const other = { reference: `Patient?identifier=${system}|${value}` };
    const stored = await server().fetchFhir('Observation', { method: 'POST', body: observation(own.reference) });
    const { id } = stored.body;
    const path = [{ op: 'replace', path: '/subject', value: other }];
    const patch = { method: 'PATCH', headers: { 'content-type': 'application/json-patch+json' }, body: path };
    const alone = [
      await server().fetchFhir('Observation', { method: 'POST', body: observation(other.reference) }),
      await server().fetchFhir(`Observation/${id}`, { method: 'PUT', body: { ...observation(other.reference), id } }),
      await server().fetchFhir(`Observation/${id}`, patch),
    ];
    for (const answer of alone) {
      expect(answer.status, answer.text).to.equal(422);
      expect(answer.body.issue[0].expression).to.deep.equal(['Observation.subject.reference']);
      expect(answer.body.issue[0].details.text).to.match(/resolved in a transaction only/);
    }
    const inBatch = bundle('batch', entry('POST Observation', observation(other.reference)));
    const { response } = (await server().fetchFhir('', { method: 'POST', body: inBatch })).body.entry[0];
    expect(response.status).to.match(/^422/);
    expect(response.outcome.issue[0].expression).to.deep.equal(['Bundle.entry[0].resource.subject.reference']);
  });

  it("answers alike for another patient's resource and an unknown one, with a patient's token", async () => {
    const value = unique();
    const people = await Promise.all(
      [unique(), value].map((one) => server().fetchFhir('Patient', { method: 'POST', body: patient(one) })),
    );
    const token = await server().token('patient/*.cruds', { patient: people[0]?.body.id });
    const answers = await Promise.all(
      [value, unique()].map((one) => {
        const body = bundle('transaction', entry('POST Observation', observation(`Patient?identifier=${system}|${one}`)));
        return server().fetchFhir('', { method: 'POST', body, token });
      }),
    );
    const [foreign, unknown] = answers.map(({ status, body }) => ({ status, issue: body.issue }));
    expect(foreign?.status).to.equal(403);
    expect(foreign).to.deep.equal(unknown);
  });
});
