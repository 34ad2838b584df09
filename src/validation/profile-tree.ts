/**
 * What a profile says, as a tree of the elements it constrains. The differentials of the profiles it builds on are laid one upon the other,
 * down to the R4 type, so that no snapshot is needed; elements nobody constrains are not in the tree.
 * https://hl7.org/fhir/R4/profiling.html#snapshot
 */
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import { isJsonObject, type JsonObject, type Resource } from '../fhir/types.ts';
import { jsonName } from './generate.ts';
import { contradictionOf } from './profile-contradictions.ts';
import { readConstraint } from './profile-element.ts';
import { pruneSilent, withoutInherited } from './profile-inheritance.ts';
import { nodesOf, type ProfileNode, type ProfileTree, type ProfileType } from './profile-node.ts';
import { type Shape, shapeKeys } from './shapes.ts';

const chainMax = 20;

export interface ReadOptions {
  /** How many profiles refer to each other's elements on the way to this one. */
  readonly depth?: number;
  /** Also throws for what contradicts the profiles that this one builds on. */
  readonly strict?: boolean;
}

/** Reads a profile and those it builds on. Throws an Error whose sentence names profile and element when something can't be understood. */
export function readProfile(
  profile: Resource,
  definitions: Definitions,
  shapeOf: (key: string) => Shape | undefined,
  { depth = 0, strict = false }: ReadOptions = {},
): ProfileTree {
  const type = textOf(profile, 'type');
  if (type === undefined || definitions.type(type) === undefined) {
    throw new Error(`The profile ${urlOf(profile)} constrains "${type ?? ''}", which is not a type of FHIR R4.`);
  }
  const root = newNode(type, type);
  for (const layer of chainOf(profile, definitions)) {
    const reader: Reader = {
      url: urlOf(layer),
      type,
      root,
      shapeOf,
      definitions,
      places: new Map(),
      depth,
      strict: strict && layer === profile,
    };
    for (const element of elementsOf(layer, definitions)) readElement(element, reader);
  }
  pruneSilent(root);
  const version = textOf(profile, 'version');
  return { url: urlOf(profile), ...(version === undefined ? {} : { version }), type, root };
}

/** From the profile nearest to the R4 type to the profile itself. */
function chainOf(profile: Resource, definitions: Definitions): readonly Resource[] {
  const chain: Resource[] = [];
  for (let layer: Resource | undefined = profile; layer !== undefined; layer = baseOf(layer, definitions)) {
    chain.unshift(layer);
    if (chain.length > chainMax)
      throw new Error(`The profile ${urlOf(profile)} builds on more than ${chainMax} others, or on itself.`);
  }
  return chain;
}

/** The profile that a profile builds on; undefined when it builds on a type. */
function baseOf(profile: Resource, definitions: Definitions): Resource | undefined {
  const url = textOf(profile, 'baseDefinition');
  if (isTypeUrl(url, definitions)) return undefined;
  const base = url === undefined ? undefined : definitions.conformance(url);
  if (base !== undefined) return base;
  // A snapshot says all, also what the profile beneath says.
  if (profile['snapshot'] !== undefined) return undefined;
  throw new Error(`The profile ${urlOf(profile)} builds on ${url ?? 'nothing'}, which is not loaded.`);
}

function isTypeUrl(url: string | undefined, definitions: Definitions): boolean {
  return url !== undefined && definitions.type(url.replace('http://hl7.org/fhir/StructureDefinition/', '')) !== undefined;
}

/** The differential; the whole snapshot when there is no other view, or when the profile beneath is not at hand. */
function elementsOf(profile: Resource, definitions: Definitions): readonly JsonObject[] {
  const base = textOf(profile, 'baseDefinition');
  const based = isTypeUrl(base, definitions) || (base !== undefined && definitions.conformance(base) !== undefined);
  const view = based ? (profile['differential'] ?? profile['snapshot']) : (profile['snapshot'] ?? profile['differential']);
  const elements = isJsonObject(view) ? view['element'] : undefined;
  return Array.isArray(elements) ? elements.filter(isJsonObject) : [];
}

interface Reader {
  readonly url: string;
  readonly type: string;
  readonly root: ProfileNode;
  readonly shapeOf: (key: string) => Shape | undefined;
  readonly definitions: Definitions;
  /** The steps to the element or slice last spoken of at a path: what follows without an id stands beneath it. */
  readonly places: Map<string, readonly string[]>;
  readonly depth: number;
  readonly strict: boolean;
}

function readElement(raw: JsonObject, reader: Reader): void {
  let node = reader.root;
  let keys: readonly string[] = [reader.type];
  let element: ElementDefinition | undefined;
  for (const step of stepsOf(raw, reader)) {
    const place = placeOf(step, keys, reader);
    if (place === undefined) {
      throw new Error(`The profile ${reader.url} constrains ${textOf(raw, 'path')}, and there is no such element.`);
    }
    node = descend(node, place);
    keys = place.element?.children === undefined ? narrowKeys(place.keys, node) : place.keys;
    element = place.sliceName === undefined ? place.element : undefined;
  }
  const said = readConstraint(raw, node, reader.url);
  const fault = reader.strict ? contradictionOf({ raw, said, before: node, element }, reader.definitions) : undefined;
  if (fault !== undefined) throw new Error(`The profile ${reader.url} can't be met: ${fault}`);
  Object.assign(node, withoutInherited(said, element, reader.definitions));
  for (const { element: named } of node.types ?? []) if (named !== undefined) takeOver(named, node, reader);
}

const borrowingMax = 5;

/** What an element of another profile says is said here too, how often it may be there aside. */
function takeOver({ profile, id }: NonNullable<ProfileType['element']>, node: ProfileNode, reader: Reader): void {
  const definition = reader.definitions.conformance(profile);
  if (definition === undefined || reader.depth === borrowingMax)
    throw new Error(`The profile ${reader.url} takes the element ${id} from ${profile}, which is not loaded or leads back here.`);
  const tree = readProfile(definition, reader.definitions, reader.shapeOf, { depth: reader.depth + 1 });
  const source = nodesOf(tree.root).find((one) => one.id === id);
  if (source === undefined) throw new Error(`The profile ${reader.url} takes the element ${id} from ${profile}, which has none.`);
  const { id: _, name: __, sliceName: ___, min: ____, max: _____, types, children, slices, constraints, ...said } = source;
  Object.assign(node, said, { constraints: [...node.constraints, ...constraints] });
  if (types !== undefined) node.types = types;
  for (const [name, child] of children) node.children.set(name, child);
  for (const [name, slice] of slices) node.slices.set(name, slice);
}

/** The steps to an element, slices included: by its id, otherwise by its path and what was spoken of before. */
function stepsOf(raw: JsonObject, { places, url }: Reader): readonly string[] {
  const path = textOf(raw, 'path') ?? '';
  const id = withSliceAtEnd(textOf(raw, 'id'), path);
  const parent = path.slice(0, Math.max(path.lastIndexOf('.'), 0));
  const plain = path.split('.').slice(1);
  if (id !== undefined && !isSamePlace(id, path))
    throw new Error(`The profile ${url} has an element whose id ${id} and path ${path} differ.`);
  const steps = id === undefined ? [...(places.get(parent) ?? plain.slice(0, -1)), ...plain.slice(-1)] : id.split('.').slice(1);
  const sliceName = textOf(raw, 'sliceName');
  const last = steps.at(-1);
  // An id may lack the slice's name where the element itself gives it.
  if (last !== undefined && sliceName !== undefined && !last.includes(':')) steps[steps.length - 1] = `${last}:${sliceName}`;
  const beneath = `${path}.`;
  for (const known of places.keys()) if (known.startsWith(beneath)) places.delete(known);
  places.set(path, steps);
  return steps;
}

/** A published profile names the slice of an extension at the element that has it: `value[x]:reason` where the path is `value[x].extension`. */
function withSliceAtEnd(id: string | undefined, path: string): string | undefined {
  const [owner = '', sliceName] = splitOnce(id ?? '', ':');
  const last = sliceName !== undefined && !sliceName.includes('.') && path === `${owner}.extension`;
  return last ? `${path}:${sliceName}` : id;
}

/** Whether an id is a path with slices: `value[x]:valueQuantity.code` is at `value[x].code` or `valueQuantity.code`. */
function isSamePlace(id: string, path: string): boolean {
  const names = path.split('.');
  const steps = id.split('.');
  return (
    steps.length === names.length &&
    steps.every((step, at) => {
      const [name = '', slice] = splitOnce(step, ':');
      const found = names[at] ?? '';
      return (
        found === name ||
        found === slice ||
        (found.endsWith('[x]') ? name.startsWith(found.slice(0, -3)) : name === `${found}[x]`)
      );
    })
  );
}

/**
 * The types an element may still have after a node has narrowed them; for any resource, those it names. The slice `valueQuantity` of
 * `value[x]` is a Quantity whether or not it says so.
 */
export function narrowKeys(keys: readonly string[], { types, name, sliceName }: ProfileNode): readonly string[] {
  const codes = types?.map(({ code }) => code) ?? [];
  if (keys.length === 0 || keys.includes('Resource')) return codes.length > 0 ? codes : keys;
  const left = keys.filter((key) => codes.includes(key));
  const named = keys.filter((key) => sliceName?.toLowerCase() === `${name}${key}`.toLowerCase());
  return [left, named].find((found) => found.length > 0) ?? keys;
}

interface Place {
  readonly name: string;
  readonly sliceName: string | undefined;
  readonly keys: readonly string[];
  readonly element: ElementDefinition | undefined;
}

/** Reads a step of an element id: `identifier`, `identifier:cf`, `value[x]`, `value[x]:valueQuantity`, `valueQuantity`. */
function placeOf(step: string, keys: readonly string[], { shapeOf }: Reader): Place | undefined {
  const [name = '', sliceName] = splitOnce(step, ':');
  const plain = name.replace('[x]', '');
  for (const key of keys) {
    const element = shapeOf(key)?.get(plain);
    if (element !== undefined) {
      return { name: plain, sliceName, keys: shapeKeys(element), element };
    }
    const choice = [...(shapeOf(key)?.values() ?? [])].find(
      (candidate) => candidate.choice && candidate.types.some(({ code }) => jsonName(candidate, code) === plain),
    );
    const type = choice?.types.find(({ code }) => jsonName(choice, code) === plain)?.code;
    if (choice !== undefined && type !== undefined)
      return { name: choice.name, sliceName: sliceName ?? plain, keys: [type], element: undefined };
  }
  // `contained` and `entry.resource` may be of any type: what stands below is known only with the resource.
  return keys.includes('Resource') || keys.length === 0 ? { name: plain, sliceName, keys: [], element: undefined } : undefined;
}

function descend(parent: ProfileNode, { name, sliceName }: Place): ProfileNode {
  const child = childOf(parent.children, name, `${parent.id}.${name}`, name);
  if (sliceName === undefined) return child;
  // A re-slice is named after the slice it divides: `official/italian`.
  return sliceName.split('/').reduce((node, _, at, parts) => {
    const full = parts.slice(0, at + 1).join('/');
    return childOf(node.slices, full, `${child.id}:${full}`, name, full);
  }, child);
}

function childOf(map: Map<string, ProfileNode>, key: string, ...rest: Parameters<typeof newNode>): ProfileNode {
  const known = map.get(key) ?? newNode(...rest);
  map.set(key, known);
  return known;
}

function newNode(id: string, name: string, sliceName?: string): ProfileNode {
  return { id, name, ...(sliceName === undefined ? {} : { sliceName }), constraints: [], slices: new Map(), children: new Map() };
}

function splitOnce(text: string, mark: string): readonly [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function urlOf(profile: Resource): string {
  return textOf(profile, 'url') ?? 'without url';
}

export function textOf(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' ? value : undefined;
}
