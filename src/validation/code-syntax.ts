/** Codes of systems that are grammars, not lists: MIME types (RFC 6838, RFC 2045) and language tags (BCP 47). */

const lengthMax = 255;

/**
 * `type/subtype` with optional parameters: `text/plain; charset=utf-8`; and the short names of FHIR's own formats:
 * "xml | json | ttl (+ mime type)" https://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.format
 */
export function isMimeType(code: string): boolean {
  if (code === 'xml' || code === 'json' || code === 'ttl') return true;
  if (code.length > lengthMax) return false;
  const [type = '', ...parameters] = code.split(';');
  const [top = '', sub = '', ...rest] = type.trim().split('/');
  return rest.length === 0 && isToken(top) && isToken(sub) && parameters.every(isParameter);
}

function isToken(text: string): boolean {
  return /^[A-Za-z0-9!#$&^_.+*'`|~-]{1,127}$/.test(text);
}

function isParameter(text: string): boolean {
  const [name = '', ...value] = text.trim().split('=');
  return isToken(name) && value.length > 0;
}

export function isLanguageTag(code: string): boolean {
  // Most tags are a language and a region; Intl takes its time.
  if (/^[a-z]{2}(-[A-Z]{2})?$/.test(code)) return true;
  if (code.length > lengthMax || !/^[A-Za-z0-9-]+$/.test(code)) return false;
  try {
    return Intl.getCanonicalLocales(code).length === 1;
  } catch (error) {
    // Intl says by RangeError that a tag is not well formed.
    if (error instanceof RangeError) return false;
    throw error;
  }
}
