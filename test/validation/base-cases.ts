/** Rows for `base.test.ts`: resources and what base R4 says of them. */
import type { JsonObject, JsonValue } from '../../src/fhir/types.ts';

const patient = (rest: JsonObject): JsonObject => ({ resourceType: 'Patient', ...rest });
const observation = (rest: JsonObject): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...rest,
});
const div = (content: string) => ({ status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>` });
const questionnaire = (item: readonly JsonValue[]): JsonObject => ({ resourceType: 'Questionnaire', status: 'draft', item });

/** What is said, exactly: severity, message id and place. */
export const negatives: readonly (readonly [sentence: string, resource: JsonValue, ...said: string[]])[] = [
  ['not an object', 'Patient', 'fatal resource-expected Resource'],
  ['no resourceType', { id: 'a' }, 'fatal resource-type-missing Resource'],
  ['unknown resourceType', { resourceType: 'Patientt' }, 'fatal resource-type-unknown Resource'],
  ['abstract resourceType', { resourceType: 'DomainResource' }, 'fatal resource-type-abstract Resource'],
  ['unknown property', patient({ hat: 'x' }), 'error property-unknown Patient'],
  ['misspelt property', patient({ birthdate: '2000' }), 'error property-unknown-similar Patient'],
  ['name that is no element name', patient({ 'a b': 1 }), 'error property-unnamed Patient'],
  ['text for a boolean', patient({ active: 'true' }), 'error boolean-expected Patient.active'],
  ['number for a text', patient({ name: [{ family: 1 }] }), 'error text-expected Patient.name[0].family'],
  ['text for a number', observation({ valueInteger: '1' }), 'error number-expected Observation.value.ofType(integer)'],
  ['text for an object', patient({ maritalStatus: 'M' }), 'error object-expected Patient.maritalStatus'],
  ['object for an array', patient({ name: { family: 'x' } }), 'error array-expected Patient.name'],
  ['array for one value', patient({ birthDate: ['2000'] }), 'error single-expected Patient.birthDate'],
  ['array for one object', patient({ maritalStatus: [{ text: 'x' }] }), 'error single-expected Patient.maritalStatus'],
  ['null', patient({ gender: null }), 'error null-value Patient.gender'],
  ['null item without extension', patient({ name: [{ given: ['A', null] }] }), 'error null-item Patient.name[0].given[1]'],
  ['null in a list of objects', patient({ name: [null] }), 'error null-item Patient.name[0]'],
  ['empty text', patient({ name: [{ family: '' }] }), 'error text-empty Patient.name[0].family'],
  ['empty array', patient({ name: [] }), 'error array-empty Patient.name'],
  ['empty object', patient({ maritalStatus: {} }), 'error object-empty Patient.maritalStatus'],
  ['an id is no content (ele-1)', patient({ maritalStatus: { id: 'a' } }), 'error id-only Patient.maritalStatus'],
  [
    'siblings of another length',
    patient({ name: [{ given: ['A'], _given: [null, { extension: [{ url: 'http://a.b', valueCode: 'x' }] }] }] }),
    'error sibling-length Patient.name[0].given',
    'warning extension-unknown Patient.name[0].given[1].extension[0]',
  ],
  ['a sibling is an element', patient({ _birthDate: { value: 'x' } }), 'error property-unknown Patient.birthDate'],
  ['missing element', { resourceType: 'Observation', code: { text: 'x' } }, 'error element-missing Observation'],
  [
    'missing choice',
    { resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject: { display: 'x' } },
    'error element-missing-choice MedicationRequest',
  ],
  ['two types of one choice', observation({ valueString: 'a', valueBoolean: true }), 'error choice-twice Observation'],
  ['a type the choice has not', observation({ valueAddress: { city: 'x' } }), 'error choice-type Observation'],
  ['month 13', patient({ birthDate: '2026-13-02' }), 'error date-month Patient.birthDate'],
  ['30 February', patient({ birthDate: '2024-02-30' }), 'error date-day Patient.birthDate'],
  ['29 February of a common year', patient({ birthDate: '1900-02-29' }), 'error date-day Patient.birthDate'],
  ['a date that is words', patient({ birthDate: 'yesterday' }), 'error date-form Patient.birthDate'],
  [
    'a time without zone',
    observation({ effectiveDateTime: '2026-01-01T10:00:00' }),
    'error zone-missing Observation.effective.ofType(dateTime)',
  ],
  [
    'a time without seconds',
    observation({ effectiveDateTime: '2026-01-01T10:00Z' }),
    'error time-seconds-missing Observation.effective.ofType(dateTime)',
  ],
  ['an instant that is a date', observation({ issued: '2026-01-01' }), 'error instant-form Observation.issued'],
  ['an unlikely year', patient({ birthDate: '0201-01-01' }), 'warning date-unlikely Patient.birthDate'],
  ['a fraction for an integer', observation({ valueInteger: 1.5 }), 'error integer-form Observation.value.ofType(integer)'],
  ['an integer too large', observation({ valueInteger: 2_147_483_648 }), 'error integer-range Observation.value.ofType(integer)'],
  [
    'zero for a positiveInt',
    patient({ telecom: [{ system: 'phone', value: '1', rank: 0 }] }),
    'error integer-range Patient.telecom[0].rank',
  ],
  ['an underscore in an id', patient({ id: 'a_b' }), 'error id-characters Patient.id'],
  ['an id of 65 characters', patient({ id: 'a'.repeat(65) }), 'error id-too-long Patient.id'],
  ['a space in an element id', patient({ name: [{ id: 'a b', family: 'x' }] }), 'error element-id-spaces Patient.name[0].id'],
  [
    'an element id twice',
    patient({
      name: [
        { id: 'a', family: 'x' },
        { id: 'a', family: 'y' },
      ],
    }),
    'error element-id-duplicate Patient.name[1].id',
  ],
  [
    'two spaces in a code',
    patient({ language: 'it ', name: [{ family: 'x' }] }),
    'error code-spaces Patient.language',
    'information code-preferred Patient.language',
    'error language-form Patient.language',
  ],
  ['a space in a uri', patient({ implicitRules: 'http://a b' }), 'error uri-spaces Patient.implicitRules'],
  ['oid: for urn:oid:', patient({ implicitRules: 'oid:1.2' }), 'error uri-oid-prefix Patient.implicitRules'],
  ['a malformed urn:uuid', patient({ implicitRules: 'urn:uuid:1' }), 'error uuid-form Patient.implicitRules'],
  [
    'a malformed urn:oid in a uri',
    patient({ identifier: [{ system: 'urn:oid:2.16.840.01', value: '1' }] }),
    'error uri-oid-form Patient.identifier[0].system',
  ],
  [
    'a placeholder for an OID',
    patient({ identifier: [{ system: 'urn:oid:XXX', value: '1' }] }),
    'warning uri-oid-placeholder Patient.identifier[0].system',
  ],
  [
    'base64 of a wrong length',
    patient({ photo: [{ contentType: 'image/png', data: 'YWJ' }] }),
    'error base64-form Patient.photo[0].data',
  ],
  [
    'white space in base64',
    patient({ photo: [{ contentType: 'image/png', data: 'YWJj YWJj' }] }),
    'warning base64-spaces Patient.photo[0].data',
  ],
  ['a blank text', patient({ name: [{ family: ' ' }] }), 'warning text-blank Patient.name[0].family'],
  ['spaces around a text', patient({ name: [{ family: ' x' }] }), 'warning text-spaces-around Patient.name[0].family'],
  ['a code outside a required set', patient({ gender: 'm' }), 'error code-not-allowed Patient.gender'],
  [
    'a coding outside a required set',
    {
      resourceType: 'Condition',
      subject: { display: 'x' },
      clinicalStatus: { coding: [{ system: 'http://a.b', code: 'active' }] },
    },
    'error coding-not-in-set Condition.clinicalStatus',
  ],
  [
    'no code where one is required',
    { resourceType: 'Condition', subject: { display: 'x' }, clinicalStatus: { text: 'active' } },
    'error code-missing Condition.clinicalStatus',
  ],
  [
    'a unit that no UCUM unit looks like',
    {
      resourceType: 'CarePlan',
      status: 'draft',
      intent: 'plan',
      subject: { display: 'x' },
      activity: [{ detail: { status: 'completed', quantity: { value: 1, system: 'http://unitsofmeasure.org', code: '((' } } }],
    },
    'error ucum-form CarePlan.activity[0].detail.quantity',
  ],
  [
    'an unknown MIME type',
    patient({ photo: [{ contentType: 'png', url: 'http://a.b/c' }] }),
    'error mime-type-form Patient.photo[0].contentType',
  ],
  [
    'an unknown language',
    patient({ language: 'italiano_' }),
    'information code-preferred Patient.language',
    'error language-form Patient.language',
  ],
  [
    'a code that its system does not have',
    patient({ maritalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'ZZZ' }] } }),
    'warning coding-code-unknown Patient.maritalStatus.coding[0]',
    'warning code-extensible Patient.maritalStatus',
  ],
  [
    'a relative coding system',
    observation({ code: { coding: [{ system: 'loinc', code: '1-8' }] } }),
    'error coding-system-absolute Observation.code.coding[0]',
  ],
  [
    'a value set for a system',
    observation({ code: { coding: [{ system: 'http://hl7.org/fhir/ValueSet/x', code: '1' }] } }),
    'error coding-system-value-set Observation.code.coding[0]',
  ],
  [
    'a coding without system',
    observation({ code: { coding: [{ code: '1' }] } }),
    'warning coding-system-missing Observation.code.coding[0]',
  ],
  [
    'a relative identifier system',
    patient({ identifier: [{ system: 'cf', value: '1' }] }),
    'error identifier-system-absolute Patient.identifier[0]',
  ],
  [
    'rfc:3986 with a value that is no URI',
    patient({ identifier: [{ system: 'urn:ietf:rfc:3986', value: '1' }] }),
    'error identifier-uri-value Patient.identifier[0]',
  ],
  [
    'a reference to a type not allowed',
    observation({ subject: { reference: 'Medication/1' } }),
    'error reference-target Observation.subject',
  ],
  [
    'an absolute reference to a type not allowed',
    observation({ subject: { reference: 'https://a.b/fhir/Medication/1/_history/2' } }),
    'error reference-target Observation.subject',
  ],
  [
    'Reference.type not allowed',
    observation({ subject: { type: 'Medication', display: 'x' } }),
    'error reference-target Observation.subject',
  ],
  [
    'Reference.type against the reference',
    observation({ subject: { reference: 'Patient/1', type: 'Group' } }),
    'error reference-type-mismatch Observation.subject',
  ],
  [
    'a reference that is no reference',
    observation({ subject: { reference: 'Mr Smith' } }),
    'error reference-form Observation.subject',
  ],
  [
    'a reference that says nothing',
    observation({ subject: { id: 'a', type: 'Patient' } }),
    'warning reference-empty Observation.subject',
  ],
  [
    'a local reference to nothing (ref-1)',
    observation({ subject: { reference: '#p' } }),
    'error reference-contained-missing Observation.subject',
  ],
  [
    'an orphan among the contained (dom-3)',
    observation({ contained: [{ resourceType: 'Patient', id: 'p' }] }),
    'error dom-3 Observation.contained[0]',
  ],
  [
    'nested contained resources (dom-2)',
    observation({
      contained: [
        {
          resourceType: 'Patient',
          id: 'p',
          contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }],
          managingOrganization: { reference: '#o' },
        },
      ],
      subject: { reference: '#p' },
    }),
    'error reference-contained-missing Observation.contained[0].managingOrganization',
    'error dom-2 Observation.contained[0]',
  ],
  [
    'a version in a contained resource (dom-4)',
    observation({ contained: [{ resourceType: 'Patient', id: 'p', meta: { versionId: '1' } }], subject: { reference: '#p' } }),
    'error dom-4 Observation.contained[0]',
  ],
  [
    'two contained resources of one id',
    observation({
      contained: [
        { resourceType: 'Patient', id: 'p' },
        { resourceType: 'Patient', id: 'p' },
      ],
      subject: { reference: '#p' },
    }),
    'error contained-id-duplicate Observation.contained[1]',
  ],
  ['a script in the narrative (txt-1)', patient({ text: div('<script>x</script>') }), 'error xhtml-element Patient.text.div'],
  ['a named entity in the narrative', patient({ text: div('a&nbsp;b') }), 'error xhtml-entity Patient.text.div'],
  ['a blank narrative (txt-2)', patient({ text: div(' ') }), 'error xhtml-blank Patient.text.div'],
  ['a link to nowhere', patient({ text: div('<a href="#nowhere">x</a>') }), 'error xhtml-fragment Patient.text.div'],
  [
    'an extension with nothing (ext-1)',
    patient({ extension: [{ url: 'http://a.b' }] }),
    'error ext-1 Patient.extension[0]',
    'warning extension-unknown Patient.extension[0]',
  ],
  [
    'an extension with a relative url',
    patient({ extension: [{ url: 'a', valueCode: 'x' }] }),
    'error extension-url-absolute Patient.extension[0]',
  ],
  [
    'an unknown modifier extension',
    patient({ modifierExtension: [{ url: 'http://a.b', valueCode: 'x' }] }),
    'error modifier-extension-unknown Patient.modifierExtension[0]',
  ],
  [
    'a known extension in the wrong place',
    observation({
      extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace', valueAddress: { city: 'x' } }],
    }),
    'error extension-context Observation.extension[0]',
  ],
  [
    'a known extension with the wrong type',
    patient({ extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace', valueString: 'x' }] }),
    'error profile-type-narrowed Patient.extension[0].value.ofType(string)',
  ],
  [
    'an attachment of another size',
    patient({ photo: [{ contentType: 'image/png', data: 'YWJj', size: 4 }] }),
    'error attachment-size Patient.photo[0]',
  ],
  ['an attachment with nothing', patient({ photo: [{ contentType: 'image/png' }] }), 'warning attachment-empty Patient.photo[0]'],
  [
    'per-1',
    {
      resourceType: 'Encounter',
      status: 'planned',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      period: { start: '2026-02-01', end: '2026-01-01' },
    },
    'error per-1 Encounter.period',
  ],
  ['obs-6', observation({ valueString: 'x', dataAbsentReason: { text: 'x' } }), 'error obs-6 Observation'],
  ['pat-1 on a contact', patient({ contact: [{ gender: 'male' }] }), 'error pat-1 Patient.contact[0]'],
  [
    'deep in a recursion',
    questionnaire([{ linkId: '1', type: 'group', item: [{ linkId: '2', type: 'nothing' }] }]),
    'error code-not-allowed Questionnaire.item[0].item[0].type',
  ],
  [
    'a filter that is no expression constraint',
    {
      resourceType: 'ValueSet',
      status: 'draft',
      compose: {
        include: [{ system: 'http://snomed.info/sct', filter: [{ property: 'constraint', op: '=', value: '234234 << 234234' }] }],
      },
    },
    'error filter-constraint ValueSet.compose.include[0].filter[0]',
  ],
  [
    'a filter of another form than its property',
    {
      resourceType: 'ValueSet',
      status: 'draft',
      compose: { include: [{ system: 'http://a.b', filter: [{ property: 'notSelectable', op: '=', value: '1' }] }] },
    },
    'error filter-value ValueSet.compose.include[0].filter[0]',
  ],
  [
    'a code that an included system does not have',
    {
      resourceType: 'ValueSet',
      status: 'draft',
      compose: { include: [{ system: 'http://hl7.org/fhir/administrative-gender', concept: [{ code: 'male' }, { code: 'm' }] }] },
    },
    'error coding-code-unknown ValueSet.compose.include[0].concept[1]',
  ],
  [
    'in Parameters',
    { resourceType: 'Parameters', parameter: [{ name: 'a', resource: patient({ gender: 'm' }) }] },
    'error code-not-allowed Parameters.parameter[0].resource.gender',
  ],
  [
    'an inner resource of no type',
    { resourceType: 'Parameters', parameter: [{ name: 'a', resource: { resourceType: 'X' } }] },
    'error resource-type-unknown Parameters.parameter[0].resource',
  ],
  [
    'a set that is not at hand',
    {
      resourceType: 'MolecularSequence',
      coordinateSystem: 0,
      structureVariant: [{ variantType: { coding: [{ system: 'http://loinc.org', code: 'LA9658-1' }] } }],
    },
    'information binding-not-checked MolecularSequence.structureVariant[0].variantType',
  ],
];
