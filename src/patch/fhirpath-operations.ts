/** A Parameters resource as the operations of a FHIRPath Patch. https://hl7.org/fhir/R4/fhirpatch.html */
import { limits } from '../fhir/limits.ts';
import { type FhirError, invalidValue, required, tooCostly } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';

/** A part of an operation, and where it stands: `Parameters.parameter[0].part[3]`. */
export interface Part {
  readonly part: JsonObject;
  readonly place: string;
}

export type FhirpathPatchOperation = {
  /** `Parameters.parameter[0]`. */
  readonly place: string;
  /** FHIRPath, from the resource on. */
  readonly path: string;
} & (
  | { readonly type: 'add'; readonly name: string; readonly value: Part }
  | { readonly type: 'insert'; readonly index: number; readonly value: Part }
  | { readonly type: 'delete' }
  | { readonly type: 'replace'; readonly value: Part }
  | { readonly type: 'move'; readonly source: number; readonly destination: number }
);

type OperationType = FhirpathPatchOperation['type'];

/** What each operation says besides its type and path: the table of the specification. */
const partsOf: Readonly<Record<OperationType, readonly string[]>> = {
  add: ['name', 'value'],
  insert: ['index', 'value'],
  delete: [],
  replace: ['value'],
  move: ['source', 'destination'],
};

/**
 * Reads a patch. `at` is the place of the Parameters, which base R4 has been checked of. Throws 400 with the place of what is wrong, 422 for more
 * operations than `limits.patchOperationsMax`.
 */
export function readFhirpathPatch(patch: Resource, at = 'Parameters'): readonly FhirpathPatchOperation[] {
  const parameters: JsonValue = patch['parameter'] ?? [];
  const list: readonly JsonValue[] = Array.isArray(parameters) ? parameters : [parameters];
  if (list.length > limits.patchOperationsMax) {
    throw tooCostly(`A patch may have at most ${limits.patchOperationsMax} operations; this one has ${list.length}.`);
  }
  return list.map((parameter, index) => readOperation(parameter, `${at}.parameter[${index}]`));
}

function readOperation(parameter: JsonValue, place: string): FhirpathPatchOperation {
  if (!isJsonObject(parameter) || parameter['name'] !== 'operation') {
    throw invalidValue('Every parameter of a FHIRPath Patch must be named "operation".', `${place}.name`);
  }
  const parts = readParts(parameter, place);
  const type = readType(parts, place);
  const extra = [...parts].find(([name]) => name !== 'type' && name !== 'path' && !partsOf[type].includes(name));
  if (extra !== undefined) throw invalidValue(`The operation ${type} has no part of this name.`, `${extra[1].place}.name`);
  const text = (name: string): string => readText(parts, name, place);
  const base = { place, path: text('path') };
  switch (type) {
    case 'add':
      return { ...base, type, name: text('name'), value: readPart(parts, 'value', place) };
    case 'insert':
      return { ...base, type, index: readIndex(parts, 'index', place), value: readPart(parts, 'value', place) };
    case 'replace':
      return { ...base, type, value: readPart(parts, 'value', place) };
    case 'move':
      return { ...base, type, source: readIndex(parts, 'source', place), destination: readIndex(parts, 'destination', place) };
    case 'delete':
      return { ...base, type };
  }
}

type Parts = ReadonlyMap<string, Part>;

function readParts(parameter: JsonObject, place: string): Parts {
  const parts = new Map<string, Part>();
  const list: JsonValue = parameter['part'] ?? [];
  for (const [index, part] of (Array.isArray(list) ? list : [list]).entries()) {
    const partPlace = `${place}.part[${index}]`;
    const name = isJsonObject(part) ? part['name'] : undefined;
    if (!isJsonObject(part) || typeof name !== 'string') throw required('A part must have a name.', `${partPlace}.name`);
    if (parts.has(name)) throw invalidValue('An operation has each of its parts once.', `${partPlace}.name`);
    parts.set(name, { part, place: partPlace });
  }
  return parts;
}

function readType(parts: Parts, place: string): OperationType {
  const text = readText(parts, 'type', place);
  const type = operationTypes.find((candidate) => candidate === text);
  if (type !== undefined) return type;
  throw invalidValue(`The type of an operation must be one of ${operationTypes.join(', ')}.`, parts.get('type')?.place ?? place);
}

// The keys of an object literal of that type.
const operationTypes = Object.keys(partsOf) as readonly OperationType[];

function readPart(parts: Parts, name: string, place: string): Part {
  const part = parts.get(name);
  if (part === undefined) throw missing(name, place);
  return part;
}

function readText(parts: Parts, name: string, place: string): string {
  const { part, place: at } = readPart(parts, name, place);
  const value = part['valueString'] ?? part['valueCode'];
  if (typeof value !== 'string') throw invalidValue(`The part ${name} must be a text.`, at);
  return value;
}

function readIndex(parts: Parts, name: string, place: string): number {
  const { part, place: at } = readPart(parts, name, place);
  const value = part['valueInteger'] ?? part['valueUnsignedInt'];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw invalidValue(`The part ${name} must be an integer from 0 on.`, at);
  }
  return value;
}

function missing(name: string, place: string): FhirError {
  return required(`This operation needs the part ${name}.`, place);
}
