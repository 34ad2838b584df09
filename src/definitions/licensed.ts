/**
 * Code systems whose codes the packer leaves out because their owners license them: SNOMED CT, LOINC, CPT, ICD and ATC.
 * A binding to them is answered with "not checked". See decisions/0002-definitions-packed-at-build.md.
 */
const licensedSystems: readonly RegExp[] = [
  /^https?:\/\/snomed\.info\/x?sct(\/.*)?$/,
  /^https?:\/\/loinc\.org\/?$/,
  /^https?:\/\/www\.ama-assn\.org\/go\/cpt$/,
  /^https?:\/\/(hl7\.org\/fhir\/sid|terminology\.hl7\.org\/CodeSystem|id\.who\.int)\/(ex-)?icd/,
  /^https?:\/\/www\.whocc\.no\/atc$/,
  // HL7's object identifiers: LOINC 1, ICD 2, 3, 4, 42, 90, 103, 104, CPT 12, 13, 82, ATC 73, SNOMED CT 96.
  /^(urn:oid:)?2\.16\.840\.1\.113883\.6\.(1|2|3|4|12|13|42|73|82|90|96|103|104)$/,
];

/** ActCode lists five LOINC codes (the ages of a patient) as if they were its own. */
const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const loincForm = /^\d{1,7}-\d$/;

/** Is the code system one whose codes are licensed? Takes a code system's URI. */
export function isLicensed(system: string): boolean {
  return licensedSystems.some((pattern) => pattern.test(system));
}

/** Is it a licensed code, also where another code system repeats it? */
export function isLicensedCode(system: string, code: string): boolean {
  return isLicensed(system) || (system === actCode && loincForm.test(code));
}
