import { expect } from 'chai';
import { formatJson, parseJson } from '../../src/fhir/json.ts';
import { limits } from '../../src/fhir/limits.ts';
import { FhirError } from '../../src/fhir/outcome.ts';
import type { JsonValue, Resource } from '../../src/fhir/types.ts';
import { readPatch } from '../../src/patch/patch.ts';
import { sharedDefinitions } from '../support/server.ts';
import { sharedData } from '../support/shared-data.ts';
import { readFhirpathPatchCases } from './hl7-fhirpath-cases.ts';

const definitions = sharedDefinitions();

/** A narrative, as far as XML tells two apart. */
const narrative = (text: string) => text.replaceAll('&quot;', '"').replace(/\s+/g, ' ').replaceAll('> <', '><');
const comparable = (resource: Resource | undefined) =>
  JSON.stringify(resource, (name, value) => (name === 'div' ? narrative(String(value)) : value));

type PartValue = Readonly<Record<string, unknown>>;

/** `operation('add', 'Patient', { name: { valueString: 'birthDate' }, value: { valueDate: '1930-01-01' } })`. */
function operation(type: string, path: string, parts: Readonly<Record<string, PartValue>> = {}): JsonValue {
  const all = { type: { valueCode: type }, path: { valueString: path }, ...parts };
  return { name: 'operation', part: Object.entries(all).map(([name, value]) => ({ name, ...(value as object) })) } as JsonValue;
}

const patchOf = (...operations: readonly JsonValue[]): JsonValue => ({ resourceType: 'Parameters', parameter: operations });

function patched(resource: string, ...operations: readonly JsonValue[]): string {
  return formatJson(readPatch(patchOf(...operations), definitions).apply(parseJson(resource) as Resource));
}

function refusal(work: () => unknown): FhirError {
  try {
    work();
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

const index = (value: number): PartValue => ({ valueInteger: value });
const named = (value: string): PartValue => ({ valueString: value });

describe('FHIRPath Patch: the cases of HL7', () => {
  const path = sharedData('patch/fhir-patch-tests.xml');
  if (path === undefined) {
    it('are on this machine', function () {
      console.log("      HL7's FHIRPath Patch cases are not on this machine, so they are skipped.");
      this.skip();
    });
    return;
  }
  for (const { name, input, patch, output } of readFhirpathPatchCases(path, definitions)) {
    it(name, () => {
      const apply = () => readPatch(patch, definitions).apply(input);
      if (output === undefined) expect(refusal(apply).status).to.equal(422);
      else expect(comparable(apply())).to.equal(comparable(output));
    });
  }
});

// https://hl7.org/fhir/R4/fhirpatch.html
describe('FHIRPath Patch', () => {
  const changes: readonly (readonly [what: string, before: string, operation: JsonValue, after: string])[] = [
    [
      'elements can be chosen by their content',
      '{"resourceType":"Patient","name":[{"use":"old","family":"A"},{"use":"official","family":"B"}]}',
      operation('replace', "Patient.name.where(use = 'official').family", { value: named('C') }),
      '{"resourceType":"Patient","name":[{"use":"old","family":"A"},{"use":"official","family":"C"}]}',
    ],
    [
      'one of several primitives, with what stands beside it',
      '{"resourceType":"Patient","name":[{"given":["A","B","C"],"_given":[null,{"id":"b"},{"id":"c"}]}]}',
      operation('delete', "Patient.name[0].given.where($this = 'B')"),
      '{"resourceType":"Patient","name":[{"given":["A","C"],"_given":[null,{"id":"c"}]}]}',
    ],
    [
      'a primitive that has only extensions',
      '{"resourceType":"Patient","name":[{"given":["A",null],"_given":[null,{"id":"b"}]}]}',
      operation('replace', 'Patient.name.given[1]', { value: named('B') }),
      '{"resourceType":"Patient","name":[{"given":["A","B"]}]}',
    ],
    [
      'an insert moves what stands beside the others too',
      '{"resourceType":"Patient","name":[{"given":["A"],"_given":[{"id":"a"}]}]}',
      operation('insert', 'Patient.name[0].given', { index: index(0), value: named('Z') }),
      '{"resourceType":"Patient","name":[{"given":["Z","A"],"_given":[null,{"id":"a"}]}]}',
    ],
    [
      'an insert into a list that is not there yet',
      '{"resourceType":"Patient","id":"1"}',
      operation('insert', 'Patient.name', { index: index(0), value: { valueHumanName: { family: 'A' } } }),
      '{"resourceType":"Patient","id":"1","name":[{"family":"A"}]}',
    ],
    [
      'a path may begin with the element',
      '{"resourceType":"Patient","active":true}',
      operation('delete', 'active'),
      '{"resourceType":"Patient"}',
    ],
    [
      'deleting what is not there changes nothing',
      '{"resourceType":"Patient","active":true}',
      operation('delete', 'Patient.birthDate'),
      '{"resourceType":"Patient","active":true}',
    ],
    [
      'a choice by its name, with the type of the value',
      '{"resourceType":"Observation","status":"final"}',
      operation('add', 'Observation', { name: named('value'), value: { valueQuantity: { value: 1 } } }),
      '{"resourceType":"Observation","status":"final","valueQuantity":{"value":1}}',
    ],
    [
      'a choice replaced by another of its types, in its place',
      '{"resourceType":"Observation","valueInteger":1,"status":"final"}',
      operation('replace', 'Observation.value', { value: named('one') }),
      '{"resourceType":"Observation","valueString":"one","status":"final"}',
    ],
    [
      'an extension of a primitive',
      '{"resourceType":"Patient","birthDate":"1980-01-01"}',
      operation('add', 'Patient.birthDate', {
        name: named('extension'),
        value: {
          part: [
            { name: 'url', valueUri: 'urn:x' },
            { name: 'value', valueString: 'y' },
          ],
        },
      }),
      '{"resourceType":"Patient","birthDate":"1980-01-01","_birthDate":{"extension":[{"url":"urn:x","valueString":"y"}]}}',
    ],
    [
      'a value with extensions beside it',
      '{"resourceType":"Patient"}',
      operation('add', 'Patient', { name: named('birthDate'), value: { valueDate: '1980', _valueDate: { id: 'b' } } }),
      '{"resourceType":"Patient","birthDate":"1980","_birthDate":{"id":"b"}}',
    ],
    [
      'a contained resource',
      '{"resourceType":"Patient"}',
      operation('add', 'Patient', { name: named('contained'), value: { resource: { resourceType: 'Organization', id: 'o' } } }),
      '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o"}]}',
    ],
    [
      'an element of a contained resource',
      '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"A"}]}',
      operation('replace', "Patient.contained.where(id = 'o').name", { value: named('B') }),
      '{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"B"}]}',
    ],
    [
      'parts in parts, and lists of them',
      '{"resourceType":"Questionnaire"}',
      operation('add', 'Questionnaire', {
        name: named('item'),
        value: {
          part: [
            { name: 'linkId', valueString: '1' },
            { name: 'item', part: [{ name: 'linkId', valueString: '1.1' }] },
            { name: 'item', part: [{ name: 'linkId', valueString: '1.2' }] },
          ],
        },
      }),
      '{"resourceType":"Questionnaire","item":[{"linkId":"1","item":[{"linkId":"1.1"},{"linkId":"1.2"}]}]}',
    ],
    [
      'the last of an emptied list takes the list along',
      '{"resourceType":"Patient","contact":[{"name":{"family":"A"}}]}',
      operation('delete', 'Patient.contact[0].name.family'),
      '{"resourceType":"Patient"}',
    ],
  ];
  for (const [what, before, one, after] of changes) it(what, () => expect(patched(before, one)).to.equal(after));

  it('digits come with the value, and others stay', () => {
    const change = parseJson(`{"resourceType":"Parameters","parameter":[{"name":"operation","part":[
      {"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation.value"},{"name":"name","valueString":"value"},
      {"name":"value","valueDecimal":1.50}]}]}`);
    const before = '{"resourceType":"Observation","valueQuantity":{"unit":"g"},"referenceRange":[{"low":{"value":2.00}}]}';
    expect(formatJson(readPatch(change, definitions).apply(parseJson(before) as Resource))).to.equal(
      '{"resourceType":"Observation","valueQuantity":{"unit":"g","value":1.50},"referenceRange":[{"low":{"value":2.00}}]}',
    );
  });

  const patient = '{"resourceType":"Patient","id":"1","active":true,"name":[{"family":"A"},{"family":"B"}]}';
  const refused: readonly (readonly [what: string, one: JsonValue, status: number, text: RegExp, place?: string])[] = [
    ['a parameter of another name', { name: 'op', part: [] }, 400, /named "operation"/, 'Parameters.parameter[0].name'],
    ['an unknown type', operation('merge', 'Patient'), 400, /add, insert, delete, replace, move/],
    ['a missing path', { name: 'operation', part: [{ name: 'type', valueCode: 'delete' }] }, 400, /part path/],
    ['a missing value', operation('replace', 'Patient.active'), 400, /part value/],
    [
      'a part too many',
      operation('delete', 'Patient.active', { value: named('x') }),
      400,
      /no part of this name/,
      'Parameters.parameter[0].part[2].name',
    ],
    [
      'an index that is none',
      operation('move', 'Patient.name', { source: index(-1), destination: index(0) }),
      400,
      /integer from 0/,
    ],
    ['a path that is no FHIRPath', operation('delete', 'Patient..name'), 400, /no FHIRPath/],
    ['a path to an element that nobody has', operation('delete', 'Patient.nmae'), 400, /nmae/],
    ['a path to several elements', operation('delete', 'Patient.name'), 422, /several elements/],
    [
      'a path to nothing, when replacing',
      operation('replace', 'Patient.gender', { value: { valueCode: 'male' } }),
      422,
      /no element at its path/,
    ],
    ['a path to the whole resource', operation('delete', 'Patient'), 422, /whole resource/],
    [
      'a path that computes a value',
      operation('replace', "Patient.name[0].family & 'x'", { value: named('y') }),
      422,
      /does not lead to an element/,
    ],
    ['a path that can not be evaluated', operation('delete', 'Patient.name.single()'), 422, /can't be evaluated/],
    [
      'an element that is there already',
      operation('add', 'Patient', { name: named('active'), value: { valueBoolean: false } }),
      422,
      /there already/,
    ],
    [
      'an element that the type does not have',
      operation('add', 'Patient', { name: named('status'), value: named('x') }),
      422,
      /no element of the name/,
    ],
    [
      'a value of another type',
      operation('replace', 'Patient.active', { value: named('true') }),
      422,
      /string; Patient.active takes boolean/,
    ],
    ['a value for what has no type', operation('add', 'Patient', { name: named('contact'), value: named('x') }), 422, /parts/],
    [
      'a resource where none may be',
      operation('add', 'Patient', { name: named('name'), value: { resource: { resourceType: 'Basic' } } }),
      422,
      /holds no resource/,
    ],
    [
      'an index behind the end',
      operation('insert', 'Patient.name', { index: index(3), value: { valueHumanName: {} } }),
      422,
      /2 elements/,
    ],
    [
      'a move from behind the end',
      operation('move', 'Patient.name', { source: index(2), destination: index(0) }),
      422,
      /2 elements/,
    ],
    [
      'an insert into what is no list',
      operation('insert', 'Patient.active', { index: index(0), value: { valueBoolean: true } }),
      422,
      /no list/,
    ],
    [
      'an insert at what is no element',
      operation('insert', 'Patient.name.first()', { index: index(0), value: named('x') }),
      422,
      /must name a list/,
    ],
    ['a change of the id', operation('replace', 'Patient.id', { value: { valueId: '2' } }), 422, /may not change the id/],
  ];
  for (const [what, one, status, text, place] of refused) {
    it(`refuses ${what} with ${status}`, () => {
      const error = refusal(() => patched(patient, one));
      expect(error.status, error.message).to.equal(status);
      expect(error.message).to.match(text);
      if (place !== undefined) expect(error.issues[0]?.expression).to.equal(place);
    });
  }

  it('names the operation that fails by its place', () => {
    const error = refusal(() => patched(patient, operation('delete', 'Patient.active'), operation('delete', 'Patient.name')));
    expect(error.issues[0]?.expression).to.equal('Parameters.parameter[1]');
  });

  it('refuses what is no patch', () => {
    for (const body of [{ resourceType: 'Patient' }, 'text', { op: 'add' }]) {
      expect(refusal(() => readPatch(body, definitions)).status).to.equal(400);
    }
  });

  it('has limits on operations and on what they look through', () => {
    const many = Array.from({ length: limits.patchOperationsMax + 1 }, () => operation('delete', 'Patient.active'));
    expect(refusal(() => patched(patient, ...many)).issues[0]?.code).to.equal('too-costly');
    const given = Array.from({ length: 2_000 }, (_, at) => `g${at}`);
    const large = JSON.stringify({ resourceType: 'Patient', name: [{ given }] });
    expect(refusal(() => patched(large, ...many.slice(1))).issues[0]?.code).to.equal('too-costly');
  });

  it('tells whether its outcome depends on the content', () => {
    const asks = (...operations: readonly JsonValue[]) => readPatch(patchOf(...operations), definitions).asks;
    expect(asks(operation('delete', 'Patient.name[0].given'))).to.equal(false);
    expect(asks(operation('delete', "Patient.name.where(use = 'old')"))).to.equal(true);
    expect(readPatch([{ op: 'remove', path: '/a' }], definitions).asks).to.equal(false);
    expect(readPatch([{ op: 'test', path: '/a', value: 1 }], definitions).asks).to.equal(true);
  });
});

describe('a JSON Patch of a resource', () => {
  it('leaves no empty lists and objects behind', () => {
    const patch = readPatch([{ op: 'remove', path: '/name/0/given/0' }], definitions);
    const resource = { resourceType: 'Patient', active: true, name: [{ given: ['A'] }] };
    expect(patch.apply(resource)).to.deep.equal({ resourceType: 'Patient', active: true });
  });

  it('may not change type or id', () => {
    for (const path of ['/resourceType', '/id']) {
      const patch = readPatch([{ op: 'replace', path, value: 'Group' }], definitions);
      expect(refusal(() => patch.apply({ resourceType: 'Patient', id: '1' })).status).to.equal(422);
    }
  });
});
