/**
 * "If implementations use this resource for a vital sign, they SHALL conform to the vital signs profile": told by the LOINC code.
 * https://hl7.org/fhir/R4/observation-vitalsigns.html#vitals-table
 * This material contains content from LOINC (http://loinc.org), copyright Regenstrief Institute, Inc., available at no cost under the licence
 * at http://loinc.org/license.
 */
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';

const profileByCode: Readonly<Record<string, string>> = {
  '85353-1': 'vitalspanel',
  '9279-1': 'resprate',
  '8867-4': 'heartrate',
  '2708-6': 'oxygensat',
  '59408-5': 'oxygensat',
  '8310-5': 'bodytemp',
  '8302-2': 'bodyheight',
  '9843-4': 'headcircum',
  '29463-7': 'bodyweight',
  '39156-5': 'bmi',
  '85354-9': 'bp',
};

const core = 'http://hl7.org/fhir/StructureDefinition/';

/** Canonicals of the core profiles that an Observation's code asks for: the general one, then its own. */
export function vitalSignsProfiles(resource: Resource): readonly string[] {
  if (resource.resourceType !== 'Observation') return [];
  const code = resource['code'];
  const codings = isJsonObject(code) ? code['coding'] : undefined;
  if (!Array.isArray(codings)) return [];
  return codings.flatMap((coding: JsonValue) => {
    const loinc = isJsonObject(coding) && coding['system'] === 'http://loinc.org' ? coding['code'] : undefined;
    const name = typeof loinc === 'string' && Object.hasOwn(profileByCode, loinc) ? profileByCode[loinc] : undefined;
    return name === undefined ? [] : [`${core}vitalsigns`, `${core}${name}`];
  });
}
