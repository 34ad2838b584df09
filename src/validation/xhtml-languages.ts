/** The languages of a narrative: its sections by language, and what stands outside them. https://hl7.org/fhir/R4/languages.html */

/** The languages that the `div` elements directly in the narrative's own `div` say they are in, in their order. */
export function languageSections(narrative: string): readonly string[] {
  return sectionsOf(narrative).flatMap(({ language }) => language ?? []);
}

/** Whether a narrative that has sections by language also has something to read outside of them. */
export function isMixed(narrative: string): boolean {
  const sections = sectionsOf(narrative);
  const inLanguage = sections.some(({ language }) => language !== undefined);
  return inLanguage && (sections.some(({ language }) => language === undefined) || hasText(narrative, sections));
}

/** Of the narrative's own `div`: `lang` or `xml:lang`. */
export function languageOf(narrative: string): string | undefined {
  return attributeOf(tags(narrative)[0]?.text ?? '');
}

interface Section {
  readonly language: string | undefined;
  readonly start: number;
  readonly end: number;
}

interface Tag {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const tagsMax = 20_000;

/** Start and end tags in their order; comments are none. */
function tags(narrative: string): readonly Tag[] {
  const found: Tag[] = [];
  for (let start = narrative.indexOf('<'); start >= 0 && found.length < tagsMax; start = narrative.indexOf('<', start + 1)) {
    const close = narrative.startsWith('<!--', start) ? '-->' : '>';
    const at = narrative.indexOf(close, start);
    if (at < 0) break;
    const end = at + close.length;
    if (close === '>') found.push({ text: narrative.slice(start, end), start, end });
    start = end - 1;
  }
  return found;
}

/** The elements directly within the narrative's own `div`. */
function sectionsOf(narrative: string): readonly Section[] {
  const sections: Section[] = [];
  let depth = 0;
  let open: { readonly start: number; readonly text: string } | undefined;
  for (const { text, start, end } of tags(narrative)) {
    if (text.startsWith('</')) depth -= 1;
    else if (depth === 1) open = { start, text };
    if (!text.startsWith('</') && !text.endsWith('/>')) depth += 1;
    if (depth === 1 && open !== undefined) {
      const language = open.text.startsWith('<div') ? attributeOf(open.text) : undefined;
      sections.push({ language, start: open.start, end });
      open = undefined;
    }
  }
  return sections;
}

function hasText(narrative: string, sections: readonly Section[]): boolean {
  let at = narrative.indexOf('>') + 1;
  for (const { start, end } of sections) {
    if (narrative.slice(at, start).trim() !== '') return true;
    at = end;
  }
  return narrative.slice(at, narrative.lastIndexOf('</')).trim() !== '';
}

function attributeOf(tag: string): string | undefined {
  const [, language] = /\s(?:xml:)?lang\s*=\s*["']([A-Za-z0-9-]{1,40})["']/.exec(tag) ?? [];
  return language;
}
