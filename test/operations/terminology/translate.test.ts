/** $translate over HTTP. https://hl7.org/fhir/R4/conceptmap-operation-translate.html */
import { expect } from 'chai';
import type { Answer } from '../../support/server.ts';
import { classes, colours, fascicolo, hl7, partsOf, type Query, v3, valuesOf, withTerminology } from './fixture.ts';

describe('conceptmap-operation-translate.html', () => {
  const { ask } = withTerminology();
  const translate = (query: Query) => ask({ path: 'ConceptMap/$translate', query });
  const matchesOf = (body: Answer['body']) => partsOf(body, 'match');
  const home = { system: `${hl7}address-use`, code: 'home' };

  it("answers the specification's example", async () => {
    const { status, body } = await translate({ url: `${hl7}ConceptMap/101`, ...home });
    expect(status).to.equal(200);
    expect(valuesOf(body)).to.include({ result: true });
    expect(matchesOf(body)).to.deep.equal([
      {
        equivalence: 'equivalent',
        concept: { system: `${v3}AddressUse`, code: 'H', display: 'home' },
        source: `${hl7}ConceptMap/101`,
      },
    ]);
  });

  it('finds the map by the value sets, and reads it backwards', async () => {
    const between = { source: `${hl7}ValueSet/address-use`, target: 'http://terminology.hl7.org/ValueSet/v3-AddressUse' };
    expect(valuesOf((await translate({ ...between, ...home })).body)).to.include({ result: true });
    const back = await translate({
      url: `${hl7}ConceptMap/101`,
      reverse: 'true',
      system: `${v3}AddressUse`,
      code: 'H',
    });
    expect(matchesOf(back.body)[0]?.['concept']).to.include({ code: 'home' });
  });

  it('gives the class of a document of the FSE', async () => {
    const query = { url: `${fascicolo}ConceptMap/document-class`, system: 'http://loinc.org', code: '57833-6' };
    expect(matchesOf((await translate(query)).body)[0]).to.deep.include({
      equivalence: 'wider',
      concept: { system: classes, code: 'PRS', display: 'Prescrizione' },
    });
    const back = await translate({ ...query, reverse: 'true', system: classes, code: 'PRS' });
    expect(matchesOf(back.body).map(({ equivalence }) => equivalence)).to.deep.equal(['narrower', 'narrower', 'narrower']);
  });

  it('says that a code has no counterpart, and follows what a map says of codes it does not list', async () => {
    const stored = (code: string) => ask({ path: 'ConceptMap/colours/$translate', query: { system: colours, code } });
    expect(valuesOf((await stored('shade')).body)).to.include({ result: false });
    expect(matchesOf((await stored('shade')).body)[0]).to.include({ equivalence: 'unmatched' });
    expect(matchesOf((await stored('crimson')).body)[0]).to.deep.include({ concept: { system: 'urn:tone', code: 'any' } });
    const none = await translate({ url: `${hl7}ConceptMap/cm-administrative-gender-v3`, ...home });
    expect(valuesOf(none.body)).to.include({ result: false, message: 'No map has an entry for the code.' });
  });

  it('refuses an unknown map (404), no map and no code (400)', async () => {
    expect((await translate({ url: 'https://nowhere.example/x', ...home })).status).to.equal(404);
    expect((await translate(home)).status).to.equal(400);
    expect((await translate({ url: `${hl7}ConceptMap/101` })).status).to.equal(400);
  });
});
