/** Changes the links in a resource, wherever its type says that there is one. https://hl7.org/fhir/R4/http.html#trules */
import type { Definitions, ElementDefinition, TypeDefinition } from '../definitions/definitions.ts';
import { withDigits } from '../fhir/json.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';

export interface Link {
  /**
   * `Reference.reference`; `Attachment.url`; another element of type uri or url; `href` of an `<a>` or `src` of an `<img>` in a narrative.
   */
  readonly kind: 'reference' | 'attachment' | 'uri' | 'narrative';
  readonly text: string;
  /** FHIRPath, from the place given on: `Bundle.entry[3].resource.subject.reference`. */
  readonly place: string;
}

/** Maps one resource; `place` is its FHIRPath. */
export type LinkMapper = (resource: Resource, place: string, change: (link: Link) => string) => Resource;

/**
 * A mapper that gives a copy of a resource with each link as `change` returns it, or the resource itself when nothing changes. Numbers keep
 * their digits and members their order. "Elements of type canonical are not replaced", and neither are those of type oid and uuid, where a local
 * URL would be no legal value. A Bundle inside the resource is left alone: its references are resolved among its own entries.
 */
export function openLinkMapper(definitions: Definitions): LinkMapper {
  const members: Members = new Map();
  // A resource is mapped to a resource.
  return (resource, place, change) => mapResource(resource, place, { definitions, change, members }) as Resource;
}

// A memo, not state: one mapper knows the members of all types it has met, and maps as a new one would.
const mappers = new WeakMap<Definitions, LinkMapper>();

/** The one mapper of the definitions. */
export function linkMapperOf(definitions: Definitions): LinkMapper {
  const known = mappers.get(definitions);
  if (known !== undefined) return known;
  const mapper = openLinkMapper(definitions);
  mappers.set(definitions, mapper);
  return mapper;
}

/** The JSON members of a type or backbone element, found once per mapper. */
type Members = Map<readonly ElementDefinition[], ReadonlyMap<string, Member>>;

interface Walk {
  readonly definitions: Definitions;
  readonly change: (link: Link) => string;
  readonly members: Members;
}

interface Member {
  readonly type: string;
  /** Its step in FHIRPath, when that is not the JSON name: `value.ofType(Reference)`. */
  readonly step?: string;
  /** The elements of the member's value, when it has some. */
  readonly children: readonly ElementDefinition[] | undefined;
}

function mapResource(value: JsonObject, place: string, walk: Walk): JsonObject {
  const { resourceType } = value;
  const definition = typeof resourceType === 'string' ? walk.definitions.type(resourceType) : undefined;
  return definition === undefined ? value : mapMembers(value, definition.elements, place, { walk, definition });
}

/** `definition` is the type whose paths a content reference names. */
interface Scope {
  readonly walk: Walk;
  readonly definition: TypeDefinition;
}

function mapMembers(value: JsonObject, elements: readonly ElementDefinition[], place: string, scope: Scope): JsonObject {
  const members = membersOf(elements, scope);
  let copy: Record<string, JsonValue> | undefined;
  for (const [name, member] of Object.entries(value)) {
    // `_name` holds a primitive's id and extensions: an Element's members.
    const known = members.get(name) ?? (name.startsWith('_') && members.has(name.slice(1)) ? element : undefined);
    if (known === undefined) continue;
    const property = name.replace(/^_/, '');
    const mapped = mapValue(member, known, `${place}.${members.get(property)?.step ?? property}`, scope);
    if (mapped === member) continue;
    copy ??= { ...value };
    copy[name] = mapped;
  }
  return copy ?? value;
}

const element: Member = { type: 'Element', children: undefined };

function mapValue(value: JsonValue, member: Member, place: string, scope: Scope): JsonValue {
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue, index) => mapValue(item, member, `${place}[${index}]`, scope));
    return items.some((item, index) => item !== value[index]) ? withDigits(items, value) : value;
  }
  if (typeof value === 'string') return mapText(value, member.type, place, scope);
  return isJsonObject(value) ? mapObject(value, member, place, scope) : value;
}

function mapObject(value: JsonObject, { type, children }: Member, place: string, scope: Scope): JsonObject {
  const { walk } = scope;
  if (type === 'Resource') return scope.definition.name === 'Bundle' ? value : mapResource(value, place, walk);
  if (children !== undefined) return mapMembers(value, children, place, scope);
  const definition = walk.definitions.type(type);
  if (definition === undefined) return value;
  const mapped = mapMembers(value, definition.elements, place, { walk, definition });
  const { reference } = mapped;
  if (type !== 'Reference' || typeof reference !== 'string') return mapped;
  const changed = walk.change({ kind: 'reference', text: reference, place: `${place}.reference` });
  return changed === reference ? mapped : { ...mapped, reference: changed };
}

function mapText(text: string, type: string, place: string, { walk, definition }: Scope): string {
  const kind = definition.name === 'Attachment' ? 'attachment' : 'uri';
  if (type === 'uri' || type === 'url') return walk.change({ kind, text, place });
  return type === 'xhtml' ? mapNarrative(text, place, walk) : text;
}

/** An `<a href>` or `<img src>` up to the attribute's value; no part may run over another tag, so that hostile text costs no more than its length. */
const linkPattern = /(<(?:a|img)\s[^<>]*?\b(?:href|src)\s*=\s*)(?:"([^"<>]*)"|'([^'<>]*)')/g;

function mapNarrative(text: string, place: string, walk: Walk): string {
  return text.replace(linkPattern, (whole, before: string, double: string | undefined, single: string | undefined) => {
    const link = double ?? single ?? '';
    const changed = walk.change({ kind: 'narrative', text: link, place });
    return changed === link ? whole : `${before}"${changed}"`;
  });
}

function membersOf(elements: readonly ElementDefinition[], scope: Scope): ReadonlyMap<string, Member> {
  const known = scope.walk.members.get(elements);
  if (known !== undefined) return known;
  const members = new Map<string, Member>();
  for (const definition of elements) {
    // System types (Extension.url, Resource.id) name definitions, not resources.
    if (definition.system) continue;
    for (const { code } of definition.types) {
      const { name, choice, children } = definition;
      if (choice)
        members.set(`${name}${code.charAt(0).toUpperCase()}${code.slice(1)}`, {
          type: code,
          children,
          step: `${name}.ofType(${code})`,
        });
      else members.set(name, { type: code, children });
    }
    if (definition.contentReference !== undefined) {
      members.set(definition.name, { type: 'Element', children: childrenAt(definition.contentReference, scope.definition) });
    }
  }
  scope.walk.members.set(elements, members);
  return members;
}

/** The children of the element at a path of the type: what a content reference stands for. */
function childrenAt(path: string, definition: TypeDefinition): readonly ElementDefinition[] | undefined {
  const find = (elements: readonly ElementDefinition[]): readonly ElementDefinition[] | undefined => {
    for (const one of elements) {
      if (one.path === path) return one.children;
      const deeper = one.children !== undefined && path.startsWith(`${one.path}.`) ? find(one.children) : undefined;
      if (deeper !== undefined) return deeper;
    }
    return undefined;
  };
  return find(definition.elements);
}
