/** https://hl7.org/fhir/R4/search.html#mimetype */

/** `text/xml` of `text/xml; charset=UTF-8`; undefined for what is no MIME type. */
export function mimeTypeBase(code: string): string | undefined {
  return /^([^/;\s]+\/[^/;\s]+)\s*(?:;.*)?$/s.exec(code)?.[1];
}
