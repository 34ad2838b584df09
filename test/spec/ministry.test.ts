/** The Ministry's published transaction Bundles, as they are. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { TestServer } from '../support/server.ts';
import { sharedData } from '../support/shared-data.ts';
import { describeOnEveryStore } from './on-every-store.ts';

const names = ['LAB', 'PSS', 'SING_VACC'] as const;
type Name = (typeof names)[number];

const texts = new Map<Name, string>(
  names.flatMap((name) => {
    const path = sharedData(`ministry/${name}.json`);
    return path === undefined ? [] : [[name, readFileSync(path, 'utf8')] as const];
  }),
);
const taxCodeSystem = 'urn:oid:2.16.840.1.113883.2.9.4.3.2';
const taxCode = 'GTWGWY82B42G920M';

/** The types of which a second sending may bring no second resource. */
const shared = ['Patient', 'Organization', 'Practitioner', 'Location'];

interface Entry {
  readonly request: { readonly method: string; readonly url: string };
  readonly resource: { readonly resourceType: string; readonly identifier?: readonly { system?: string; value?: string }[] };
}

function entriesOf(name: Name): readonly Entry[] {
  return JSON.parse(texts.get(name) ?? '{}').entry;
}

/** What the Bundles describe, each thing once: its type and first identifier. */
function described(type: string): number {
  const all = names.flatMap(entriesOf).filter(({ resource }) => resource.resourceType === type);
  return new Set(all.map(({ resource }) => JSON.stringify([resource.identifier?.[0]?.system, resource.identifier?.[0]?.value])))
    .size;
}

async function countOf(server: TestServer, type: string): Promise<number> {
  return (await server.fetchFhir(`${type}?_summary=count`)).body.total;
}

const orders: readonly (readonly Name[])[] = [
  ['LAB', 'PSS', 'SING_VACC'],
  ['LAB', 'SING_VACC', 'PSS'],
  ['PSS', 'LAB', 'SING_VACC'],
  ['PSS', 'SING_VACC', 'LAB'],
  ['SING_VACC', 'LAB', 'PSS'],
  ['SING_VACC', 'PSS', 'LAB'],
];

describe("the Ministry's bundles", () => {
  before(function () {
    if (texts.size < names.length) {
      process.stderr.write("      The Ministry's bundles are not on this machine, so their tests are skipped.\n");
      this.skip();
    }
  });

  for (const order of orders) {
    describeOnEveryStore(`in the order ${order.join(', ')}, each twice`, (server) => {
      it('are accepted as they are; the second sending warns, and brings no second Patient, Organization or Practitioner', async () => {
        for (const round of [1, 2]) {
          for (const name of order) {
            const { status, body } = await server().fetchFhir('', { method: 'POST', body: texts.get(name) });
            expect(status, JSON.stringify(body.issue)).to.equal(200);
            const issues = body.entry.flatMap(
              (one: { response: { outcome?: { issue: object[] } } }) => one.response.outcome?.issue ?? [],
            );
            expect(issues.filter(({ severity }: { severity: string }) => severity === 'error')).to.deep.equal([]);
            const known = issues.filter(
              ({ details }: { details: { coding?: { code: string }[] } }) =>
                details.coding?.[0]?.code === 'bundle-identifier-known',
            );
            expect(known).to.have.length(round - 1);
          }
          for (const type of shared) expect(await countOf(server(), type), `${type} in round ${round}`).to.equal(described(type));
        }
        expect(await countOf(server(), 'Composition')).to.equal(6);
      });

      it('the patient is found by codice fiscale, and the record by the patient', async () => {
        const found = await server().fetchFhir(`Patient?identifier=${taxCodeSystem}|${taxCode}`);
        expect(found.body.entry).to.have.length(1);
        const { id } = found.body.entry[0].resource;
        const searches: readonly [query: string, type: string][] = [
          [`Immunization?patient=${id}`, 'Immunization'],
          [`MedicationRequest?patient=${id}`, 'MedicationRequest'],
          [`Coverage?beneficiary=${id}`, 'Coverage'],
          [`DocumentReference?patient=${id}`, 'DocumentReference'],
        ];
        for (const [query, type] of searches) {
          const sent = names.flatMap(entriesOf).filter(({ resource }) => resource.resourceType === type);
          const { body } = await server().fetchFhir(`${query}&_count=100`);
          expect(body.entry, query).to.have.length(sent.length * 2);
        }
      });

      it('$everything has the whole record once, its references intact', async () => {
        const found = await server().fetchFhir(`Patient?identifier=${taxCodeSystem}|${taxCode}`);
        const { id } = found.body.entry[0].resource;
        const { text, body } = await server().fetchFhir(`Patient/${id}/$everything?_count=1000`);
        const keys: readonly string[] = body.entry.map(
          ({ resource }: { resource: { resourceType: string; id: string } }) => `${resource.resourceType}/${resource.id}`,
        );
        expect(new Set(keys).size).to.equal(keys.length);
        for (const type of ['Immunization', 'MedicationRequest', 'Coverage', 'DocumentReference', 'Observation', 'Composition']) {
          const of = keys.filter((key) => key.startsWith(`${type}/`)).length;
          expect(of, type).to.equal(await countOf(server(), type));
        }
        expect(text).not.to.include('https://example/');
        const references = [...text.matchAll(/"reference":"([^"]+)"/g)].map((match) => String(match[1]));
        const missing = new Set(references.filter((reference) => !keys.includes(reference)));
        for (const reference of missing) {
          expect((await server().fetchFhir(reference)).status, `${reference} is not in the record`).to.equal(200);
        }
      });
    });
  }

  describeOnEveryStore('with one entry broken', (server) => {
    const breaks: readonly [what: string, pattern: RegExp, replacement: string][] = [
      ['a missing required element', /"status": "completed",\s*"vaccineCode"/, '"vaccineCode"'],
      ['a wrong code', /"gender": "male"/, '"gender": "maschio"'],
      ['a reference to an entry that is not there', /(?<="reference": "https:\/\/example\/Observation\/)669c30e9/, '00000000'],
      ['a date that does not exist', /"birthDate": "1993-06-19"/, '"birthDate": "1993-06-31"'],
    ];
    for (const [what, pattern, replacement] of breaks) {
      it(`${what} fails the whole with its FHIRPath, and the counts stay`, async () => {
        const total = async () => (await server().fetchFhir('?_summary=count')).body.total;
        const before = await total();
        const sent = texts.get('SING_VACC') ?? '';
        const changed = sent.replace(pattern, replacement);
        expect(changed).not.to.equal(sent);
        const { status, body } = await server().fetchFhir('', { method: 'POST', body: changed });
        expect(status).to.equal(400);
        const errors = body.issue.filter(({ severity }: { severity: string }) => severity === 'error');
        expect(errors[0].expression[0]).to.match(/^Bundle\.entry\[\d+\]\.resource/);
        expect(await total()).to.equal(before);
      });
    }
  });

  describeOnEveryStore('sent in parallel', (server) => {
    it('none fails, and each shared resource comes once', async () => {
      const sent = names.flatMap((name) => [texts.get(name), texts.get(name)]);
      const answers = await Promise.all(sent.map((body) => server().fetchFhir('', { method: 'POST', body })));
      expect(answers.map(({ status }) => status)).to.deep.equal(Array(6).fill(200));
      for (const type of shared) expect(await countOf(server(), type), type).to.equal(described(type));
    });
  });
});
