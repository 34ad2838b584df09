/** The narrative's XHTML within FHIR XML: kept as it was sent, as far as it stands for itself. https://hl7.org/fhir/R4/narrative.html */
import { SaxesParser, type SaxesTagNS } from 'saxes';

export const xhtmlNamespace = 'http://www.w3.org/1999/xhtml';

/** Namespace prefixes and what they stand for; '' is the default. */
export type Namespaces = Readonly<Record<string, string>>;

/** Whether the tag means the same wherever its text is put: no prefix, and for the `div` itself its own namespace. */
export function standsAlone(tag: SaxesTagNS, root: boolean): boolean {
  const own = tag.attributes['xmlns']?.value;
  return tag.prefix === '' && (!root || own === xhtmlNamespace) && Object.values(tag.attributes).every(isPlain);
}

function isPlain({ prefix, name }: { readonly prefix: string; readonly name: string }): boolean {
  return prefix === '' || prefix === 'xml' || name === 'xmlns';
}

/**
 * Writes XHTML that leans on namespaces declared around it so that it stands alone: no prefixes, its namespace on the `div`. Undefined when
 * it holds elements of another namespace.
 */
export function withoutPrefixes(text: string, around: Namespaces): string | undefined {
  const parts: string[] = [];
  let foreign = false;
  let root = true;
  const parser = new SaxesParser({ xmlns: true, position: false, additionalNamespaces: { ...around } });
  parser.on('opentag', (tag) => {
    foreign ||= tag.uri !== xhtmlNamespace;
    parts.push(`<${tag.local}${root ? ` xmlns="${xhtmlNamespace}"` : ''}${attributesOf(tag)}${tag.isSelfClosing ? '/>' : '>'}`);
    root = false;
  });
  parser.on('closetag', ({ local, isSelfClosing }) => {
    if (!isSelfClosing) parts.push(`</${local}>`);
  });
  parser.on('text', (characters) => parts.push(escapeText(characters)));
  parser.on('cdata', (characters) => parts.push(escapeText(characters)));
  parser.write(text).close();
  return foreign ? undefined : parts.join('');
}

/**
 * A narrative's `div`, from JSON, as it may stand in XML: it must be well formed, and gets its namespace if it has none. Undefined when it
 * is no XHTML `div`, which validation would have told.
 */
export function narrativeInXml(text: string): string | undefined {
  let root: SaxesTagNS | undefined;
  let wrong = false;
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on('error', () => {
    wrong = true;
  });
  parser.on('doctype', () => {
    wrong = true;
  });
  parser.on('xmldecl', () => {
    wrong = true;
  });
  parser.on('opentag', (tag) => {
    root ??= tag;
  });
  parser.write(text).close();
  if (wrong || root === undefined || root.name !== 'div' || (root.uri !== xhtmlNamespace && root.uri !== '')) return undefined;
  const trimmed = text.trim();
  if (!trimmed.startsWith('<div')) return undefined;
  return root.uri === '' ? `<div xmlns="${xhtmlNamespace}"${trimmed.slice('<div'.length)}` : text;
}

function attributesOf({ attributes }: SaxesTagNS): string {
  return Object.values(attributes)
    .filter(({ name, prefix }) => name !== 'xmlns' && prefix !== 'xmlns')
    .map(({ name, local, prefix, value }) => ` ${prefix === 'xml' ? name : local}="${escapeAttribute(value)}"`)
    .join('');
}

function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (mark) => references[mark] ?? mark);
}

/** Line ends and tabs would be read as spaces: https://www.w3.org/TR/xml/#AVNormalize */
export function escapeAttribute(text: string): string {
  return needsEscape.test(text) ? text.replace(escaped, (mark) => references[mark] ?? mark) : text;
}

const needsEscape = /[&<>"\t\n\r]/;
const escaped = /[&<>"\t\n\r]/g;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};
