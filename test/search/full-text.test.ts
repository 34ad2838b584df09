import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { fold } from '../../src/search/fold.ts';
import { entriesOf, finds, itFinds, refusal, resource } from './fixture.ts';

const div = (html: string) => ({ status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${html}</div>` });

describe('search.html#content', () => {
  const condition = resource('Condition', {
    text: div('<p>Metastasi del <b>fegato</b></p><!-- nascosto --><p>gi&agrave; not&#233;, l&#x2019;anca</p>'),
    code: {
      coding: [{ system: 'http://snomed.info/sct', code: '94381002', display: 'Neoplasia secondaria' }],
      text: 'al fegato',
    },
    note: [{ text: 'Il paziente **rifiuta** la chemioterapia' }],
    contained: [{ resourceType: 'Practitioner', id: 'p', name: [{ family: 'Bianchi' }] }],
    extension: [{ url: 'http://example.org/parole', valueString: 'nell’estensione' }],
  });

  describe('_text searches "the narrative of the resource"', () => {
    itFinds(condition, [
      ['_text=fegato', true],
      ['_text=FEGATO', true],
      ['_text=fegat', false, 'words are compared as a whole'],
      ['_text=fegat*', true],
      ['_text=metastasi fegato', true, 'side by side both must be there'],
      ['_text=metastasi ossa', false],
      ['_text=(ossa OR fegato) and metastasi', true, "the specification's own form"],
      ['_text=(ossa or polmone) and metastasi', false],
      ['_text=ossa OR metastasi AND fegato', true],
      ['_text=metastasi NOT ossa', true],
      ['_text=metastasi NOT fegato', false],
      ['_text=NOT (ossa OR polmone)', true],
      ['_text=ossa,fegato', true, 'a comma is an or'],
      ['_text=gia', true, 'an entity with an accent'],
      ['_text=noté', true],
      ['_text=anca', true, 'an apostrophe separates'],
      ["_text=l'anca", true],
      ['_text=nascosto', false, 'a comment'],
      ['_text=neoplasia', false, 'not in the narrative'],
      ['_text=b', false, 'names of tags are no text'],
    ]);
    itFinds(resource('Condition'), [
      ['_text=fegato', false],
      ['_text=NOT fegato', true],
    ]);
  });

  describe('_content searches "the entire content of the resource"', () => {
    itFinds(condition, [
      ['_content=neoplasia', true, 'a display'],
      ['_content=chemioterapia rifiuta', true, 'markdown'],
      ['_content=fegato', true, 'the narrative belongs to it'],
      ['_content=bianchi', true, 'a contained resource'],
      ['_content=estensione', true, 'an extension'],
      ['_content=94381002', false, 'codes have parameters of their own'],
      ['_content=sct', false, 'as have URLs'],
      ['_content=neoplasia metastasi bianchi', true],
    ]);
    itFinds(resource('Questionnaire', { item: [{ item: [{ item: [{ text: 'In fondo alle domande', linkId: 'x' }] }] }] }), [
      ['_content=fondo', true, 'elements inside themselves'],
    ]);
    itFinds(
      resource('Bundle', {
        entry: [{ resource: { resourceType: 'Composition', title: 'Referto', section: [{ text: div('Esito') }] } }],
      }),
      [['_content=referto esito', true, 'resources in a Bundle']],
    );
    itFinds(resource('Observation', { valueString: 'positivo' }), [['_content=positivo', true]]);
  });

  it('keeps every word once', () => {
    expect(entriesOf(condition, '_text')).to.deep.equal([
      { shape: 'words', parameter: '_text', element: 0, words: ' metastasi del fegato gia note l anca ' },
    ]);
  });

  it('looks at so many words and no more', () => {
    const many = Array.from({ length: limits.fullTextWordsMax + 10 }, (_, index) => `parola${index}`);
    const long = resource('Basic', { text: div(many.join(' ')) });
    expect(finds(long, `_text=parola${limits.fullTextWordsMax - 1}`)).to.equal(true);
    expect(finds(long, `_text=parola${limits.fullTextWordsMax}`)).to.equal(false);
    const wide = resource('Basic', { text: div(`${'a '.repeat(limits.fullTextCharactersMax)}fine`) });
    expect(finds(wide, '_text=a')).to.equal(true);
    expect(entriesOf(resource('Basic', { text: div('x'.repeat(65)) }), '_text')).to.deep.equal([]);
  });

  it('compares words as strings are compared', () => expect(fold('GIÀ')).to.equal('gia'));

  const refusals: readonly (readonly [query: string, status: number, sentence: RegExp])[] = [
    ['_text=(a', 400, /'\(' has no '\)'/],
    ['_text=a)', 400, /'\)' has no '\('/],
    ['_text=()', 400, /a word is missing/],
    ['_text=a AND', 400, /a word is missing/],
    ['_text=OR a', 400, /a word is missing/],
    ['_text=NOT', 400, /a word is missing/],
    ['_text="al fegato"', 400, /phrases are not searched/],
    ['_text=--', 400, /without any letter or digit/],
    ['_content=ab*', 400, /at least 3/],
    ['_content=fe*ato', 400, /at the end of a word/],
    ['_text:exact=a', 400, /modifier/],
    ['_sort=_text', 400, /nothing can be sorted/],
    [`_text=${'a '.repeat(60)}`, 422, /at most 50/],
  ];
  for (const [query, status, sentence] of refusals) {
    it(`refuses ${query.slice(0, 30)} with ${status}`, () => {
      expect(refusal('Condition', query).status).to.equal(status);
      expect(refusal('Condition', query).message).to.match(sentence);
    });
  }
});
