import { expect } from 'chai';
import { fold, foldWords } from '../../src/search/fold.ts';
import { entriesOf, itFinds, refusal, resource } from './fixture.ts';

const patient = (name: Record<string, string | string[]>) => resource('Patient', { name: [name] });

describe('search.html#string', () => {
  describe('"equals or starts with the supplied parameter value, after both have been normalized"', () => {
    itFinds(patient({ given: ['Eve'] }), [
      ['given=eve', true],
      ['given:contains=eve', true],
      ['given:exact=Eve', true],
      ['given:exact=eve', false],
    ]);
    itFinds(patient({ given: ['Evelyn'] }), [
      ['given=eve', true],
      ['given:exact=Eve', false],
    ]);
    itFinds(patient({ given: ['Severine'] }), [
      ['given=eve', false],
      ['given:contains=eve', true],
    ]);
    itFinds(patient({ given: ['EVE'] }), [
      ['given=Eve', true],
      ['given:exact=Eve', false, '"would not include patients with the given name eve or EVE"'],
    ]);
  });

  describe('"insensitive to casing and included combining characters, like accents"', () => {
    itFinds(patient({ family: 'Niccolò' }), [
      ['family=niccolo', true],
      ['family=NICCOLÒ', true],
      ['family=Niccolo%CC%80', true],
      ['family:exact=Niccolo', false],
    ]);
    itFinds(patient({ family: 'Niccolo' }), [['family=niccolò', true]]);
    itFinds(patient({ family: 'Müller' }), [['family=muller', true]]);
    itFinds(patient({ family: 'Łukaszewicz-Strauß' }), [
      ['family=lukaszewicz strauss', true, 'marks and double letters that Unicode does not take apart'],
      ['family=ŁUKASZEWICZ', true],
      ['family:contains=STRAUSS', true],
    ]);
    itFinds(patient({ family: 'Hadžihalilović', given: ['Đorđe'] }), [
      ['family=hadzihalilovic', true],
      ['given=dorde', true],
    ]);
    itFinds(patient({ family: 'Yıldız' }), [
      ['family=yildiz', true],
      ['family=YILDIZ', true],
    ]);
  });

  describe('"Punctuation and non-significant whitespace […] should also be ignored"', () => {
    itFinds(patient({ family: "D'Angelo" }), [
      ['family=dangelo', true],
      ["family=d'angelo", true],
      ['family=d%E2%80%99angelo', true, 'a typographic apostrophe'],
      ['family=d%C2%B4angelo', true, 'an accent in its place'],
      ['family=d angelo', true],
      ['family=angelo', true],
      ['family=gelo', false],
    ]);
    itFinds(patient({ family: 'Rossi-Bianchi' }), [
      ['family=rossi bianchi', true],
      ['family=rossi  -  bianchi', true],
    ]);
    itFinds(patient({ family: 'De \t  Luca' }), [
      ['family=de luca', true],
      ['family=De Luca', true],
    ]);
  });

  describe('"servers should search the parts of a family name independently"', () => {
    itFinds(patient({ family: 'Carreno Quinones' }), [
      ['family=Carreno', true],
      ['family=Quinones', true],
      ['family=quin', true],
      ['family=inones', false],
    ]);
  });

  describe('HumanName and Address: "the search covers the elements of type string"', () => {
    itFinds(patient({ family: 'Rossi', given: ['Mario', 'Maria Grazia'], prefix: ['Dott.'], use: 'official' }), [
      ['name=rossi', true],
      ['name=mario', true],
      ['name=grazia', true],
      ['name=dott', true],
      ['name=official', false, '"does not cover elements such as use and period"'],
    ]);
    itFinds(
      resource('Patient', {
        address: [{ line: ['Via Roma 1'], city: 'Torino', postalCode: '10121', country: 'IT', use: 'home' }],
      }),
      [
        ['address=torino', true],
        ['address=via roma', true],
        ['address=10121', true],
        ['address=home', false],
        ['address-city=torino', true],
      ],
    );
  });

  describe('escapes: "param=xx\\$xx indicates that the parameter has the literal value xx$xx"', () => {
    itFinds(patient({ family: 'Rossi, Bianchi' }), [
      ['family:exact=Rossi\\, Bianchi', true],
      ['family:exact=Rossi, Bianchi', false, 'without escape the comma is an OR'],
    ]);
    itFinds(patient({ family: 'a|b$c\\d' }), [['family:exact=a\\|b\\$c\\\\d', true]]);
  });

  describe('OR, AND and :missing', () => {
    itFinds(patient({ family: 'Rossi', given: ['Mario', 'Luigi'] }), [
      ['family=verdi,rossi', true],
      ['given=mario&given=luigi', true],
      ['given=mario&given=anna', false],
      ['family:missing=false', true],
      ['family:missing=true', false],
    ]);
    itFinds(resource('Patient'), [
      ['family:missing=true', true],
      ['family:missing=false', false],
    ]);
  });

  describe('extensions and the other types of string elements', () => {
    itFinds(resource('Observation', { valueString: 'Lungs clear' }), [['value-string=lungs', true]]);
    const description = `${'word '.repeat(40)}last`;
    itFinds(resource('ValueSet', { description }), [
      ['description=word word', true],
      ['description=last', false, 'words far behind the start of a text are not indexed'],
      ['description:contains=last', true],
    ]);
  });

  it('keeps the text as sent for :exact and a folded one for the rest', () => {
    expect(entriesOf(patient({ family: 'De Luca' }), 'family')).to.deep.equal([
      { shape: 'string', parameter: 'family', element: 0, value: 'de luca', exact: 'De Luca' },
    ]);
  });

  const refusals: readonly (readonly [query: string, sentence: RegExp])[] = [
    ['family=---', /no letter and no digit/],
    ['family:contains=ab', /at least 3/],
    ['family:phonetic=x', /':phonetic' is not supported; it takes ':missing', ':exact', ':contains'/],
    ['family:exat=x', /Did you mean 'exact'\?/],
    ['family:exact:contains=x', /only one modifier/],
    ['family=a\\b', /'\\' may only stand before/],
    ['family=a,,b', /empty value between commas/],
    ['family:missing=yes', /'true' or 'false'/],
  ];
  for (const [query, sentence] of refusals) {
    it(`refuses ${query}`, () => expect(refusal('Patient', query).message).to.match(sentence));
  }
});

describe('fold', () => {
  for (const [text, folded] of [
    ['  A  b\tC ', 'a b c'],
    ['ﬁne', 'fine'],
    ['Straße', 'strasse'],
    ['Ὀδυσσεύς', 'οδυσσευς'],
    ['!?', ''],
  ] as const) {
    it(`folds '${text}' to '${folded}'`, () => expect(fold(text)).to.equal(folded));
  }

  it('is the same whether a text came composed or decomposed', () =>
    expect(fold('è'.normalize('NFD'))).to.equal(fold('è'.normalize('NFC'))));

  it('lists later words once', () =>
    expect(foldWords("dell'Orto dell'Orto")).to.deep.equal(['dellorto', 'orto', 'dell', 'dell orto dell orto']));
});
