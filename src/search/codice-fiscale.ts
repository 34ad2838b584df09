/**
 * The Italian tax code as an identifier. "Identifier.value is to be treated as case sensitive unless knowledge of the Identifier.system
 * allows the processer to be confident that non-case-sensitive processing is safe." (https://hl7.org/fhir/R4/datatypes.html#Identifier)
 * A codice fiscale is issued in capitals; typed in small letters it means the same person.
 */

/** The systems it is sent under: the Ministry's OID, the HL7 Italia guides' URL. */
export const codiceFiscaleSystems: readonly string[] = ['urn:oid:2.16.840.1.113883.2.9.4.3.2', 'http://hl7.it/sid/codiceFiscale'];

const shape = /^[A-Za-z]{6}[0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{3}[A-Za-z]$/;

/** The value as it is compared: in capitals under a codice fiscale's system, else as it is. */
export function comparableIdentifier(system: string, value: string): string {
  return codiceFiscaleSystems.includes(system) ? value.toUpperCase() : value;
}

/** Could a value without a system be a codice fiscale? */
export function looksLikeCodiceFiscale(value: string): boolean {
  return shape.test(value);
}
