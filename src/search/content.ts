/** The text of a resource, for https://hl7.org/fhir/R4/search.html#content: its narrative, or all that it says in words. */
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { childrenAt } from './parameter-elements.ts';

export interface Content {
  /** What `DomainResource.text` shows. */
  narrative(resource: JsonObject): string;
  /** The narratives and every string and markdown, those of contained resources too; at most `limits.fullTextCharactersMax` of it. */
  everything(resource: JsonObject): string;
}

export function openContent(definitions: Definitions): Content {
  const read = openReader(definitions);
  return {
    narrative: ({ text }) => (isJsonObject(text) ? narrativeText(text['div']) : ''),
    everything(resource) {
      const texts: Texts = { found: [], characters: 0 };
      read(resource, texts);
      return texts.found.join('\n');
    },
  };
}

/** Texts found so far. */
interface Texts {
  readonly found: string[];
  characters: number;
}

/** What a JSON member holds: a text, a resource, or other members. */
type Member =
  | { readonly kind: 'text' | 'narrative' | 'resource' }
  | { readonly kind: 'members'; readonly elements: readonly ElementDefinition[] };

type Members = ReadonlyMap<string, Member>;

const textTypes: ReadonlySet<string> = new Set(['string', 'markdown']);

function openReader(definitions: Definitions): (resource: JsonObject, texts: Texts) => void {
  const known = new Map<readonly ElementDefinition[], Members>();
  const membersOf = (elements: readonly ElementDefinition[]): Members => {
    const members = known.get(elements) ?? new Map(elements.flatMap((element) => membersOfElement(element, definitions)));
    known.set(elements, members);
    return members;
  };
  const readObject = (object: JsonObject, elements: readonly ElementDefinition[], texts: Texts): void => {
    const members = membersOf(elements);
    for (const [name, value] of Object.entries(object)) {
      const member = members.get(name);
      if (member === undefined || texts.characters >= limits.fullTextCharactersMax) continue;
      for (const item of Array.isArray(value) ? value : [value]) readItem(item, member, texts);
    }
  };
  const readItem = (item: JsonValue, member: Member, texts: Texts): void => {
    if (member.kind === 'text') keep(item, texts);
    if (!isJsonObject(item)) return;
    if (member.kind === 'members') readObject(item, member.elements, texts);
    else if (member.kind === 'resource') readResource(item, texts);
    else if (member.kind === 'narrative') keep(narrativeText(item['div']), texts);
  };
  const readResource = (resource: JsonObject, texts: Texts): void => {
    const type = definitions.type(String(resource['resourceType']));
    if (type !== undefined) readObject(resource, type.elements, texts);
  };
  return readResource;
}

function membersOfElement(element: ElementDefinition, definitions: Definitions): readonly (readonly [string, Member])[] {
  const { name, choice, types, children, contentReference } = element;
  const [root = ''] = contentReference?.split('.') ?? [];
  const elements =
    children ?? (contentReference === undefined ? undefined : childrenAt(definitions.type(root), contentReference));
  if (elements !== undefined) return [[name, { kind: 'members', elements }]];
  return types.flatMap(({ code }) => {
    const member = memberOfType(code, definitions);
    return member === undefined ? [] : [[choice ? `${name}${code.charAt(0).toUpperCase()}${code.slice(1)}` : name, member]];
  });
}

function memberOfType(code: string, definitions: Definitions): Member | undefined {
  if (textTypes.has(code)) return { kind: 'text' };
  if (code === 'Narrative') return { kind: 'narrative' };
  const type = definitions.type(code);
  if (type === undefined || type.kind === 'primitive-type') return undefined;
  return type.kind === 'resource' ? { kind: 'resource' } : { kind: 'members', elements: type.elements };
}

function keep(text: JsonValue, texts: Texts): void {
  if (typeof text !== 'string' || text === '') return;
  const kept = text.slice(0, limits.fullTextCharactersMax - texts.characters);
  texts.found.push(kept);
  texts.characters += kept.length;
}

/** The words of XHTML that was validated when it came. Of a letter with an accent the letter is enough: words are compared without accents. */
function narrativeText(div: JsonValue | undefined): string {
  if (typeof div !== 'string') return '';
  return div
    .slice(0, limits.fullTextCharactersMax * 4)
    .replace(/<!--.*?-->|<[^>]*>/gs, ' ')
    .replace(/&([A-Za-z])(?:grave|acute|circ|uml|tilde|ring|cedil|caron|slash);/g, '$1')
    .replace(/&#(?:x([0-9A-Fa-f]{1,6})|(\d{1,7}));/g, (_, hex?: string, decimal?: string) => character(hex, decimal))
    .replace(/&\w+;/g, ' ');
}

function character(hex: string | undefined, decimal: string | undefined): string {
  const point = hex === undefined ? Number.parseInt(decimal ?? '', 10) : Number.parseInt(hex, 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : ' ';
}
