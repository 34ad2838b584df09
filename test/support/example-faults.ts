/** HL7's own examples that are not valid, or not stored: each with what is said and why it is right to say so. */

/** Faults that HL7 published, each looked at: what is said, and why it is right to say so. */
export const faults: Readonly<Record<string, readonly [said: string, why: string]>> = {
  'ActivityDefinition-blood-tubes-supply': ['xhtml-blank', 'its narrative is an empty div (txt-2)'],
  'ActivityDefinition-heart-valve-replacement': ['xhtml-blank', 'its narrative is an empty div (txt-2)'],
  'EventDefinition-example': ['xhtml-blank', 'its narrative is an empty div (txt-2)'],
  'Questionnaire-zika-virus-exposure-assessment': ['xhtml-blank', 'its narrative is an empty div (txt-2)'],
  'Basic-referral': ['modifier-extension-unknown', 'its modifier extensions are defined nowhere: it shows how not to do it'],
  'Bundle-10bb101f-a121-4264-a920-67be9cb82c74': ['bundle-full-url-mismatch', 'the fullUrl says pat12, the resource pat2'],
  'Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe': ['bundle-full-url-mismatch', 'the fullUrl says pat12, the resource pat2'],
  'Bundle-hla-1': ['extension-part-unknown', 'a part named uri of an extension that has url and text'],
  'Bundle-lri-example': ['bundle-full-url-mismatch', 'the fullUrls say lri-growth1 and the like, the resources growth1'],
  'DeviceMetric-example': ['reference-target', 'parent is a DeviceDefinition, Device is wanted'],
  'DeviceUseStatement-example': ['reference-target', 'the reason is a Procedure, which is not among the targets'],
  'List-example-double-cousin-relationship': ['code-outside-maximum', 'an age of 74 barns: the code "b" for the unit "yr"'],
  'MedicationRequest-medrx0301': ['reference-target', 'the dispenser is a Practitioner, Organization is wanted'],
  'Observation-clinical-gender': ['reference-target', 'the performer is an Encounter'],
  'Organization-2.16.840.1.113883.19.5': ['identifier-uri-value', 'an OID without urn:oid: under urn:ietf:rfc:3986'],
  'PlanDefinition-example-cardiology-os': [
    'canonical-contained-missing',
    'an action names an ActivityDefinition that is not contained',
  ],
  'Questionnaire-qs1': ['element-missing', 'items without linkId'],
  'TerminologyCapabilities-example': ['uuid-form', 'a urn:uuid in upper case'],
};

/** Faults of published definitions: what is said, of which files, and why it is right to say so. */
export const definitionFaults: readonly (readonly [said: string, files: RegExp, why: string])[] = [
  [
    'xhtml-fragment',
    /^(CodeSystem|ValueSet)-v3-/,
    'their narratives link to anchors that the generated pages had and the resources have not',
  ],
  ['element-missing', /^SearchParameter-.*-extensions-/, 'they have no base'],
  ['element-missing', /^ImplementationGuide-/, 'they have no name'],
  ['sdf-4', /^StructureDefinition-(Definition|Event|FiveWs|Request)\.json/, 'patterns that are neither abstract nor have a base'],
  ['property-uri-duplicate', /^CodeSystem-snomedct/, 'several properties share a placeholder for a URI'],
  ['property-code-duplicate', /^CodeSystem-snomedct/, 'the property Laterality is defined twice'],
  ['uuid-form', /^CapabilityStatement-example\.json/, 'a urn:uuid in upper case'],
  ['id-too-long', /^SearchParameter-questionnaireresponse-extensions-/, 'an id of 67 characters'],
  ['identifier-uri-value', /^StructureDefinition-/, 'an example identifier under urn:ietf:rfc:3986 that is no URI'],
  ['coding-system-absolute', /^ValueSet-example-hierarchical/, 'a code system by a relative URL'],
  [
    'canonical-type',
    /^StructureDefinition-ExplanationOfBenefit\.json/,
    'a binding names a code system in the place of a value set',
  ],
  [
    'search-expression-type',
    /^SearchParameter-example-extension/,
    'its base is Patient, its expression begins at DocumentReference',
  ],
];

/** What only those meet who store the examples: the package's large Bundles of definitions, and rules beside validity. */
const storedFaults: typeof definitionFaults = [
  ['element-missing', /^ig-r4\.json/, 'it is ImplementationGuide-fhir.json under another name'],
  ['xhtml-fragment', /^Bundle-v3-valuesets\.json/, 'as the CodeSystems and ValueSets in it'],
  ['uri-oid-form', /^Bundle-valueset-expansions\.json/, 'urn:oid: before what is no OID'],
  ['property-uri-duplicate', /^Bundle-valuesets\.json/, 'as the CodeSystem for SNOMED CT in it'],
  ['property-code-duplicate', /^Bundle-valuesets\.json/, 'as the CodeSystem for SNOMED CT in it'],
  ['coding-system-absolute', /^Bundle-valuesets\.json/, 'as the ValueSet example-hierarchical in it'],
  ['identifier-uri-value', /^Bundle-(dataelements|resources)\.json/, 'as the StructureDefinitions in it'],
  ['canonical-type', /^Bundle-(dataelements|resources)\.json/, 'as the StructureDefinition for ExplanationOfBenefit in it'],
  ['bdl-7', /^Bundle-dataelements\.json/, 'some entries have the same fullUrl'],
  [
    'subscription-not-honoured',
    /^Subscription-example\.json/,
    'it is valid, but nobody would be notified: that is said, not promised',
  ],
  ['value', /^SearchParameter-questionnaireresponse-extensions-/, 'an id of 67 characters can stand in no URL'],
];

/** What may be said when the file is sent to be stored; empty for those that have to be taken. */
export function faultsOf(file: string): readonly string[] {
  const [own] = faults[file.replace('.json', '')] ?? [];
  const listed = [...definitionFaults, ...storedFaults].filter(([, files]) => files.test(file)).map(([said]) => said);
  return own === undefined ? listed : [own, ...listed];
}
