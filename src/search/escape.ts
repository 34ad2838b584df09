/** https://hl7.org/fhir/R4/search.html#escaping */

/** Splits at the separators that no `\` stands before. The pieces keep their escapes. */
export function splitUnescaped(text: string, separator: ',' | '|' | '$'): readonly string[] {
  if (!text.includes('\\')) return text.split(separator);
  const pieces: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === separator) {
      pieces.push(text.slice(start, at));
      start = at + 1;
    }
  }
  pieces.push(text.slice(start));
  return pieces;
}

/** The literal value: `\,` is `,`. Undefined for a `\` before anything else: "The parameter value xx\xx is illegal". */
export function unescapeValue(text: string): string | undefined {
  if (!text.includes('\\')) return text;
  return /^(?:[^\\]|\\[\\,|$])*$/s.test(text) ? text.replace(/\\([\\,|$])/g, '$1') : undefined;
}

/** The text as a value of a search parameter: the reverse of `unescapeValue`. */
export function escapeValue(text: string): string {
  return text.replace(/[\\,|$]/g, '\\$&');
}
