/** $lookup and $subsumes over HTTP. */
import { expect } from 'chai';
import type { Answer } from '../../support/server.ts';
import { classes, colours, hl7, parameters, partsOf, type Query, v3, valuesOf, withTerminology } from './fixture.ts';

describe('codesystem-operation-lookup.html', () => {
  const { ask } = withTerminology();
  const lookup = (query: Query) => ask({ path: 'CodeSystem/$lookup', query });
  const propertiesOf = (body: Answer['body']) => partsOf(body, 'property').map((part) => Object.values(part));

  it('gives name, version, display, definition and what is above and beneath', async () => {
    const { status, body } = await lookup({ system: `${v3}ActCode`, code: '_ActAccountCode' });
    expect(status).to.equal(200);
    expect(valuesOf(body)).to.include({ display: 'ActAccountCode' });
    expect(body.parameter.map(({ name }: { name: string }) => name)).to.include.members([
      'name',
      'version',
      'display',
      'property',
    ]);
    const properties = propertiesOf(body);
    expect(properties).to.deep.include(['child', 'CASH', 'Cash']);
    expect(properties).to.deep.include(['notSelectable', true]);
    expect(properties.some(([code]) => code === 'definition')).to.equal(true);
    expect(propertiesOf((await lookup({ system: `${v3}ActCode`, code: 'CASH' })).body)).to.deep.include([
      'parent',
      '_ActAccountCode',
      'ActAccountCode',
    ]);
  });

  it('gives only the properties asked for', async () => {
    const { body } = await lookup({ system: `${hl7}observation-status`, code: 'final', property: 'definition' });
    expect(propertiesOf(body).map(([code]) => code)).to.deep.equal(['definition']);
  });

  it('gives designations, and the display in a language', async () => {
    const { body } = await lookup({ system: colours, code: 'red', displayLanguage: 'it' });
    expect(valuesOf(body)).to.include({ display: 'Rosso', version: '2', name: 'Colours' });
    expect(body.parameter).to.deep.include({
      name: 'designation',
      part: [
        { name: 'language', valueCode: 'it' },
        { name: 'value', valueString: 'Rosso' },
      ],
    });
  });

  it('takes a Coding', async () => {
    const body = parameters({ name: 'coding', valueCoding: { system: classes, code: 'PRS' } });
    expect(valuesOf((await ask({ path: 'CodeSystem/$lookup', body })).body)).to.include({ display: 'Prescrizione' });
  });

  const refused: readonly (readonly [what: string, query: Query, status: number])[] = [
    ['an unknown code', { system: `${hl7}observation-status`, code: 'done' }, 404],
    ['an unknown system', { system: 'https://nowhere.example/x', code: 'x' }, 404],
    ['a version that is not here', { system: `${hl7}observation-status`, code: 'final', version: '3.0.0' }, 404],
    ['a licensed system', { system: 'http://loinc.org', code: '1963-8' }, 422],
    ['a code without system', { code: 'x' }, 400],
    ['no code', { system: `${hl7}observation-status` }, 400],
  ];
  for (const [what, query, status] of refused) {
    it(`${what} is ${status}`, async () => {
      const answer = await lookup(query);
      expect(answer.status).to.equal(status);
      expect(answer.body.resourceType).to.equal('OperationOutcome');
    });
  }

  it('is offered on the type alone', async () =>
    expect((await ask({ path: 'CodeSystem/colours/$lookup' })).status).to.equal(404));
});

describe('codesystem-operation-subsumes.html', () => {
  const { ask } = withTerminology();
  const subsumes = (codeA: string, codeB: string, system = `${v3}ActCode`) =>
    ask({ path: 'CodeSystem/$subsumes', query: { system, codeA, codeB } });
  const rows: readonly (readonly [a: string, b: string, outcome: string, system?: string])[] = [
    ['_ActAccountCode', 'CASH', 'subsumes'],
    ['CASH', '_ActAccountCode', 'subsumed-by'],
    ['CASH', 'CASH', 'equivalent'],
    ['CASH', 'AMB', 'not-subsumed'],
    ['ACT', 'OBS', 'subsumes', `${v3}ActClass`],
    ['red', 'crimson', 'subsumes', colours],
  ];
  for (const [a, b, outcome, system] of rows) {
    it(`${a} and ${b}: ${outcome}`, async () => expect(valuesOf((await subsumes(a, b, system)).body)).to.deep.equal({ outcome }));
  }

  it('takes Codings, and an instance', async () => {
    const codings = parameters(
      { name: 'codingA', valueCoding: { system: colours, code: 'crimson' } },
      { name: 'codingB', valueCoding: { system: colours, code: 'red' } },
    );
    expect(valuesOf((await ask({ path: 'CodeSystem/$subsumes', body: codings })).body)).to.deep.equal({
      outcome: 'subsumed-by',
    });
    const instance = await ask({ path: 'CodeSystem/colours/$subsumes', query: { codeA: 'red', codeB: 'shade' } });
    expect(valuesOf(instance.body)).to.deep.equal({ outcome: 'not-subsumed' });
  });

  it('refuses unknown codes (404), two systems (400), and what a fragment cannot tell (422)', async () => {
    expect((await subsumes('CASH', 'none')).status).to.equal(404);
    const two = parameters(
      { name: 'codingA', valueCoding: { system: colours, code: 'red' } },
      { name: 'codingB', valueCoding: { system: 'urn:x', code: 'x' } },
    );
    expect((await ask({ path: 'CodeSystem/$subsumes', body: two })).status).to.equal(400);
    expect((await subsumes('P97', 'P98', 'urn:oid:2.16.840.1.113883.2.9.3.3.6.1.3')).status).to.equal(422);
  });
});
