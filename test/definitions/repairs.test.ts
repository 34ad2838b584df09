/** Each repair is needed: HL7's text gives the wrong verdict on content that the specification allows, ours the right one on both sides. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { openDefinitions } from '../../src/definitions/load.ts';
import { allExpressionRepairs } from '../../src/definitions/repairs.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../../src/fhir/types.ts';
import { compileInvariant } from '../../src/fhirpath/expression.ts';

const definitions = openDefinitions();
const repairs = allExpressionRepairs();

interface Case {
  readonly key: string;
  /** The type of the focus: `Bundle.entry`, `Reference`. */
  readonly type: string;
  readonly allowed: JsonObject;
  readonly forbidden: JsonValue;
  /** Of what is forbidden, when it is another. */
  readonly forbiddenType?: string;
  /** The resource around the focus; the focus itself when absent. */
  readonly resource?: Resource;
}

const withContained: Resource = { resourceType: 'Patient', contained: [{ resourceType: 'Organization', id: 'o' }] };

const cases: readonly Case[] = [
  {
    key: 'ref-1',
    type: 'Reference',
    resource: withContained,
    allowed: { display: 'Known by name only' },
    forbidden: { reference: '#p' },
  },
  { key: 'ref-1', type: 'Reference', resource: withContained, allowed: { reference: '#' }, forbidden: { reference: '#p' } },
  {
    key: 'bdl-8',
    type: 'Bundle.entry',
    allowed: { request: { method: 'GET', url: 'Patient' } },
    forbidden: { fullUrl: 'https://fhir.example/Patient/1/_history/2' },
  },
  {
    key: 'dom-3',
    type: 'Patient',
    allowed: { ...withContained, managingOrganization: { reference: '#o' } },
    forbidden: { ...withContained, managingOrganization: { reference: 'Organization/o' } },
  },
  {
    key: 'ras-2',
    type: 'RiskAssessment.prediction',
    allowed: { qualitativeRisk: { text: 'low' } },
    forbidden: { probabilityDecimal: 101 },
  },
  {
    key: 'que-12',
    type: 'Questionnaire.item',
    allowed: { enableWhen: [{}, {}], enableBehavior: 'all' },
    forbidden: { enableWhen: [{}, {}] },
  },
  {
    key: 'con-3',
    type: 'Condition',
    allowed: { resourceType: 'Condition', category: [{ coding: [conditionCategory('encounter-diagnosis')] }] },
    forbidden: { resourceType: 'Condition', category: [{ coding: [conditionCategory('problem-list-item')] }] },
  },
  {
    key: 'que-7',
    type: 'Questionnaire.item.enableWhen',
    allowed: { operator: 'exists', answerBoolean: true },
    forbidden: { operator: 'exists', answerInteger: 1 },
  },
  {
    key: 'tim-9',
    type: 'Timing.repeat',
    allowed: { offset: 30, when: ['PCM', 'PCV'] },
    forbidden: { offset: 30, when: ['PCM', 'C'] },
  },
  { key: 'eld-16', type: 'ElementDefinition', allowed: { sliceName: 'a@b/c-[x]' }, forbidden: { sliceName: 'a b' } },
  { key: 'eld-19', type: 'ElementDefinition', allowed: { path: 'Patient.name' }, forbidden: { path: 'Patient name' } },
  { key: 'eld-20', type: 'ElementDefinition', allowed: { path: 'Observation.value[x]' }, forbidden: { path: 'patient..name' } },
  {
    key: 'cpb-0',
    type: 'CapabilityStatement',
    allowed: { resourceType: 'CapabilityStatement' },
    forbidden: { name: 'not An identifier' },
  },
  {
    key: 'vs-1',
    type: 'Period',
    resource: { resourceType: 'Observation' },
    allowed: { start: '2026' },
    forbidden: '2026-01',
    forbiddenType: 'dateTime',
  },
];

function conditionCategory(code: string): JsonObject {
  return { system: 'http://terminology.hl7.org/CodeSystem/condition-category', code };
}

function verdict(expression: string, one: Case, value: JsonValue): boolean | undefined {
  const resource = resourceOf(one, value);
  const type = (value === one.forbidden ? one.forbiddenType : undefined) ?? one.type;
  return compileInvariant(expression, type, definitions)({ type, value }, { resource, rootResource: resource });
}

/** By the library, which follows the FHIRPath specification to the letter; an error, or nothing, is no verdict. */
function publishedVerdict(expression: string, one: Case, value: JsonValue): unknown {
  const resource = resourceOf(one, value);
  try {
    const run = fhirpath.compile({ base: one.type, expression }, r4, { traceFn: () => undefined });
    const [first] = run(value, { resource, rootResource: resource }) as unknown[];
    return first;
  } catch {
    return undefined;
  }
}

function resourceOf({ type, resource }: Case, value: JsonValue): Resource {
  return resource ?? { resourceType: type.split('.')[0] ?? '', ...(isJsonObject(value) ? value : {}) };
}

describe('repaired constraints', () => {
  for (const one of cases) {
    const repair = repairs.get(one.key);
    it(`${one.key} holds of ${JSON.stringify(one.allowed)}`, () => {
      expect(verdict(repair?.expression ?? '', one, one.allowed)).to.equal(true);
    });
    it(`${one.key} fails of ${JSON.stringify(one.forbidden)}`, () => {
      expect(verdict(repair?.expression ?? '', one, one.forbidden)).to.equal(false);
    });
    it(`${one.key} needs the repair: run as HL7 printed it, one of the two verdicts is wrong`, () => {
      const published = repair?.published ?? '';
      const right =
        publishedVerdict(published, one, one.allowed) === true && publishedVerdict(published, one, one.forbidden) === false;
      expect(right).to.equal(false);
    });
  }

  it('are all shown to be needed, but for those that only drop trace()', () => {
    const shown = new Set(cases.map(({ key }) => key));
    const rest = [...repairs].filter(([key]) => !shown.has(key));
    for (const [key, { published, expression }] of rest) {
      expect(published.replace(/\.trace\('\w+'\)/g, ''), key).to.equal(expression);
    }
  });

  it('are what the definitions have, and no text calls trace(), which would write records to the log', () => {
    const patient = definitions.type('Patient');
    expect(patient?.constraints.find(({ key }) => key === 'dom-3')?.expression).to.equal(repairs.get('dom-3')?.expression);
    expect(definitions.type('Reference')?.constraints.find(({ key }) => key === 'ref-1')?.expression).to.equal(
      repairs.get('ref-1')?.expression,
    );
    const keys = [...definitions.resourceTypes, 'Reference', 'Timing', 'ElementDefinition'].flatMap((name) =>
      allConstraints(name).filter(({ expression }) => expression.includes('trace(')),
    );
    expect(keys).to.deep.equal([]);
  });

  it('stand for texts that HL7 really published', () => {
    const published = publishedExpressions();
    for (const [key, repair] of repairs) expect(published.get(key), key).to.equal(repair.published);
  });
});

function allConstraints(type: string) {
  const { constraints = [], elements = [] } = definitions.type(type) ?? {};
  const walk = (list: typeof elements): typeof constraints =>
    list.flatMap((element) => [...element.constraints, ...walk(element.children ?? [])]);
  return [...constraints, ...walk(elements)];
}

/** Constraint key to expression, as the package has them. */
function publishedExpressions(): ReadonlyMap<string, string> {
  const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));
  const names = ['Reference', 'Bundle', 'Patient', 'RiskAssessment', 'Condition', 'Questionnaire', 'Timing', 'ElementDefinition'];
  const wanted = [...names, 'StructureDefinition', 'CapabilityStatement', 'vitalsigns'].map(
    (name) => `StructureDefinition-${name}.json`,
  );
  const files = readdirSync(folder).filter((file) => wanted.includes(file));
  return new Map(
    files.flatMap((file) => {
      const definition = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
        snapshot: { element: { constraint?: { key: string; expression: string }[] }[] };
      };
      return definition.snapshot.element.flatMap(({ constraint = [] }) =>
        constraint.map(({ key, expression }): [string, string] => [key, expression]),
      );
    }),
  );
}
