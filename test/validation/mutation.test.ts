/** Mutants of valid examples, each forbidden by construction, at every depth: nearly all must be refused. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Definitions } from '../../src/definitions/definitions.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../../src/fhir/types.ts';
import { itemsOf, openShapes, type Shape, type ShapeElement } from '../../src/validation/shapes.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { errorsOf, openTestValidator } from '../support/validation.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r4.examples/package.json')));

/** Of each type one example that is not too long: it is places that count, not repetitions. */
const charactersMax = 10_000;

type ShapeOf = (key: string) => Shape | undefined;

interface Mutant {
  readonly kind: string;
  readonly resource: JsonObject;
}

/** All mutants of an object at a place; `put` puts a changed object back into the resource. */
function mutantsOf(
  object: JsonObject,
  key: string,
  shapeOf: ShapeOf,
  put: (changed: JsonObject) => JsonObject,
): readonly Mutant[] {
  const found: Mutant[] = [{ kind: 'unknown name', resource: put({ ...object, mutant: 1 }) }];
  for (const element of shapeOf(key)?.values() ?? []) {
    const [item] = itemsOf(object, element);
    if (item?.value === undefined || element.name === 'contained') continue;
    const name = element.slots.find(({ shown }) => shown === item.shown)?.name ?? element.name;
    for (const [kind, changed] of elementMutants(object, element, name, item.value)) found.push({ kind, resource: put(changed) });
    if (!isJsonObject(item.value) || isResource(item.value)) continue;
    const { value } = item;
    const rest = element.array ? (object[name] as readonly JsonValue[]).slice(1) : []; // The element repeats.
    const inner = (changed: JsonObject) => put({ ...object, [name]: element.array ? [changed, ...rest] : changed });
    found.push(...mutantsOf(value, item.type, shapeOf, inner));
  }
  return found;
}

const noSuchCoding = { system: 'http://none.example', code: 'no-such-code' };

/** By type, what is in no set that is required. */
const noSuchCode: Readonly<Record<string, JsonValue>> = {
  code: 'no-such-code',
  Coding: noSuchCoding,
  CodeableConcept: { coding: [noSuchCoding] },
};

/** What R4 forbids of an element that is there, by the kind of mutant. */
function elementMutants(
  object: JsonObject,
  element: ShapeElement,
  name: string,
  first: JsonValue,
): readonly (readonly [kind: string, changed: JsonObject])[] {
  const { [name]: value = null, ...rest } = object;
  const changed = (to: JsonValue): JsonObject => ({ ...object, [name]: to });
  const made: [string, JsonObject][] = [['wrong JSON type', changed(wrongType(value))]];
  if (element.min > 0 && object[`_${name}`] === undefined) made.push(['required element dropped', rest]);
  if (element.array) made.push(['one value for a list', changed(first)]);
  else made.push(['second of at most one', changed([value, value])], ['a list for one value', changed([value])]);
  const code = noSuchCode[isJsonObject(first) ? (element.types[0]?.code ?? '') : 'code'];
  if (element.binding?.strength === 'required' && code !== undefined)
    made.push(['code outside a required set', changed(element.array ? [code] : code)]);
  const other = element.slots.find((slot) => slot.name !== name);
  if (other !== undefined) made.push(['second type of a choice', { ...object, [other.name]: value }]);
  return made;
}

function isResource(value: JsonObject): boolean {
  return typeof value['resourceType'] === 'string';
}

function wrongType(value: JsonValue): JsonValue {
  return typeof value === 'string' || typeof value === 'boolean' ? 1 : typeof value === 'number' ? 'x' : true;
}

/** MIME types and languages are open: any well-formed code may be one. */
function isOpen(element: ShapeElement, definitions: Definitions): boolean {
  return element.binding !== undefined && definitions.valueSet(element.binding.valueSet)?.complete !== true;
}

describe('Mutants of examples', function () {
  this.timeout(60_000);

  it('are refused, at least 99 of 100 of each kind, in nearly all types', () => {
    const definitions = openDefinitions();
    const validator = openTestValidator();
    const plain = openShapes(definitions);
    const shapeOf: ShapeOf = (key) => {
      const shape = plain(key);
      return shape === undefined
        ? undefined
        : new Map([...shape].map(([name, one]) => [name, isOpen(one, definitions) ? withoutBinding(one) : one]));
    };
    const counts = new Map<string, { made: number; survived: number }>();
    const survivors: string[] = [];
    const types = new Set<string>();
    for (const example of validExamples(validator)) {
      types.add(example.resourceType);
      for (const { kind, resource } of mutantsOf(example, example.resourceType, shapeOf, (changed) => changed)) {
        const count = counts.get(kind) ?? { made: 0, survived: 0 };
        counts.set(kind, count);
        count.made += 1;
        if (errorsOf(validator, resource).length > 0) continue;
        count.survived += 1;
        survivors.push(`${example.resourceType}/${example['id']}: ${kind}`);
      }
    }
    for (const [kind, { made, survived }] of counts) {
      console.log(`      ${kind}: ${made - survived} of ${made} refused`);
      expect(survived / made, `${kind}: ${survivors.join('\n')}`).to.be.at.most(0.01);
      expect(made, kind).to.be.greaterThan(50);
    }
    expect(types.size).to.be.greaterThan(130);
  });
});

/** Of each type an example that has no fault yet. */
function* validExamples(validator: Validator): Iterable<Resource> {
  const taken = new Set<string>();
  for (const file of readdirSync(folder).filter((name) => /^[A-Z][A-Za-z]+-.*\.json$/.test(name))) {
    const [type = ''] = file.split('-');
    if (taken.has(type)) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    if (text.length > charactersMax) continue;
    const example = JSON.parse(text) as Resource; // The package holds resources.
    if (errorsOf(validator, example).length > 0) continue;
    taken.add(type);
    yield example;
  }
}

function withoutBinding({ binding: _, ...rest }: ShapeElement): ShapeElement {
  return rest;
}
