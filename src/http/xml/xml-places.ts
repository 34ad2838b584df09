/** Where elements stand in a FHIR XML text: at their start tags. https://hl7.org/fhir/R4/xml.html */
import { type FindPlace, innerNamed, openPlaces, type Wanted, wantedPlaces } from '../../fhir/places.ts';

interface Tag {
  readonly start: number;
  /** Behind its `>`. */
  readonly end: number;
  /** Without a prefix. */
  readonly name: string;
  readonly kind: 'start' | 'end' | 'empty';
}

interface Open {
  /** What is looked for in the element; undefined: nothing. */
  readonly wanted: Wanted | undefined;
  /** How many children of each name have come. */
  readonly counts: Map<string, number>;
}

/**
 * Looks for the elements of some expressions in one pass. The text must be XML that `readXml` has read, so that its tags are known to be
 * right and nothing is left but to find them; that parser's own pass takes ten times as long.
 */
export function findXmlPlaces(text: string, expressions: readonly (string | undefined)[]): FindPlace {
  const root = wantedPlaces(expressions);
  const open: Open[] = [];
  for (let tag = nextTag(text, 0); tag !== undefined; tag = nextTag(text, tag.end)) {
    if (tag.kind === 'end') open.pop();
    else {
      const wanted = visit(text, tag, open.at(-1), root);
      if (tag.kind === 'start') open.push({ wanted, counts: new Map() });
    }
    if (open.length === 0) break;
  }
  return openPlaces(text, root);
}

/** Notes where an element that is asked for stands; answers what is asked for in it. */
function visit(text: string, tag: Tag, parent: Open | undefined, root: Wanted): Wanted | undefined {
  if (parent === undefined) {
    note(root, tag);
    return root;
  }
  if (parent.wanted === undefined) return undefined;
  // A resource within another: JSON has no level for it. Elements begin with a small letter.
  if (/^[A-Z]/.test(tag.name)) return parent.wanted;
  const [member, exact] = innerNamed(parent.wanted, tag.name);
  if (member === undefined) return undefined;
  const position = parent.counts.get(tag.name) ?? 0;
  parent.counts.set(tag.name, position + 1);
  if (member.at === undefined || (exact && position === 0)) note(member, tag);
  const item = member.inner.get(position);
  if (item !== undefined) note(item, tag);
  const inside = item ?? member;
  for (const attribute of attributes) noteAttribute(text, tag, attribute, inside.inner.get(attribute));
  return inside;
}

function note(wanted: Wanted, { start, end }: Tag): void {
  wanted.at = start;
  wanted.end = end;
}

/** What is an attribute in XML, besides values: https://hl7.org/fhir/R4/xml.html */
const attributes = ['id', 'url'];

function noteAttribute(text: string, tag: Tag, name: string, wanted: Wanted | undefined): void {
  if (wanted === undefined) return;
  const [all, space = ''] = new RegExp(`(\\s)${name}\\s*=\\s*(?:"[^"]*"|'[^']*')`).exec(text.slice(tag.start, tag.end)) ?? [];
  if (all === undefined) return;
  const start = text.indexOf(all, tag.start) + space.length;
  note(wanted, { ...tag, start, end: start + all.length - space.length });
}

/** The next tag from `at` on, whatever is no element passed over. */
function nextTag(text: string, at: number): Tag | undefined {
  let start = text.indexOf('<', at);
  for (let other = endOfOther(text, start); start >= 0 && other !== undefined; other = endOfOther(text, start))
    start = text.indexOf('<', other);
  if (start < 0) return undefined;
  const end = endOfTag(text, start + 1);
  const closes = text[start + 1] === '/';
  const kind = closes ? 'end' : text[end - 2] === '/' ? 'empty' : 'start';
  const [name = ''] = nameAt(text, closes ? start + 2 : start + 1);
  return { start, end, name: name.slice(name.indexOf(':') + 1), kind };
}

function nameAt(text: string, at: number): readonly string[] {
  namePattern.lastIndex = at;
  return namePattern.exec(text) ?? [];
}

const namePattern = /[^\s/>]+/y;

/** Behind a comment, CDATA section or processing instruction that begins at `start`; undefined for a tag. */
function endOfOther(text: string, start: number): number | undefined {
  const found = others.find(([begin]) => start >= 0 && text.startsWith(begin, start));
  if (found === undefined) return undefined;
  const [begin, end] = found;
  const at = text.indexOf(end, start + begin.length);
  return at < 0 ? text.length : at + end.length;
}

const others: readonly (readonly [begin: string, end: string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

/** Behind the `>` of a tag, values in quotes passed over. */
function endOfTag(text: string, at: number): number {
  for (let next = at; ; next += 1) {
    mark.lastIndex = next;
    const found = mark.exec(text);
    if (found === null) return text.length;
    if (found[0] === '>') return mark.lastIndex;
    const closing = text.indexOf(found[0], mark.lastIndex);
    if (closing < 0) return text.length;
    next = closing;
  }
}

const mark = /[>"']/g;
