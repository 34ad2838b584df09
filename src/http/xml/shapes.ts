/** What may stand in each XML element, by the definitions of the types. https://hl7.org/fhir/R4/xml.html */
import type { Definitions, ElementDefinition } from '../../definitions/definitions.ts';
import { type PrimitiveKind, primitiveKind } from './primitive-text.ts';

/** A child element: its XML and JSON name are the same, a choice's with its type (`valueQuantity`). */
export interface Member {
  readonly name: string;
  /** Its place among its siblings: "Elements must always appear in the order documented". The choices of one element share theirs. */
  readonly position: number;
  /** An array in JSON. */
  readonly array: boolean;
  /** `resource`: the element holds a resource in an element of its own. `narrative`: XHTML, a text in JSON. */
  readonly kind: 'primitive' | 'complex' | 'resource' | 'narrative';
  /** Of a primitive's value. */
  readonly value: PrimitiveKind;
  /** Of what may stand in it; of a primitive, of what may stand beside its value. */
  shape(): Shape;
}

export interface Shape {
  /** Attributes besides a primitive's `value`, `id` and an extension's `url`, with their places among the members in JSON. */
  readonly attributes: ReadonlyMap<string, number>;
  member(name: string): Member | undefined;
  /** The member whose name differs in case alone, which is what goes wrong most. */
  similar(name: string): string | undefined;
}

export interface Shapes {
  /** Of a resource type; undefined when R4 has no such type. */
  resource(type: string): Shape | undefined;
}

/** Each shape is made when it is first asked for. */
export function openShapes(definitions: Definitions): Shapes {
  const made = new Map<readonly ElementDefinition[], Shape>();
  const shapeOf = (elements: readonly ElementDefinition[], resource: boolean): Shape => {
    const known = made.get(elements);
    if (known !== undefined) return known;
    const shape = makeShape(elements, resource);
    made.set(elements, shape);
    return shape;
  };
  const makeShape = (elements: readonly ElementDefinition[], resource: boolean): Shape => {
    // "the id property on elements (but not on resources, where the resource id is an element)"
    const isAttribute = (element: ElementDefinition) => element.system && !resource;
    const members = new Map<string, Member>();
    const attributes = new Map<string, number>();
    for (const [position, element] of elements.entries()) {
      if (!isAttribute(element)) for (const member of membersOf(element, position)) members.set(member.name, member);
      else if (element.name !== 'value') attributes.set(element.name, position);
    }
    return {
      attributes,
      member: (name) => members.get(name),
      similar: (name) => [...members.keys()].find((known) => known.toLowerCase() === name.toLowerCase()),
    };
  };
  const membersOf = (element: ElementDefinition, position: number): readonly Member[] => {
    const { name, array, choice } = element;
    // What refers to another element's content names no type.
    const types = element.types.length === 0 ? [''] : element.types.map(({ code }) => code);
    return types.map((type) => ({
      name: choice ? `${name}${type.charAt(0).toUpperCase()}${type.slice(1)}` : name,
      position,
      array,
      kind: kindOf(type, definitions),
      value: primitiveKind(type, definitions),
      shape: () => bodyOf(element, type),
    }));
  };
  const bodyOf = ({ path, children, contentReference }: ElementDefinition, type: string): Shape => {
    const elements =
      children ?? referred(contentReference, definitions) ?? (type === '' ? undefined : definitions.type(type)?.elements);
    if (elements === undefined) throw new Error(`The definitions do not say what may stand in ${path}.`);
    return shapeOf(elements, false);
  };
  return {
    resource(type) {
      return definitions.isResourceType(type) ? shapeOf(definitions.type(type)?.elements ?? [], true) : undefined;
    },
  };
}

function kindOf(type: string, definitions: Definitions): Member['kind'] {
  if (type === 'xhtml') return 'narrative';
  const kind = definitions.type(type)?.kind;
  if (kind === 'primitive-type') return 'primitive';
  return kind === 'resource' ? 'resource' : 'complex';
}

/** `Questionnaire.item` to the children of that element. */
function referred(path: string | undefined, definitions: Definitions): readonly ElementDefinition[] | undefined {
  const [root = '', ...names] = path?.split('.') ?? [];
  let elements = path === undefined ? undefined : definitions.type(root)?.elements;
  for (const name of names) elements = elements?.find((element) => element.name === name)?.children;
  return elements;
}
