/** JSON Patch, https://www.rfc-editor.org/rfc/rfc6902, on FHIR JSON: digits and the order of members are kept. */
import { arrayOf, changeAt, type Piece, pieceAt, piecesOf, withMember, withoutMember } from '../fhir/json-edit.ts';
import { limits } from '../fhir/limits.ts';
import { type FhirError, invalidValue, malformed, required, tooCostly, unprocessable } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { itemIndex, parsePointer, showPointer } from './json-pointer.ts';

type Pointer = readonly string[];

export type JsonPatchOperation = { readonly index: number; readonly path: Pointer } & (
  | { readonly op: 'add' | 'replace' | 'test'; readonly piece: Piece }
  | { readonly op: 'remove' }
  | { readonly op: 'move' | 'copy'; readonly from: Pointer }
);

/** Reads a patch document. Throws 400 for what RFC 6902 does not call one, 422 when it has more operations than `limits.patchOperationsMax`. */
export function readJsonPatch(document: JsonValue): readonly JsonPatchOperation[] {
  if (!Array.isArray(document)) throw malformed('A JSON Patch must be an array of operations.');
  if (document.length > limits.patchOperationsMax) {
    throw tooCostly(`A patch may have at most ${limits.patchOperationsMax} operations; this one has ${document.length}.`);
  }
  return document.map(readOperation);
}

/**
 * Applies the operations one after the other. Throws 422, naming the operation, for the first that can't be applied or whose test fails: "the
 * entire patch document SHALL NOT be deemed successful", and nothing is changed.
 */
export function applyJsonPatch(document: JsonValue, operations: readonly JsonPatchOperation[]): JsonValue {
  const meter: Meter = { partsLeft: limits.patchPartsMax };
  return operations.reduce((result, operation) => apply(result, operation, meter), document);
}

/** What the operations of one patch may still carry about. */
interface Meter {
  partsLeft: number;
}

function readOperation(value: JsonValue, index: number): JsonPatchOperation {
  const called = `Operation ${index + 1} of the patch`;
  if (!isJsonObject(value)) throw malformed(`${called} must be a JSON object.`);
  const { op } = value;
  const path = readPointer(value, 'path', called);
  switch (op) {
    case 'add':
    case 'replace':
    case 'test': {
      const piece = pieceAt(value, 'value');
      if (piece === undefined) throw required(`${called} (${op}) must have a value.`);
      return { op, index, path, piece };
    }
    case 'remove':
      return { op, index, path };
    case 'move':
    case 'copy':
      return { op, index, path, from: readPointer(value, 'from', called) };
    default:
      throw invalidValue(`${called} must have an op: add, remove, replace, move, copy or test.`);
  }
}

function readPointer(operation: JsonObject, name: 'path' | 'from', called: string): Pointer {
  const text = operation[name];
  if (typeof text !== 'string') throw required(`${called} must have a ${name}: a JSON Pointer such as "/name/0/family".`);
  const pointer = parsePointer(text);
  if (pointer === undefined) throw invalidValue(`${called}: its ${name} is no JSON Pointer such as "/name/0/family".`);
  // No such name can be read back from what is stored: see fhir/json.ts.
  if (pointer.includes('__proto__')) throw invalidValue(`${called}: no FHIR element has the name in its ${name}.`);
  return pointer;
}

function apply(document: JsonValue, operation: JsonPatchOperation, meter: Meter): JsonValue {
  const { path } = operation;
  switch (operation.op) {
    case 'add':
      return add(document, path, fitting(operation.piece, operation, meter), operation);
    case 'remove':
      return remove(document, path, operation);
    case 'replace':
      find(document, path, operation);
      return put(document, path, fitting(operation.piece, operation, meter), operation);
    case 'test':
      if (isEqual(find(document, path, operation).value, operation.piece.value)) return document;
      throw refusal(operation, `the value at ${showPointer(path)} is another than the one given`);
    case 'copy':
      return add(document, path, fitting(find(document, operation.from, operation), operation, meter), operation);
    case 'move':
      return move(document, operation, meter);
  }
}

function move(document: JsonValue, operation: JsonPatchOperation & { readonly op: 'move' | 'copy' }, meter: Meter): JsonValue {
  const { from, path } = operation;
  const piece = fitting(find(document, from, operation), operation, meter);
  const inside = startsWith(path, from);
  if (inside && from.length === path.length) return document;
  // "The from location MUST NOT be a proper prefix of the path location; i.e., a location cannot be moved into one of its children."
  if (inside) throw refusal(operation, 'a value can not be moved into itself');
  return add(remove(document, from, operation), path, piece, operation);
}

/** The piece, when it is not too much to be put at the path. */
function fitting(piece: Piece, operation: JsonPatchOperation, meter: Meter): Piece {
  const depth = operation.path.length + measure(piece.value, meter);
  if (depth <= limits.jsonDepthMax) return piece;
  throw refusal(operation, `a resource may be nested ${limits.jsonDepthMax} levels deep, not more`);
}

/** The depth of a value. Each value in it is taken off the meter: copies share memory, but not what is written. */
function measure(value: JsonValue, meter: Meter): number {
  meter.partsLeft -= 1;
  if (meter.partsLeft < 0) throw tooCostly(`A patch may carry about at most ${limits.patchPartsMax} values.`);
  if (typeof value !== 'object' || value === null) return 0;
  let depth = 0;
  for (const part of Object.values(value)) depth = Math.max(depth, measure(part, meter));
  return depth + 1;
}

function startsWith(pointer: Pointer, prefix: Pointer): boolean {
  return prefix.every((token, index) => pointer[index] === token);
}

/** The value that a pointer names. */
function find(document: JsonValue, pointer: Pointer, operation: JsonPatchOperation): Piece {
  let piece: Piece | undefined = { value: document };
  for (const token of pointer) {
    piece = partOf(piece.value, token);
    if (piece === undefined) throw refusal(operation, `there is nothing at ${showPointer(pointer)}`);
  }
  return piece;
}

function partOf(value: JsonValue, token: string): Piece | undefined {
  if (Array.isArray(value)) {
    const index = itemIndex(token, value.length);
    return index === undefined ? undefined : pieceAt(value, index);
  }
  return isJsonObject(value) ? pieceAt(value, token) : undefined;
}

/** Changes what holds the value that the pointer names, or will hold it; `token` is the pointer's last. */
function changeParent(
  document: JsonValue,
  pointer: Pointer,
  operation: JsonPatchOperation,
  change: (parent: JsonObject | readonly JsonValue[], token: string) => JsonValue,
): JsonValue {
  const token = pointer.at(-1) ?? '';
  const path: (string | number)[] = [];
  let parent = document;
  for (const step of pointer.slice(0, -1)) {
    const found = partOf(parent, step);
    if (found === undefined) throw refusal(operation, `there is nothing at ${showPointer(pointer.slice(0, path.length + 1))}`);
    path.push(Array.isArray(parent) ? Number(step) : step);
    parent = found.value;
  }
  return changeAt(document, path, (container) => {
    if (Array.isArray(container) || isJsonObject(container)) return change(container, token);
    throw refusal(operation, `what is at ${showPointer(pointer.slice(0, -1))} has no parts`);
  });
}

function add(document: JsonValue, pointer: Pointer, piece: Piece, operation: JsonPatchOperation): JsonValue {
  if (pointer.length === 0) return piece.value;
  return changeParent(document, pointer, operation, (parent, token) => {
    if (!isList(parent)) return withMember(parent, checkName(token, operation), piece);
    const index = token === '-' ? parent.length : itemIndex(token, parent.length + 1);
    if (index === undefined)
      throw refusal(operation, `the list has ${parent.length} items, and no place at ${showPointer(pointer)}`);
    const pieces = piecesOf(parent);
    return arrayOf([...pieces.slice(0, index), piece, ...pieces.slice(index)]);
  });
}

function remove(document: JsonValue, pointer: Pointer, operation: JsonPatchOperation): JsonValue {
  if (pointer.length === 0) throw refusal(operation, 'the whole resource can not be removed by a patch');
  find(document, pointer, operation);
  return changeParent(document, pointer, operation, (parent, token) =>
    isList(parent) ? arrayOf(piecesOf(parent).filter((_, index) => index !== Number(token))) : withoutMember(parent, token),
  );
}

/** Puts a value where one is. */
function put(document: JsonValue, pointer: Pointer, piece: Piece, operation: JsonPatchOperation): JsonValue {
  if (pointer.length === 0) return piece.value;
  return changeParent(document, pointer, operation, (parent, token) =>
    isList(parent)
      ? arrayOf(piecesOf(parent).map((item, index) => (index === Number(token) ? piece : item)))
      : withMember(parent, token, piece),
  );
}

/** `Array.isArray` does not tell readonly arrays from the rest. */
function isList(container: JsonObject | readonly JsonValue[]): container is readonly JsonValue[] {
  return Array.isArray(container);
}

/** What is stored must be readable again: no FHIR element has another kind of name. */
function checkName(token: string, operation: JsonPatchOperation): string {
  if (/^[A-Za-z_]/.test(token)) return token;
  throw refusal(operation, 'no FHIR element has a name like the last one of its path');
}

/** https://www.rfc-editor.org/rfc/rfc6902#section-4.6: numbers by value, members in any order. */
function isEqual(one: JsonValue, other: JsonValue): boolean {
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
    return one.every((item: JsonValue, index) => isEqual(item, other[index]));
  }
  if (!isJsonObject(one) || !isJsonObject(other)) return one === other;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => hasEqual(other, name, one[name]));
}

function hasEqual(object: JsonObject, name: string, value: JsonValue | undefined): boolean {
  const member = Object.hasOwn(object, name) ? object[name] : undefined;
  return member !== undefined && value !== undefined && isEqual(value, member);
}

function refusal({ index, op }: JsonPatchOperation, why: string): FhirError {
  return unprocessable(`Operation ${index + 1} of the patch (${op}) can't be done: ${why}. Nothing was changed.`);
}
