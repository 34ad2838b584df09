import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { parseJson } from '../../src/fhir/json.ts';
import { isJsonObject, type Resource } from '../../src/fhir/types.ts';
import { nobodysCompartment } from '../../src/search/criterion.ts';
import { escapeValue } from '../../src/search/escape.ts';
import { type IndexEntry, openHigh, openLow, unboundedHigh, unboundedLow } from '../../src/search/index-entry.ts';
import { matches } from '../../src/search/match.ts';
import { searchTypeOf } from '../../src/search/types/index.ts';
import { baseUrl, candidateOf, definitions, entriesOf, indexer, parse, resource } from './fixture.ts';

const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));

/** HL7's own resources: the clinical ones, and of the thousands of definitions every twentieth. */
function* readExamples(): Generator<readonly [file: string, resource: Resource]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json') && !file.startsWith('.') && file !== 'package.json');
  const definitional = /^(?:CodeSystem|ConceptMap|SearchParameter|StructureDefinition|ValueSet)-/;
  for (const [index, file] of files.sort().entries()) {
    if (definitional.test(file) && index % 20 !== 0) continue;
    const value = parseJson(readFileSync(join(folder, file), 'utf8'));
    if (isJsonObject(value) && definitions.isResourceType(String(value['resourceType']))) yield [file, value as Resource];
  }
}

const pair = (system: string, code: string) => `${escapeValue(system)}|${escapeValue(code)}`;
const plainWords = (words: string) =>
  words
    .trim()
    .split(' ')
    .filter((word) => !['and', 'or', 'not'].includes(word));
const openEnds: ReadonlySet<number> = new Set([openLow, openHigh, unboundedLow, unboundedHigh]);
const instant = (ms: number) => new Date(ms).toISOString();

/** The query parts that an entry promises to answer to: `name=value`. */
function questionsOf(entry: IndexEntry, parameterType: string): readonly (readonly [name: string, value: string])[] {
  const { parameter } = entry;
  const [code = '', derived] = parameter.split(':');
  switch (entry.shape) {
    case 'token':
      if (derived === 'of-type') return [[parameter, `${pair(entry.system, entry.code).replace('\\|', '|')}`]];
      if (derived === 'omocodia') return [[code, pair(entry.system, entry.code)]];
      return [[parameter, entry.system === '' ? escapeValue(entry.code) : pair(entry.system, entry.code)]];
    case 'string':
      if (entry.value === '') return [];
      if (derived !== undefined) return [[derived === 'word' ? code : parameter, escapeValue(entry.value)]];
      return [
        [parameter, escapeValue(entry.exact)],
        [`${parameter}:exact`, escapeValue(entry.exact)],
      ];
    case 'reference':
      return entry.target.startsWith('#') ? [[`${parameter}:missing`, 'false']] : [[parameter, escapeValue(entry.target)]];
    case 'uri':
      return [[parameter, escapeValue(entry.value)]];
    case 'words':
      return [[parameter, plainWords(entry.words).slice(0, 40).join(' ')]];
    case 'range': {
      // The canonical unit is the server's own; asked for is the unit that was sent.
      if (entry.unit.startsWith('ucum|')) return [];
      const unit = entry.unit === '' ? '' : `|${entry.unit.split('|').map(escapeValue).join('|')}`;
      const write = (value: number) => (parameterType === 'date' ? instant(value) : `${value}${unit}`);
      const low = openEnds.has(entry.low) ? [] : [[parameter, `ge${write(entry.low)}`] as const];
      return openEnds.has(entry.high) ? low : [...low, [parameter, `le${write(entry.high)}`] as const];
    }
  }
}

describe('the indexer', () => {
  it("indexes HL7's examples without an error, and every entry is found by the query it stands for", () => {
    let asked = 0;
    const lost: string[] = [];
    for (const [file, example] of readExamples()) {
      const candidate = candidateOf({ ...example, id: example['id'] ?? 'x' });
      for (const entry of candidate.entries) {
        const code = entry.parameter.split(':')[0] ?? '';
        const type = definitions.searchParameter(example.resourceType, code)?.type ?? '';
        for (const [name, value] of code.includes('$') || code.startsWith('_access-') ? [] : questionsOf(entry, type)) {
          asked += 1;
          const { criterion } = parse(example.resourceType, new URLSearchParams([[name, value]]).toString());
          if (!matches(criterion, candidate, { current: () => undefined, referrers: () => [] }))
            lost.push(`${file}: ${name}=${value}`);
        }
      }
    }
    expect(lost).to.deep.equal([]);
    expect(asked).to.be.above(20_000);
  }).timeout(60_000);

  it('compiles every parameter of every type', () => {
    const compiled = definitions.resourceTypes.flatMap((type) => {
      indexer.index(resource(type));
      return definitions.searchParameters(type).filter((parameter) => searchTypeOf(parameter) !== undefined);
    });
    expect(compiled.length).to.be.above(2000);
  });

  it('has no entry twice', () => {
    const name = { family: 'Rossi', given: ['Mario', 'Mario'] };
    const entries = indexer.index(
      resource('Patient', { name: [name, name], identifier: [{ value: '1' }, { value: '1' }] }),
    ).entries;
    expect(new Set(entries.map((entry) => JSON.stringify(entry))).size).to.equal(entries.length);
  });

  it('leaves id and lastUpdated to the store', () => {
    const stored = resource('Organization', { meta: { versionId: '3', lastUpdated: '2026-01-01T00:00:00Z' } });
    expect(indexer.index(stored).entries).to.deep.equal([]);
  });

  it('unwraps extensions that parameters point at', () => {
    const stored = resource('Patient', {
      extension: [
        { url: 'http://hl7.org/fhir/StructureDefinition/patient-extensions-Patient-mothersMaidenName', valueString: 'Bianchi' },
      ],
    });
    expect(entriesOf(stored, 'mothersMaidenName')).to.deep.equal([
      { shape: 'string', parameter: 'mothersMaidenName', element: 0, value: 'bianchi', exact: 'Bianchi' },
    ]);
  });

  describe('compartments and subjects, for the border of reads and writes', () => {
    const cases: readonly (readonly [
      name: string,
      stored: Resource,
      compartments: readonly string[],
      subjects: readonly string[],
    ])[] = [
      ['a Patient is its own', resource('Patient', { link: [{ other: { reference: 'Patient/2' } }] }), ['Patient/example'], []],
      [
        'a subject',
        resource('Observation', { subject: { reference: 'Patient/1' }, performer: [{ reference: 'Patient/2' }] }),
        ['Patient/1'],
        ['Patient/1'],
      ],
      [
        'an absolute reference to this server',
        resource('Observation', { subject: { reference: `${baseUrl}/Patient/1/_history/2` } }),
        ['Patient/1'],
        ['Patient/1'],
      ],
      [
        "another server's patient",
        resource('Observation', { subject: { reference: 'http://other/Patient/1' } }),
        [],
        ['http://other/Patient/1'],
      ],
      ['a subject that is no patient', resource('Observation', { subject: { reference: 'Group/1' } }), [], ['Group/1']],
      [
        'a contained subject',
        resource('Observation', { contained: [{ resourceType: 'Patient', id: 'p' }], subject: { reference: '#p' } }),
        [],
        ['#p'],
      ],
      ['a subject known by identifier alone', resource('Observation', { subject: { identifier: { value: '1' } } }), [], ['?']],
      ['no subject', resource('Observation'), [], []],
      [
        'several actors, of which only patients are subjects',
        resource('Appointment', {
          participant: [
            { actor: { reference: 'Patient/1' } },
            { actor: { reference: 'Practitioner/1' } },
            { actor: { reference: 'Patient/2' } },
          ],
        }),
        ['Patient/1', 'Patient/2'],
        ['Patient/1', 'Patient/2'],
      ],
      ['a device of nobody', resource('Device'), [nobodysCompartment], []],
      ['a device of a patient', resource('Device', { patient: { reference: 'Patient/1' } }), ['Patient/1'], ['Patient/1']],
      ['a shared type', resource('Organization'), [], []],
    ];
    for (const [name, stored, compartments, subjects] of cases) {
      it(name, () => expect(indexer.index(stored)).to.deep.include({ compartments, subjects }));
    }
  });
});
