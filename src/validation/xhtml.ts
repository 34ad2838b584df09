/**
 * Narrative: well-formed XHTML of the elements and attributes that R4 lists, in one linear pass. https://hl7.org/fhir/R4/narrative.html#xhtml
 * "The narrative SHALL contain only the basic html formatting elements and attributes described in chapters 7-11 (except section 4 of chapter
 * 9) and 15 of the HTML 4.0 standard, <a> elements (either name or href), images and internally contained style attributes" (txt-1), and
 * "SHALL have some non-whitespace content" (txt-2).
 */
import type { MessageId, Parameters } from './messages.ts';

export interface XhtmlFault {
  readonly id: MessageId;
  readonly parameters: Parameters;
}

const elements = new Set(
  (
    'p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr address bdo kbd samp code sub sup ' +
    'ul ol li dl dt dd pre table caption colgroup col thead tr tfoot tbody th td img ins del'
  ).split(' '),
);

const everywhere = new Set('xmlns title style class id lang xml:lang dir accesskey tabindex'.split(' '));

const onElement: Readonly<Record<string, ReadonlySet<string>>> = Object.fromEntries(
  Object.entries({
    a: 'charset type name href hreflang rel rev shape coords',
    img: 'src alt longdesc height width usemap ismap',
    table: 'summary width border frame rules cellspacing cellpadding align bgcolor',
    col: 'span width align char charoff valign',
    colgroup: 'span width align char charoff valign',
    thead: 'align char charoff valign',
    tbody: 'align char charoff valign',
    tfoot: 'align char charoff valign',
    tr: 'align char charoff valign bgcolor',
    th: 'abbr axis headers scope rowspan colspan align char charoff valign nowrap width height bgcolor',
    td: 'abbr axis headers scope rowspan colspan align char charoff valign nowrap width height bgcolor',
    q: 'cite',
    blockquote: 'cite',
    ins: 'cite datetime',
    del: 'cite datetime',
    ol: 'type start compact',
    ul: 'type compact',
    li: 'type value',
    dl: 'compact',
    br: 'clear',
    hr: 'align noshade size width',
    p: 'align',
    div: 'align',
    h1: 'align',
    h2: 'align',
    h3: 'align',
    h4: 'align',
    h5: 'align',
    h6: 'align',
    pre: 'width xml:space',
    caption: 'align',
  }).map(([name, attributes]) => [name, new Set(attributes.split(' '))]),
);

const entities = new Set(['lt', 'gt', 'amp', 'quot', 'apos']);

const namespace = 'http://www.w3.org/1999/xhtml';

/** Nesting of elements; a narrative is a page, not a program. */
const nestingMax = 200;

const faultsMax = 10;

interface Scan {
  readonly text: string;
  readonly open: string[];
  readonly faults: XhtmlFault[];
  at: number;
  /** Something to read was found: text or an image. */
  content: boolean;
  roots: number;
  /** The place of the next ampersand, as far as it has been looked for. */
  ampersand: number;
  /** The text is no longer well formed: what follows can't be told. */
  broken: boolean;
}

/** Everything wrong with a narrative's `div`, at most a few faults. */
export function checkXhtml(text: string): readonly XhtmlFault[] {
  const scan: Scan = { text, open: [], faults: [], at: 0, content: false, roots: 0, ampersand: -1, broken: false };
  while (scan.at < text.length && !scan.broken && scan.faults.length < faultsMax) {
    if (text.charCodeAt(scan.at) === 60) readMarkup(scan);
    else readCharacters(scan);
  }
  if (!scan.broken && scan.open.length > 0) breakOff(scan, `<${scan.open.at(-1) ?? ''}> is not closed`);
  if (!scan.broken && scan.roots === 0) fault(scan, 'xhtml-root');
  else if (!scan.broken && !scan.content) fault(scan, 'xhtml-blank');
  return scan.faults;
}

function fault(scan: Scan, id: MessageId, parameters: Parameters = {}): void {
  if (!scan.faults.some((known) => known.id === id && known.parameters['name'] === parameters['name'])) {
    scan.faults.push({ id, parameters });
  }
}

function breakOff(scan: Scan, detail: string): void {
  scan.broken = true;
  fault(scan, 'xhtml-form', { detail });
}

function readCharacters(scan: Scan): void {
  const { text } = scan;
  const end = text.indexOf('<', scan.at);
  const stop = end < 0 ? text.length : end;
  if (!scan.content || scan.open.length === 0) noteVisible(scan, stop);
  for (let at = nextAmpersand(scan, scan.at); at < stop && !scan.broken; at = nextAmpersand(scan, at + 1))
    readEntity(scan, at, stop);
  scan.at = stop;
}

function isBlank(code: number): boolean {
  return code <= 32 || code === 160;
}

/** The length of the reference to a blank (`&#32;`, `&#xA0;`) that begins here; 0 when none does. */
function blankReference(text: string, at: number): number {
  if (text[at] !== '&' || text[at + 1] !== '#') return 0;
  const [whole = '', decimal, hexadecimal = ''] = /^&#(?:(\d{1,7})|x([0-9a-fA-F]{1,6}));/.exec(text.slice(at, at + 12)) ?? [];
  if (whole === '') return 0;
  return isBlank(decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal)) ? whole.length : 0;
}

/** Looks for something to read; text outside the `div` does not belong there. */
function noteVisible(scan: Scan, stop: number): void {
  for (let at = scan.at; at < stop; at += 1) {
    if (isBlank(scan.text.charCodeAt(at))) continue;
    const blank = blankReference(scan.text, at);
    if (blank > 0) {
      at += blank - 1;
      continue;
    }
    if (scan.open.length === 0) fault(scan, 'xhtml-root');
    else scan.content = true;
    return;
  }
}

/** The place of the next `&`, or the text's end; looked for once, however many pieces of text lie before it. */
function nextAmpersand(scan: Scan, from: number): number {
  if (scan.ampersand < from) {
    const found = scan.text.indexOf('&', from);
    scan.ampersand = found < 0 ? scan.text.length : found;
  }
  return scan.ampersand;
}

/** Checks the reference at `&` and answers its last place. */
function readEntity(scan: Scan, from: number, stop: number): number {
  const end = scan.text.indexOf(';', from);
  if (end < 0 || end >= stop || end - from > 12) {
    breakOff(scan, 'an ampersand that begins no entity is written &amp;');
    return from;
  }
  const name = scan.text.slice(from + 1, end);
  if (/^#(\d+|x[0-9a-fA-F]+)$/.test(name) || entities.has(name)) return end;
  if (/^[A-Za-z][A-Za-z0-9]*$/.test(name)) fault(scan, 'xhtml-entity', { name });
  else breakOff(scan, 'an ampersand that begins no entity is written &amp;');
  return end;
}

function readMarkup(scan: Scan): void {
  const { text, at } = scan;
  const next = text.charCodeAt(at + 1);
  if (next === 33) readDeclaration(scan);
  else if (next === 63) {
    fault(scan, 'xhtml-doctype');
    skipPast(scan, '?>');
  } else if (next === 47) readEndTag(scan);
  else readStartTag(scan);
}

function readDeclaration(scan: Scan): void {
  if (scan.text.startsWith('<!--', scan.at)) skipPast(scan, '-->');
  else if (scan.text.startsWith('<![CDATA[', scan.at)) {
    scan.content ||= scan.open.length > 0;
    skipPast(scan, ']]>');
  } else {
    fault(scan, 'xhtml-doctype');
    skipPast(scan, '>');
  }
}

function skipPast(scan: Scan, mark: string): void {
  const end = scan.text.indexOf(mark, scan.at);
  if (end < 0) breakOff(scan, `"${mark}" is missing`);
  else scan.at = end + mark.length;
}

function readEndTag(scan: Scan): void {
  const open = scan.open.at(-1);
  const end = scan.text.indexOf('>', scan.at);
  const name = end < 0 ? '' : scan.text.slice(scan.at + 2, end).trimEnd();
  if (end < 0 || open !== name) {
    breakOff(scan, `the end tag does not fit <${open ?? 'nothing'}>`);
  } else {
    scan.open.pop();
    scan.at = end + 1;
  }
}

function readStartTag(scan: Scan): void {
  const { text } = scan;
  let at = scan.at + 1;
  while (isNameCharacter(text.charCodeAt(at))) at += 1;
  const name = text.slice(scan.at + 1, at);
  if (name === '') breakOff(scan, 'a "<" that begins no tag is written &lt;');
  else if (scan.open.length === nestingMax) breakOff(scan, `elements are nested deeper than ${nestingMax} levels`);
  else readElement(scan, name, at);
}

function readElement(scan: Scan, name: string, end: number): void {
  if (scan.open.length === 0) openRoot(scan, name);
  if (!elements.has(name)) fault(scan, 'xhtml-element', { name: shown(name) });
  scan.at = end;
  const closed = readAttributes(scan, name);
  if (scan.broken) return;
  scan.content ||= name === 'img';
  if (!closed) scan.open.push(name);
}

function openRoot(scan: Scan, name: string): void {
  scan.roots += 1;
  if (name !== 'div' || scan.roots > 1) fault(scan, 'xhtml-root');
}

/** Reads to the end of the start tag; true for `/>`. */
function readAttributes(scan: Scan, element: string): boolean {
  const { text } = scan;
  const isRoot = scan.open.length === 0;
  if (!isRoot && text.charCodeAt(scan.at) === 62) return endTag(scan);
  const names: string[] = [];
  let namespaced = false;
  for (;;) {
    skipSpace(scan);
    const code = text.charCodeAt(scan.at);
    if (code === 62 || code === 47) break;
    const attribute = readAttribute(scan);
    if (attribute === undefined) return false;
    if (names.includes(attribute.name)) breakOff(scan, 'an attribute is there twice');
    names.push(attribute.name);
    namespaced ||= attribute.name === 'xmlns' && attribute.value === namespace;
    checkAttribute(scan, element, attribute);
  }
  if (isRoot && !namespaced) fault(scan, 'xhtml-namespace');
  return endTag(scan);
}

function endTag(scan: Scan): boolean {
  const empty = scan.text.charCodeAt(scan.at) === 47;
  if (empty && scan.text.charCodeAt(scan.at + 1) !== 62) breakOff(scan, 'a "/" stands where the tag should end');
  scan.at += empty ? 2 : 1;
  return empty;
}

interface Attribute {
  readonly name: string;
  readonly value: string;
}

function readAttribute(scan: Scan): Attribute | undefined {
  const { text } = scan;
  const start = scan.at;
  while (isNameCharacter(text.charCodeAt(scan.at))) scan.at += 1;
  const name = text.slice(start, scan.at);
  skipSpace(scan);
  const equals = text.charCodeAt(scan.at) === 61;
  scan.at += 1;
  skipSpace(scan);
  const quote = text[scan.at] ?? '';
  const end = quote === '"' || quote === "'" ? text.indexOf(quote, scan.at + 1) : -1;
  if (name === '' || !equals || end < 0) {
    breakOff(scan, 'an attribute is written name="value"');
    return undefined;
  }
  const value = text.slice(scan.at + 1, end);
  for (let at = value.indexOf('&'); at >= 0 && !scan.broken; at = value.indexOf('&', at + 1)) {
    readEntity(scan, scan.at + 1 + at, end);
  }
  if (value.includes('<')) breakOff(scan, 'a "<" in an attribute is written &lt;');
  scan.at = end + 1;
  return scan.broken ? undefined : { name, value };
}

function checkAttribute(scan: Scan, element: string, { name, value }: Attribute): void {
  const allowed = everywhere.has(name) || onElement[element]?.has(name) === true;
  const prefixed = name.startsWith('xmlns:');
  if (!allowed && !prefixed && elements.has(element)) fault(scan, 'xhtml-attribute', { name: shown(name), parent: element });
  if (name === 'xmlns' && value !== namespace) fault(scan, 'xhtml-namespace');
  if (name === 'href' && !isSafeLink(value)) fault(scan, 'xhtml-url');
  if (name === 'src' && !isSafeImage(value)) fault(scan, 'xhtml-url');
}

/** Control characters and white space are what browsers skip in a scheme: `java\nscript:`. */
function schemeOf(url: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers skip these characters in a scheme, so they must be looked for.
  const plain = url.replace(/&(#x?[0-9a-fA-F]+|[a-z]+);|[\u0000-\u0020]/g, '').slice(0, 40);
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(plain) ?? [];
  return scheme?.toLowerCase() ?? '';
}

function isSafeLink(url: string): boolean {
  return !['javascript', 'vbscript', 'data'].includes(schemeOf(url)) && !/^\s*&#/.test(url);
}

function isSafeImage(url: string): boolean {
  const scheme = schemeOf(url);
  if (scheme === 'data') return /^data: ?image\/(png|gif|jpe?g|bmp|webp);base64,/i.test(url);
  return scheme !== 'javascript' && scheme !== 'vbscript';
}

function skipSpace(scan: Scan): void {
  for (;;) {
    const code = scan.text.charCodeAt(scan.at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    scan.at += 1;
  }
}

function isNameCharacter(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 58) ||
    code === 45 ||
    code === 95 ||
    code === 46
  );
}

function shown(name: string): string {
  return name.slice(0, 40);
}
