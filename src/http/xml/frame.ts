/** An XML element while it is read, on its way to becoming a JSON value. */
import type { SaxesTagNS } from 'saxes';
import { digits } from '../../fhir/json.ts';
import type { JsonValue } from '../../fhir/types.ts';
import type { Namespaces } from './narrative.ts';
import type { Member, Shape } from './shapes.ts';

export interface Frame {
  /** `holder`: the element around a resource, such as `contained`. */
  readonly kind: 'object' | 'primitive' | 'holder';
  readonly name: string;
  readonly shape: Shape;
  /** What it is to its parent; undefined for a resource. */
  readonly member: Member | undefined;
  /** The levels of JSON around its members. */
  readonly depth: number;
  readonly namespaces: Namespaces;
  /** Its place in the list of its parent, for messages. */
  readonly index: number | undefined;
  /** Its members; of a primitive, those beside its value. */
  readonly object: Record<string, JsonValue>;
  /** Numbers with digits that JavaScript would write otherwise. */
  readonly literals: Record<string, string>;
  /** Not yet among the members, in their order. */
  readonly attributes: { readonly name: string; readonly value: string; readonly position: number }[];
  /** A primitive's value, or the resource in a holder. */
  value: JsonValue | undefined;
  literal: string | undefined;
  /** The member that came last. */
  last: Member | undefined;
  /** The items so far of a member that repeats. */
  pending: Pending | undefined;
}

interface Pending {
  readonly member: Member;
  readonly values: JsonValue[];
  readonly besides: JsonValue[];
  readonly literals: Record<string, string>;
}

/** What an element came to: a value, and of a primitive what stands beside it. */
export interface Finished {
  readonly value: JsonValue | undefined;
  readonly beside: JsonValue | undefined;
}

export function newFrame(kind: Frame['kind'], tag: SaxesTagNS, shape: Shape, parent: Frame | undefined, member?: Member): Frame {
  const list = member?.array === true;
  return {
    kind,
    name: tag.local,
    shape,
    member,
    depth: (parent?.depth ?? 0) + (list ? 1 : 0) + (kind === 'holder' ? 0 : 1),
    namespaces: tag.ns,
    index: list && parent !== undefined ? itemsOf(parent, member) : undefined,
    object: {},
    literals: {},
    attributes: [],
    value: undefined,
    literal: undefined,
    last: undefined,
    pending: undefined,
  };
}

function itemsOf(parent: Frame, member: Member): number {
  return holdsPending(parent, member) ? (parent.pending?.values.length ?? 0) : 0;
}

/** Whether the member's earlier items are being collected. */
export function holdsPending({ pending }: Frame, member: Member): boolean {
  return pending?.member === member;
}

/** Puts the attributes that come before the position among the members, behind the list that has just ended. */
export function settleAttributes(frame: Frame, position: number): void {
  settlePending(frame);
  for (let [next] = frame.attributes; next !== undefined && next.position < position; [next] = frame.attributes) {
    frame.object[next.name] = next.value;
    frame.attributes.shift();
  }
}

/** The element's value; undefined when it has none, though it must. */
export function finish(frame: Frame): Finished | undefined {
  if (frame.kind === 'holder') return frame.value === undefined ? undefined : { value: frame.value, beside: undefined };
  settleAttributes(frame, Number.POSITIVE_INFINITY);
  const object = keepDigits(frame.object, frame.literals);
  if (frame.kind === 'object') return { value: object, beside: undefined };
  const beside = Object.keys(object).length > 0 ? object : undefined;
  return frame.value === undefined && beside === undefined ? undefined : { value: frame.value, beside };
}

/** Hands what an element came to over to the element it stands in. */
export function attach(parent: Frame, { member, literal }: Frame, { value, beside }: Finished): void {
  if (member === undefined) return;
  if (!member.array) {
    if (value !== undefined) parent.object[member.name] = value;
    if (literal !== undefined) parent.literals[member.name] = literal;
    if (beside !== undefined) parent.object[`_${member.name}`] = beside;
    return;
  }
  parent.pending ??= { member, values: [], besides: [], literals: {} };
  const { values, besides, literals } = parent.pending;
  if (literal !== undefined) literals[values.length] = literal;
  values.push(value ?? null);
  besides.push(beside ?? null);
}

/** "null values are used ... to fill out both arrays so that the id and/or extension are aligned with the matching value" */
function settlePending(frame: Frame): void {
  if (frame.pending === undefined) return;
  const { member, values, besides, literals } = frame.pending;
  if (values.some((value) => value !== null)) frame.object[member.name] = keepDigits(values, literals);
  if (besides.some((beside) => beside !== null)) frame.object[`_${member.name}`] = besides;
  frame.pending = undefined;
}

function keepDigits<T extends object>(container: T, literals: Readonly<Record<string, string>>): T {
  return Object.keys(literals).length === 0 ? container : Object.assign(container, { [digits]: literals });
}
