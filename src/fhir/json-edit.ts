/** Changed copies of FHIR JSON: what is not touched keeps its digits, its order and its identity. */
import { type Digits, digits, digitsOf, withDigits } from './json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './types.ts';

/** A value on its way from one container to another, a number with the text it was sent as (`1.00`). */
export interface Piece {
  readonly value: JsonValue;
  readonly digits?: string;
}

/** Names and positions, from a value down to a part of it. */
export type Path = readonly (string | number)[];

/** What stands under a name or at a position; undefined when nothing does. */
export function pieceAt(container: JsonObject | readonly JsonValue[], key: string | number): Piece | undefined {
  if (!Object.hasOwn(container, key)) return undefined;
  const value = (container as Readonly<Record<string | number, JsonValue | undefined>>)[key]; // An own member or item.
  if (value === undefined) return undefined;
  const literal = digitsOf(container)?.[key];
  return literal === undefined ? { value } : { value, digits: literal };
}

/** The object with a member: in the place of the one of that name, or at the end. */
export function withMember(object: JsonObject, name: string, piece: Piece): JsonObject {
  const { [name]: _, ...others } = digitsOf(object) ?? {};
  const kept = piece.digits === undefined ? others : { ...others, [name]: piece.digits };
  return keeping({ ...object, [name]: piece.value }, kept);
}

/** The object without a member. */
export function withoutMember(object: JsonObject, name: string): JsonObject {
  const { [name]: _, ...others } = object;
  const { [name]: __, ...kept } = digitsOf(object) ?? {};
  return keeping(others, kept);
}

/** The items of an array, each with its digits. */
export function piecesOf(array: readonly JsonValue[]): readonly Piece[] {
  const own = digitsOf(array);
  return array.map((value, index) => {
    const literal = own?.[index];
    return literal === undefined ? { value } : { value, digits: literal };
  });
}

/** An array of the items. */
export function arrayOf(pieces: readonly Piece[]): readonly JsonValue[] {
  const kept = Object.fromEntries(
    pieces.flatMap(({ digits: literal }, index) => (literal === undefined ? [] : [[String(index), literal]])),
  );
  return keeping(
    pieces.map(({ value }) => value),
    kept,
  );
}

/** The value with the container at the end of the path changed. Throws an Error when the path leads nowhere: the caller has been there. */
export function changeAt(value: JsonValue, path: Path, change: (container: JsonValue) => JsonValue): JsonValue {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  if (isJsonObject(value) && typeof key === 'string') {
    const member = value[key];
    if (member !== undefined) return { ...value, [key]: changeAt(member, rest, change) };
  }
  if (Array.isArray(value) && typeof key === 'number') {
    const item = (value as readonly JsonValue[])[key]; // An array of JSON has JSON values.
    if (item !== undefined) {
      const copy: JsonValue[] = [...value];
      copy[key] = changeAt(item, rest, change);
      return withDigits(copy, value);
    }
  }
  throw new Error('A path into JSON leads nowhere.');
}

/** A copy made by spreading has brought the digits of its original along; these are its own. */
function keeping<T extends object>(copy: T, kept: Digits): T {
  if (Object.keys(kept).length > 0) return Object.assign(copy, { [digits]: kept });
  if (digitsOf(copy) !== undefined) delete (copy as { [digits]?: Digits })[digits]; // Made by this file, and nobody has seen it yet.
  return copy;
}
