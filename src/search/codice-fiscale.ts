/**
 * The Italian tax code as an identifier. "Identifier.value is to be treated as case sensitive unless knowledge of the Identifier.system
 * allows the processer to be confident that non-case-sensitive processing is safe." (https://hl7.org/fhir/R4/datatypes.html#Identifier)
 * A codice fiscale is issued in capitals; typed in small letters it means the same person. One that was changed for omocodia is found by its
 * other forms too: decisions/0019-units-systems-and-tax-codes.md.
 */
import type { EqualSystems } from '../definitions/equal-systems.ts';
import { withoutOmocodia } from '../fhir/codice-fiscale.ts';

/** Put behind a parameter's key: holds the form without omocodia of identifiers that have it. */
export const omocodiaKey = ':omocodia';

const shape = /^[A-Za-z]{6}[0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{2}[A-Za-z][0-9A-Za-z]{3}[A-Za-z]$/;

/** The value as it is compared: in capitals under a codice fiscale's system, else as it is. */
export function comparableIdentifier(systems: EqualSystems, system: string, value: string): string {
  return isCodiceFiscale(systems, system) ? value.toUpperCase() : value;
}

/** The form that all variants of a codice fiscale share; undefined under other systems and for values that are no valid code. */
export function variantForm(systems: EqualSystems, system: string, value: string): string | undefined {
  return isCodiceFiscale(systems, system) ? withoutOmocodia(value.toUpperCase()) : undefined;
}

/** The systems under which a value without a system could be a codice fiscale: none for a value that looks otherwise. */
export function codiceFiscaleSystems({ groups }: EqualSystems, value: string): readonly string[] {
  if (!shape.test(value)) return [];
  return groups.flatMap(({ systems: [first], values }) => (values === 'codice-fiscale' && first !== undefined ? [first] : []));
}

function isCodiceFiscale(systems: EqualSystems, system: string): boolean {
  return systems.group(system)?.values === 'codice-fiscale';
}
