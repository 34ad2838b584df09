/** FHIRPath Patch: https://hl7.org/fhir/R4/fhirpatch.html */
import type { Definitions } from '../definitions/definitions.ts';
import { changeAt } from '../fhir/json-edit.ts';
import { limits } from '../fhir/limits.ts';
import { type FhirError, invalidValue, unprocessable } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { compileExpression, splitPath } from '../fhirpath/expression.ts';
import { type Collection, type Expression, evaluationErrorName } from '../fhirpath/node.ts';
import {
  type ElementValue,
  elementNamed,
  hasElement,
  type NamedElement,
  propertiesOf,
  readList,
  renameMember,
  withElement,
  withList,
} from './elements.ts';
import type { FhirpathPatchOperation } from './fhirpath-operations.ts';
import { type ElementPlace, type LocatedElement, type Locator, type Meter, openLocator } from './locate.ts';
import { placeValue } from './patch-value.ts';

type Operation<T extends FhirpathPatchOperation['type']> = FhirpathPatchOperation & { readonly type: T };

/**
 * Applies the operations one after the other. Throws 400 for a path that is no FHIRPath, 422 for the first operation that can't be applied, each
 * with its place in the patch. What an operation has emptied is left for the caller to take away.
 */
export function applyFhirpathPatch(
  resource: Resource,
  operations: readonly FhirpathPatchOperation[],
  definitions: Definitions,
): Resource {
  const meter: Meter = { partsLeft: limits.patchPartsMax };
  return operations.reduce((result, operation) => apply({ resource: result, definitions, meter }, operation), resource);
}

interface Work {
  readonly resource: Resource;
  readonly definitions: Definitions;
  readonly meter: Meter;
}

function apply(work: Work, operation: FhirpathPatchOperation): Resource {
  switch (operation.type) {
    case 'add':
      return add(work, operation);
    case 'insert':
      return insert(work, operation);
    case 'delete':
      return remove(work, operation);
    case 'replace':
      return replace(work, operation);
    case 'move':
      return move(work, operation);
  }
}

/** "The content will be appended to the element identified in the path, using the name specified. Add can used for non-repeating elements as long as they do not already exist." */
function add(work: Work, operation: Operation<'add'>): Resource {
  const { definitions } = work;
  const target = onlyOne(select(work, operation), operation);
  const named = namedIn(target.type, operation, definitions);
  const { property, element } = placeValue(operation.value, named, definitions);
  return changeObject(work, target, (object) => {
    if (named.definition.array) return withList(object, property, [...readList(object, property), element]);
    if (propertiesOf(named.definition).some((name) => hasElement(object, name))) {
      throw refusal(operation, `${named.definition.path} is there already; replace it instead`);
    }
    return withElement(object, property, element);
  });
}

/** "The index is mandatory and must be equal or less than the number of elements in the list." */
function insert(work: Work, operation: Operation<'insert'>): Resource {
  const { definitions } = work;
  return changeList(work, operation, (list, named) => {
    if (operation.index > list.length) throw refusal(operation, `the list has ${list.length} elements, so the index is too high`);
    const { element } = placeValue(operation.value, named, definitions);
    return [...list.slice(0, operation.index), element, ...list.slice(operation.index)];
  });
}

function move(work: Work, operation: Operation<'move'>): Resource {
  const { source, destination } = operation;
  return changeList(work, operation, (list) => {
    if (source >= list.length || destination >= list.length) {
      throw refusal(operation, `the list has ${list.length} elements, so source or destination is too high`);
    }
    const rest = list.filter((_, index) => index !== source);
    return [...rest.slice(0, destination), ...list.slice(source, source + 1), ...rest.slice(destination)];
  });
}

/** "Path of the element to delete (if found). Only a single element can be deleted." */
function remove(work: Work, operation: Operation<'delete'>): Resource {
  const selected = select(work, operation);
  return selected.length === 0 ? work.resource : changeElement(work, placeOf(onlyOne(selected, operation), operation), undefined);
}

function replace(work: Work, operation: Operation<'replace'>): Resource {
  const { definitions, resource } = work;
  const place = placeOf(onlyOne(select(work, operation), operation), operation);
  const named = namedIn(holderType(work, place), { ...operation, name: place.property }, definitions);
  // A choice may be replaced by a value of another of its types, so the type that its JSON name has chosen does not count.
  const { property, element } = placeValue(operation.value, { definition: named.definition }, definitions);
  if (property === place.property) return changeElement(work, place, element);
  const renamed = changeAt(resource, place.parent, (object) =>
    isJsonObject(object)
      ? renameMember(withElement(object, place.property, { piece: { value: '' } }), place.property, property)
      : object,
  );
  return changeElement({ ...work, resource: renamed as Resource }, { ...place, property }, element); // Still the resource.
}

/** The elements of the resource that the operation's path finds. */
function select({ resource, definitions, meter }: Work, operation: FhirpathPatchOperation): readonly LocatedElement[] {
  const locator = openLocator(resource, meter);
  const expression = compiled(operation, () => compileExpression(operation.path, resource.resourceType, definitions));
  return located(evaluate(expression, locator, operation), locator, operation);
}

function compiled<T>(operation: FhirpathPatchOperation, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw invalidValue(`The path of this operation is no FHIRPath on the resource: ${reason}.`, operation.place);
  }
}

function evaluate(expression: Expression, { resource }: Locator, operation: FhirpathPatchOperation): Collection {
  try {
    return expression([{ type: resource.resourceType, value: resource }], { resource, rootResource: resource });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== evaluationErrorName) throw error;
    throw refusal(operation, `its path can't be evaluated: ${error.message}`);
  }
}

/** "The FHIRPath statement must return elements from the resource being modified", not values that it has reckoned. */
function located(nodes: Collection, locator: Locator, operation: FhirpathPatchOperation): readonly LocatedElement[] {
  return nodes.map((node) => {
    const element = locator.locate(node);
    if (element === undefined) throw refusal(operation, 'its path does not lead to an element of this resource');
    return element;
  });
}

function onlyOne(elements: readonly LocatedElement[], operation: FhirpathPatchOperation): LocatedElement {
  const [element, second] = elements;
  if (element === undefined) throw refusal(operation, 'there is no element at its path');
  if (second !== undefined) throw refusal(operation, 'its path leads to several elements, and must lead to one');
  return element;
}

function placeOf({ place }: LocatedElement, operation: FhirpathPatchOperation): ElementPlace {
  if (place === undefined) throw refusal(operation, 'its path leads to the whole resource, and must lead to an element in it');
  return place;
}

function namedIn(
  type: string,
  operation: FhirpathPatchOperation & { readonly name: string },
  definitions: Definitions,
): NamedElement {
  const named = elementNamed(definitions, type, operation.name);
  if (named === undefined) throw refusal(operation, `${type} has no element of the name given`);
  return named;
}

/** The type whose element stands at the place: FHIRPath has come there by the same steps. */
function holderType({ resource, definitions }: Work, { parent }: ElementPlace): string {
  let type = resource.resourceType;
  let value: JsonValue = resource;
  for (const step of parent) {
    value = (value as Readonly<Record<string | number, JsonValue>>)[step] ?? null; // Only containers are stepped into.
    if (typeof step === 'string') type = elementType(type, step.replace(/^_/, ''), definitions);
    if (isJsonObject(value) && typeof value['resourceType'] === 'string') type = value['resourceType'];
  }
  return type;
}

function elementType(type: string, property: string, definitions: Definitions): string {
  const named = elementNamed(definitions, type, property);
  if (named === undefined) throw new Error(`A path led to ${type}.${property}, which has no definition.`);
  const { path, children, contentReference, types } = named.definition;
  return contentReference ?? (children === undefined ? (named.chosen ?? types[0]?.code ?? '') : path);
}

/** Changes the object that holds the element's own elements; beside a primitive it is made when it is missing. */
function changeObject({ resource }: Work, { place }: LocatedElement, change: (object: JsonObject) => JsonObject): Resource {
  if (place === undefined) return change(resource) as Resource; // The operations leave resourceType alone.
  const { parent, property, index } = place;
  const changed = changeAt(resource, parent, (holder) => {
    if (!isJsonObject(holder)) return holder;
    const element = index === undefined ? single(holder, property) : readList(holder, property)[index];
    const value = element?.piece?.value;
    const next: ElementValue = isJsonObject(value)
      ? { piece: { value: change(value) } }
      : { ...element, beside: change(element?.beside ?? {}) };
    return putElement(holder, place, next);
  });
  return changed as Resource; // As above.
}

function changeElement({ resource }: Work, place: ElementPlace, element: ElementValue | undefined): Resource {
  const changed = changeAt(resource, place.parent, (holder) =>
    isJsonObject(holder) ? putElement(holder, place, element) : holder,
  );
  return changed as Resource; // A resource with one element changed.
}

/** Puts an element where one stands, or takes that away. */
function putElement(holder: JsonObject, { property, index }: ElementPlace, element: ElementValue | undefined): JsonObject {
  if (index === undefined) return withElement(holder, property, element);
  const list = readList(holder, property).flatMap((item, at) => (at === index ? (element ?? []) : item));
  return withList(holder, property, list);
}

function single(holder: JsonObject, property: string): ElementValue {
  const value = holder[property];
  const beside = holder[`_${property}`];
  return { ...(value !== undefined && { piece: { value } }), ...(isJsonObject(beside) && { beside }) };
}

/** Changes the list that the path of an insert or move names: `Patient.identifier`, all of it. */
function changeList(
  work: Work,
  operation: Operation<'insert' | 'move'>,
  change: (list: readonly ElementValue[], named: NamedElement) => readonly ElementValue[],
): Resource {
  const { resource, definitions, meter } = work;
  const split = compiled(operation, () => splitPath(operation.path, resource.resourceType, definitions));
  if (split === undefined) throw refusal(operation, 'its path must name a list, as Patient.identifier does');
  const locator = openLocator(resource, meter);
  const holder = onlyOne(located(evaluate(split.holder, locator, operation), locator, operation), operation);
  const named = namedIn(holder.type, { ...operation, name: split.name }, definitions);
  if (!named.definition.array) throw refusal(operation, `${named.definition.path} is no list`);
  return changeObject(work, holder, (object) => withList(object, split.name, change(readList(object, split.name), named)));
}

function refusal(operation: FhirpathPatchOperation, why: string): FhirError {
  return unprocessable(`The operation ${operation.type} can't be done: ${why}. Nothing was changed.`, operation.place);
}
