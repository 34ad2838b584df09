/** Mutants of valid examples, each forbidden by construction, at every depth: nearly all must be refused. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Definitions } from '../../src/definitions/definitions.ts';
import { openDefinitions } from '../../src/definitions/load.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/fhir/types.ts';
import { itemsOf, openShapes, type Shape, type ShapeElement } from '../../src/validation/shapes.ts';
import { errorsOf, openTestValidator } from '../support/validation.ts';

const folder = dirname(fileURLToPath(import.meta.resolve('hl7.fhir.r4.examples/package.json')));

const types =
  'Patient Observation MedicationRequest Immunization Coverage DocumentReference Encounter Composition CarePlan'.split(' ');

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
  const add = (kind: string, changed: JsonObject): void => void found.push({ kind, resource: put(changed) });
  for (const element of shapeOf(key)?.values() ?? []) {
    const [item, second] = itemsOf(object, element);
    if (item === undefined || item.value === undefined || element.name === 'contained') continue;
    const name = element.slots.find(({ shown }) => shown === item.shown)?.name ?? element.name;
    const value = object[name] as JsonValue;
    if (element.min > 0 && object[`_${name}`] === undefined) {
      const { [name]: _, ...rest } = object;
      add('required element dropped', rest);
    }
    add(element.array ? 'one value for a list' : 'a list for one value', {
      ...object,
      [name]: element.array ? item.value : [value],
    });
    add('wrong JSON type', { ...object, [name]: wrongType(value) });
    if (element.binding?.strength === 'required' && typeof item.value === 'string') {
      add('code outside a required set', { ...object, [name]: element.array ? ['no-such-code'] : 'no-such-code' });
    }
    if (isJsonObject(item.value) && second === undefined && !isResource(item.value)) {
      const inner = (changed: JsonObject) => put({ ...object, [name]: element.array ? [changed] : changed });
      found.push(...mutantsOf(item.value, item.type, shapeOf, inner));
    }
  }
  return found;
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

  it('are refused, at least 99 of 100', () => {
    const definitions = openDefinitions();
    const validator = openTestValidator();
    const plain = openShapes(definitions);
    const shapeOf: ShapeOf = (key) => {
      const shape = plain(key);
      return shape === undefined
        ? undefined
        : new Map([...shape].map(([name, one]) => [name, isOpen(one, definitions) ? withoutBinding(one) : one]));
    };
    const survivors: string[] = [];
    let count = 0;
    for (const file of readdirSync(folder).filter((name) => types.some((type) => name.startsWith(`${type}-`)))) {
      const example = JSON.parse(readFileSync(join(folder, file), 'utf8')) as JsonObject; // The package holds resources.
      if (errorsOf(validator, example).length > 0) continue;
      for (const { kind, resource } of mutantsOf(example, String(example['resourceType']), shapeOf, (changed) => changed)) {
        count += 1;
        if (errorsOf(validator, resource).length === 0) survivors.push(`${file}: ${kind}`);
      }
    }
    expect(count).to.be.greaterThan(5000);
    expect(survivors.length / count, survivors.slice(0, 10).join('\n')).to.be.at.most(0.01);
  });
});

function withoutBinding({ binding: _, ...rest }: ShapeElement): ShapeElement {
  return rest;
}
