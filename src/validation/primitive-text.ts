/**
 * The lexical forms of FHIR's text primitives, checked by linear scanners. https://hl7.org/fhir/R4/datatypes.html#primitive
 * The specification's own regular expressions are not used: the one of base64Binary takes exponential time on hostile input.
 */
import type { MessageId } from './messages-en.ts';

/** What is wrong with a text, or undefined. Warnings are told apart by the message's kind. */
export type TextCheck = (text: string) => MessageId | undefined;

const tab = 9;
const newline = 10;
const carriageReturn = 13;
const space = 32;
const lessThan = 60;

function isSpace(code: number): boolean {
  return code === space || (code >= tab && code <= carriageReturn);
}

/** "Strings SHALL NOT exceed 1MB"; its length is checked by the caller. Control characters and blank texts are only warned of. */
export function checkString(text: string): MessageId | undefined {
  let content = false;
  let tagged = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > space) {
      content = true;
      if (code === lessThan) tagged = true;
    } else if (code !== space && code !== newline && code !== tab && code !== carriageReturn) return 'text-control';
  }
  if (!content) return 'text-blank';
  if (tagged && markup.test(text)) return 'text-html';
  return isSpace(text.charCodeAt(0)) || isSpace(text.charCodeAt(text.length - 1)) ? 'text-spaces-around' : undefined;
}

/** A tag with its name and end, or the beginning of a declaration: `a <b` is none. */
const markup = /<(?:\/?[A-Za-z][A-Za-z0-9]{0,20}(?:\s[^<>]{0,200})?\/?>|!--|!DOCTYPE)/;

/** Markdown keeps its white space: leading spaces have a meaning there. */
export function checkMarkdown(text: string): MessageId | undefined {
  const fault = checkString(text);
  if (fault === 'text-control' || fault === 'text-blank') return fault;
  return hasTag(text) ? 'text-html' : undefined;
}

/** Whether a text holds something like `<b` or `</b`, which a careless page would interpret. */
export function hasTag(text: string): boolean {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    const next = text.charCodeAt(at + 1) === 47 ? text.charCodeAt(at + 2) : text.charCodeAt(at + 1);
    if (isLetter(next) && !isAutolink(text, at + 1)) return true;
  }
  return false;
}

/** `<http://…>` is Markdown's own. */
function isAutolink(text: string, at: number): boolean {
  return text.startsWith('http:', at) || text.startsWith('https:', at) || text.startsWith('mailto:', at);
}

/** "at least one character and no leading or trailing whitespace, and where there is no whitespace other than single spaces in the contents" */
export function checkCode(text: string): MessageId | undefined {
  let afterSpace = true;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const white = isSpace(code);
    if (white && (afterSpace || code !== space)) return 'code-spaces';
    afterSpace = white;
  }
  return afterSpace ? 'code-spaces' : undefined;
}

export function checkId(text: string): MessageId | undefined {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (!(isLetter(code) || isDigit(code) || code === 45 || code === 46)) return 'id-characters';
  }
  return text.length > 64 ? 'id-too-long' : undefined;
}

/** An element's id: "any string value that does not contain spaces". https://hl7.org/fhir/R4/element.html */
export function checkElementId(text: string): MessageId | undefined {
  return hasSpace(text) ? 'element-id-spaces' : undefined;
}

const [letterH, letterO, letterU] = [104, 111, 117];

export function checkUri(text: string): MessageId | undefined {
  if (hasSpace(text)) return 'uri-spaces';
  const first = text.charCodeAt(0);
  if (first !== letterU && first !== letterO) return undefined;
  if (text.startsWith('urn:')) return checkUrn(text);
  if (text.startsWith('oid:')) return 'uri-oid-prefix';
  return text.startsWith('uuid:') ? 'uri-uuid-prefix' : undefined;
}

function checkUrn(text: string): MessageId | undefined {
  if (text.startsWith('urn:uuid:')) return isUuid(text, 9) ? undefined : 'uuid-form';
  if (text.startsWith('urn:oid:')) return isOid(text, 8) ? undefined : oidFault(text);
  return undefined;
}

/** Words in the place of numbers are only warned of: the Ministry's own example bundles carry placeholders such as urn:oid:XXX. */
function oidFault(text: string): MessageId {
  return /[A-Za-z]/.test(text.slice(8)) ? 'uri-oid-placeholder' : 'uri-oid-form';
}

const exampleHost = /^https?:\/\/(?:[\w-]{1,63}\.){0,5}(?:example\.(?:org|com|net)|acme\.(?:com|org))(?=$|[/:?#])/;

/** URLs that RFC 2606 keeps for examples, and those that HL7's examples have: real content names real systems. */
export function checkLocation(text: string): MessageId | undefined {
  const fault = checkUri(text);
  if (fault !== undefined || text.charCodeAt(0) !== letterH) return fault;
  return (text.includes('example.') || text.includes('acme.')) && exampleHost.test(text) ? 'uri-example' : undefined;
}

export function checkOid(text: string): MessageId | undefined {
  if (!text.startsWith('urn:oid:')) return 'oid-prefix';
  return isOid(text, 8) ? undefined : 'oid-form';
}

export function checkUuid(text: string): MessageId | undefined {
  if (!text.startsWith('urn:uuid:')) return 'uuid-prefix';
  return isUuid(text, 9) ? undefined : 'uuid-form';
}

/** "[0-2](\.(0|[1-9][0-9]*))+" from `from` on. */
export function isOid(text: string, from: number): boolean {
  const first = text.charCodeAt(from);
  if (!(first >= 48 && first <= 50) || from + 1 >= text.length) return false;
  let at = from + 1;
  while (at < text.length) {
    if (text.charCodeAt(at) !== 46) return false;
    const start = at + 1;
    at = start;
    while (isDigit(text.charCodeAt(at))) at += 1;
    if (at === start || (text.charCodeAt(start) === 48 && at > start + 1)) return false;
  }
  return true;
}

function isUuid(text: string, from: number): boolean {
  if (text.length !== from + 36) return false;
  for (let at = 0; at < 36; at += 1) {
    const code = text.charCodeAt(from + at);
    const hyphen = at === 8 || at === 13 || at === 18 || at === 23;
    if (hyphen ? code !== 45 : !(isDigit(code) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}

/** Letters in groups of four, the last filled with `=`; white space is read and warned of. */
export function checkBase64(text: string): MessageId | undefined {
  if (isPlainBase64(text)) return undefined;
  let symbols = 0;
  let fill = 0;
  let spaces = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isSpace(code)) spaces = true;
    else if (code === 61) fill += 1;
    else if (fill > 0 || !isBase64(code)) return 'base64-form';
    else symbols += 1;
  }
  if (fill > 2 || (symbols + fill) % 4 !== 0 || symbols === 0) return 'base64-form';
  return spaces ? 'base64-spaces' : undefined;
}

/** A multiple of four: pieces are read one by one, so that no second copy of a large text is made. */
const base64PieceCharacters = 65_536;

/**
 * Whether the text is what writing its own bytes gives: Node reads and writes base64 ten times faster than a loop looks at it, and leaves
 * out what is none. False also for base64 with white space, or with bits behind its last byte.
 */
function isPlainBase64(text: string): boolean {
  const filled = text.indexOf('=');
  if (text.length % 4 !== 0 || text === '' || (filled >= 0 && filled < text.length - 2)) return false;
  for (let at = 0; at < text.length; at += base64PieceCharacters) {
    const piece = text.slice(at, at + base64PieceCharacters);
    if (Buffer.from(piece, 'base64').toString('base64') !== piece) return false;
  }
  return true;
}

function isBase64(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 43 || code === 47;
}

export function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function hasSpace(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    if (isSpace(text.charCodeAt(at))) return true;
  }
  return false;
}

/** An absolute URI: a scheme, a colon and something after it. */
export function isAbsolute(text: string): boolean {
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1 || !isLetter(text.charCodeAt(0))) return false;
  for (let at = 1; at < colon; at += 1) {
    const code = text.charCodeAt(at);
    if (!(isLetter(code) || isDigit(code) || code === 43 || code === 45 || code === 46)) return false;
  }
  return true;
}
