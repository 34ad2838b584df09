/** The definitions as FHIRPath asks them: what a type has under a name, and what a type is. https://hl7.org/fhir/R4/fhirpath.html#types */
import type { Definitions, ElementDefinition, TypeDefinition } from '../definitions/definitions.ts';

/** One JSON member that an element may be in: a choice element has one for each of its types. */
export interface Slot {
  /** `birthDate`, `valueQuantity`. */
  readonly property: string;
  /** `_birthDate`, for a primitive. */
  readonly sibling: string | undefined;
  /** The type of the node; what is typed by its own `resourceType` has `Resource` here. */
  readonly type: string;
  readonly resource: boolean;
  /** A decimal, whose digits count. */
  readonly decimal: boolean;
}

/** What is under one FHIRPath name. */
export interface Members {
  readonly slots: readonly Slot[];
  /** For a choice of many types: its slots by JSON property, `_` properties too. */
  readonly byProperty?: ReadonlyMap<string, Slot>;
}

export interface TypeModel {
  /** What a type has under a FHIRPath name, choices without `[x]`; undefined when it has no such element. */
  element(type: string, name: string): Members | undefined;
  /** All members of a type by JSON property, `_` properties too. */
  members(type: string): ReadonlyMap<string, Slot>;
  /** Whether a type is another or specialises it. System types are themselves only. */
  isA(type: string, base: string): boolean;
  /** A type written in an expression, as the types it may mean: `Quantity` is FHIR's and System's. Undefined when there is none. */
  named(specifier: string): readonly string[] | undefined;
  /** A type whose nodes may turn out to be of a specialised one with more elements. */
  isOpen(type: string): boolean;
  isPrimitive(type: string): boolean;
}

const systemTypes = new Set(['Boolean', 'String', 'Integer', 'Decimal', 'Date', 'DateTime', 'Time', 'Quantity']);

// A memo, not state: one model serves the thousands of expressions of the same definitions, and answers what a new one would.
const models = new WeakMap<Definitions, TypeModel>();

export function typeModel(definitions: Definitions): TypeModel {
  const known = models.get(definitions);
  if (known !== undefined) return known;
  const model = buildTypeModel(definitions);
  models.set(definitions, model);
  return model;
}

/** What is known of nodes of some types: nothing when one is abstract, because they may be of any type that specialises it. */
export function closedTypes(types: readonly string[], model: TypeModel): readonly string[] | undefined {
  return types.some(model.isOpen) ? undefined : [...new Set(types)];
}

function buildTypeModel(definitions: Definitions): TypeModel {
  const elementsByType = new Map([['TypeInfo', typeInfoMembers]]);
  const slotsByType = new Map<string, ReadonlyMap<string, Slot>>();
  const membersOf = (type: string) => memo(elementsByType, type, () => readMembers(definitions, elementsOf(definitions, type)));
  const isA = (type: string, base: string): boolean => {
    for (let at: string | undefined = type; at !== undefined; at = baseOf(definitions, at)) if (at === base) return true;
    return false;
  };
  return {
    element: (type, name) => membersOf(type).get(name),
    members: (type) => memo(slotsByType, type, () => byProperty([...membersOf(type).values()].flatMap(({ slots }) => slots))),
    isA,
    named: (specifier) => named(definitions, specifier),
    isOpen: (type) => definitions.type(type)?.abstract === true,
    isPrimitive: (type) => definitions.type(type)?.kind === 'primitive-type',
  };
}

function memo<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}

function named(definitions: Definitions, specifier: string): readonly string[] | undefined {
  const [namespace, name] = specifier.includes('.') ? specifier.split('.', 2) : [undefined, specifier];
  if (name === undefined) return undefined;
  const types: string[] = [];
  if (namespace !== 'System' && definitions.type(name) !== undefined) types.push(name);
  if (namespace !== 'FHIR' && systemTypes.has(name)) types.push(`System.${name}`);
  return types.length === 0 ? undefined : types;
}

/** What `type()` gives. http://hl7.org/fhirpath/N1/#reflection */
const typeInfoMembers: ReadonlyMap<string, Members> = new Map(
  ['namespace', 'name'].map((property) => [property, { slots: [slot(property, 'System.String', undefined)] }]),
);

/** The elements of `HumanName`, or of an element with a body of its own: `Patient.contact`. */
export function elementsOf(definitions: Definitions, type: string): readonly ElementDefinition[] {
  const root = definitions.type(type);
  if (root !== undefined) return root.elements;
  return pathElement(definitions, type)?.children ?? [];
}

function pathElement(definitions: Definitions, path: string): ElementDefinition | undefined {
  const parts = path.split('.');
  let elements: readonly ElementDefinition[] | undefined = definitions.type(parts[0] ?? '')?.elements;
  let found: ElementDefinition | undefined;
  for (const part of parts.slice(1)) {
    found = elements?.find((element) => element.name === part);
    elements = found?.children;
  }
  return found;
}

function baseOf(definitions: Definitions, type: string): string | undefined {
  const root = definitions.type(type);
  if (root !== undefined) return root.base;
  return type.includes('.') ? pathElement(definitions, type)?.types[0]?.code : undefined;
}

/** From so many types on, it is quicker to look at what a resource has than for what it may have. */
const wideChoice = 6;

function readMembers(definitions: Definitions, elements: readonly ElementDefinition[]): ReadonlyMap<string, Members> {
  return new Map(
    elements.map((element) => {
      const slots = elementSlots(definitions, element);
      return [element.name, slots.length < wideChoice ? { slots } : { slots, byProperty: byProperty(slots) }];
    }),
  );
}

function byProperty(slots: readonly Slot[]): ReadonlyMap<string, Slot> {
  const map = new Map<string, Slot>();
  for (const one of slots) {
    map.set(one.property, one);
    if (one.sibling !== undefined) map.set(one.sibling, one);
  }
  return map;
}

function elementSlots(definitions: Definitions, element: ElementDefinition): readonly Slot[] {
  if (element.contentReference !== undefined) return [slot(element.name, element.contentReference, undefined)];
  if (element.children !== undefined) return [slot(element.name, element.path, undefined)];
  return element.types.map(({ code }) =>
    slot(
      element.choice ? `${element.name}${code.charAt(0).toUpperCase()}${code.slice(1)}` : element.name,
      code,
      definitions.type(code),
    ),
  );
}

function slot(property: string, type: string, definition: TypeDefinition | undefined): Slot {
  const primitive = definition?.kind === 'primitive-type';
  const resource = definition?.kind === 'resource' && definition.abstract;
  return { property, sibling: primitive ? `_${property}` : undefined, type, resource, decimal: type === 'decimal' };
}
