import { expect } from 'chai';
import { limits } from '../../src/fhir/limits.ts';
import { formatKey } from '../../src/fhir/reference.ts';
import { collectIncludes, type Found, type IncludeSource } from '../../src/search/include.ts';
import { definitions, parse } from './fixture.ts';

type Links = Readonly<Record<string, readonly string[]>>;

const found = (name: string): Found => {
  const [type = '', id = ''] = name.split('/');
  return { key: { type, id }, text: '{}' };
};

/** A store of resources named `Type/id`, with what each names under `parameter`. */
function source(graph: Readonly<Record<string, Links>>, hidden: readonly string[] = []): IncludeSource {
  const visible = Object.keys(graph).filter((name) => !hidden.includes(name));
  return {
    types: definitions.resourceTypes,
    referenceParameters: (type) => [
      ...new Set(Object.entries(graph).flatMap(([name, links]) => (name.startsWith(`${type}/`) ? Object.keys(links) : []))),
    ],
    targets: ({ key }, parameter) => graph[formatKey(key)]?.[parameter] ?? [],
    read: async (keys) =>
      keys
        .map(formatKey)
        .filter((name) => visible.includes(name))
        .map(found),
    referring: async ({ parameters, targets, count }) =>
      visible
        .filter((name) =>
          parameters.get(found(name).key.type)?.some((code) => graph[name]?.[code]?.some((target) => targets.includes(target))),
        )
        .slice(0, count)
        .map(found),
  };
}

async function included(types: string, query: string, matches: readonly string[], from: IncludeSource) {
  const result = await collectIncludes(matches.map(found), parse(types, query).includes, from);
  return { names: result.found.map(({ key }) => formatKey(key)), cut: result.cut };
}

const graph = {
  'Observation/1': { subject: ['Patient/1'], performer: ['Practitioner/1', 'Organization/9'], 'derived-from': ['Observation/2'] },
  'Observation/2': { subject: ['Patient/1'], 'derived-from': ['Observation/3'] },
  'Observation/3': { 'derived-from': ['Observation/1'] },
  'Patient/1': { organization: ['Organization/1'], 'general-practitioner': ['http://other/Practitioner/7'] },
  'Organization/1': { partof: ['Organization/2'] },
  'Organization/2': { partof: ['Organization/3'] },
  'Organization/3': { partof: ['Organization/4'] },
  'Organization/4': { partof: ['Organization/5'] },
  'Organization/5': { partof: ['Organization/6'] },
  'Organization/6': {},
  'Practitioner/1': {},
  'Provenance/1': { target: ['Observation/1'] },
};

describe('search.html#include', () => {
  const cases: readonly (readonly [query: string, names: readonly string[], why: string])[] = [
    ['_include=Observation:subject', ['Patient/1'], 'what the matches name'],
    ['_include=Observation:performer:Practitioner', ['Practitioner/1'], 'only one type of target'],
    ['_include=Observation:performer', ['Practitioner/1'], 'a target that is not there is left out without an error'],
    ['_include=Observation:*', ['Patient/1', 'Practitioner/1', 'Observation/2'], 'every reference parameter'],
    ['_include=*', ['Patient/1', 'Practitioner/1', 'Observation/2'], ''],
    [
      '_include=Observation:subject&_include:iterate=Patient:organization',
      ['Patient/1', 'Organization/1'],
      'iterate follows what was included',
    ],
    ['_include=Observation:derived-from', ['Observation/2'], '"only those directly related"'],
    [
      '_include:iterate=Observation:derived-from',
      ['Observation/2', 'Observation/3'],
      '"and also any related observations to any other included observation", each once though the links go round',
    ],
    ['_revinclude=Provenance:target', ['Provenance/1'], ''],
    ['_revinclude=*', ['Observation/3', 'Provenance/1'], 'whatever refers to the matches'],
    ['_include=Observation:subject&_revinclude=Provenance:target', ['Patient/1', 'Provenance/1'], ''],
    ['_revinclude=Observation:derived-from', ['Observation/3'], ''],
    ['_revinclude:iterate=Observation:derived-from', ['Observation/3', 'Observation/2'], ''],
    ['', [], 'nothing'],
  ];
  for (const [query, names, why] of cases) {
    it(`${query || 'no include'}: ${why}`, async () => {
      expect(await included('Observation', query, ['Observation/1'], source(graph))).to.deep.equal({ names, cut: undefined });
    });
  }

  it('never repeats a match', async () => {
    expect(
      (await included('Observation', '_include=Observation:derived-from', ['Observation/1', 'Observation/2'], source(graph)))
        .names,
    ).to.deep.equal(['Observation/3']);
  });

  it('leaves out what the caller may not see', async () => {
    expect(
      (await included('Observation', '_include=Observation:*', ['Observation/1'], source(graph, ['Patient/1']))).names,
    ).not.to.include('Patient/1');
  });

  it('does not go on from what the caller may not see', async () => {
    const query = '_include=Observation:subject&_include:iterate=Patient:organization';
    expect((await included('Observation', query, ['Observation/1'], source(graph, ['Patient/1']))).names).to.deep.equal([]);
  });

  it(`iterates ${limits.includeDepthMax} times and says when there was more`, async () => {
    const result = await included('Organization', '_include:iterate=Organization:partof', ['Organization/1'], source(graph));
    expect(result).to.deep.equal({
      names: ['Organization/2', 'Organization/3', 'Organization/4', 'Organization/5'],
      cut: 'depth',
    });
  });

  it('says nothing of depth when the chain just ends', async () => {
    const result = await included('Organization', '_include:iterate=Organization:partof', ['Organization/2'], source(graph));
    expect(result).to.deep.equal({
      names: ['Organization/3', 'Organization/4', 'Organization/5', 'Organization/6'],
      cut: undefined,
    });
  });

  it(`includes at most ${limits.includesMax} resources and says so`, async () => {
    const many = Object.fromEntries(
      Array.from({ length: limits.includesMax + 5 }, (_, index) => [`Provenance/${index}`, { target: ['Patient/1'] }]),
    );
    const result = await included('Patient', '_revinclude=Provenance:target', ['Patient/1'], source(many));
    expect([result.names.length, result.cut]).to.deep.equal([limits.includesMax, 'includes']);
    const exactly = Object.fromEntries(Object.entries(many).slice(0, limits.includesMax));
    expect((await included('Patient', '_revinclude=Provenance:target', ['Patient/1'], source(exactly))).cut).to.equal(undefined);
  });

  it(`includes no more than ${limits.pageCharactersMax} characters, the last resource aside, and says so`, async () => {
    const half = ' '.repeat(limits.pageCharactersMax / 2);
    const read: IncludeSource['read'] = async (keys) => keys.map((key) => ({ key, text: `{${half}}` }));
    const many = { 'Observation/1': { performer: ['Practitioner/1', 'Practitioner/2', 'Practitioner/3'] } };
    const from = { ...source(many), read };
    expect(await included('Observation', '_include=Observation:performer', ['Observation/1'], from)).to.deep.equal({
      names: ['Practitioner/1', 'Practitioner/2'],
      cut: 'includes',
    });
  });

  it('refuses a reverse include that would look for too much', async () => {
    const matches = Array.from({ length: limits.includeTestsMax + 1 }, (_, index) => `Patient/${index}`);
    const error = await included('Patient', '_revinclude=Provenance:target', matches, source({})).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ status: 422 });
  });
});
