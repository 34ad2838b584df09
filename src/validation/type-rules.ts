/** Rules about whole objects that R4 states in prose, or as invariants that run so often that they are written natively. */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../fhir/types.ts';
import { checkCodeSystem } from './code-system-rules.ts';
import { checkCoding, checkQuantity } from './coding-rules.ts';
import { checkConceptMap } from './concept-map-rules.ts';
import { checkContained } from './contained.ts';
import { checkExtension } from './extensions.ts';
import { type Run, report } from './issues.ts';
import { checkMeasureReport } from './measure-report-rules.ts';
import { checkMeasure } from './measure-rules.ts';
import { checkNarrativeLinks } from './narrative-links.ts';
import { checkNarrative } from './narrative-rules.ts';
import { checkObservation } from './observation-rules.ts';
import { checkBase64, isAbsolute } from './primitive-text.ts';
import { checkQuestionnaire } from './questionnaire-rules.ts';
import { checkReference } from './references.ts';
import { checkResponse } from './response-rules.ts';
import { checkSearchParameter } from './search-parameter-rules.ts';
import { checkStructureDefinition } from './structure-definition-rules.ts';
import { checkValueSet } from './value-set-rules.ts';

/** A rule about an object of one type; its JSON shape has been checked, its members' may still be wrong. */
export type ObjectRule = (value: JsonObject, run: Run, depth: number) => void;

/** Constraints that are checked here or by the structure itself, not as FHIRPath. */
export const nativeConstraints: ReadonlySet<string> = new Set(
  'ele-1 ext-1 dom-2 dom-3 dom-4 dom-5 dom-6 ref-1 txt-1 txt-2'.split(' '),
);

/** The native rules by type name; `DomainResource` stands for all types that specialise it. */
export const nativeRules: Readonly<Record<string, readonly ObjectRule[]>> = {
  Extension: [checkExtension],
  Reference: [checkReference],
  Attachment: [checkAttachment],
  Identifier: [checkIdentifier],
  Coding: [checkCoding],
  Quantity: [checkQuantity],
  DomainResource: [checkContained, checkNarrative, checkNarrativeLinks],
  CodeSystem: [checkCodeSystem],
  ConceptMap: [checkConceptMap],
  ValueSet: [checkValueSet],
  Observation: [checkObservation],
  Measure: [checkMeasure],
  MeasureReport: [checkMeasureReport],
  SearchParameter: [checkSearchParameter],
  StructureDefinition: [checkStructureDefinition],
  Questionnaire: [checkQuestionnaire],
  QuestionnaireResponse: [checkResponse],
};

function checkAttachment(
  { data, url, size, hash, extension, contentType, title, _data, _url }: JsonObject,
  run: Run,
  depth: number,
): void {
  if (typeof data !== 'string') {
    const silent = url === undefined && extension === undefined && _data === undefined && _url === undefined;
    if (silent && (contentType !== undefined || title === undefined)) report(run, depth, 'attachment-empty');
    return;
  }
  if ((typeof size !== 'number' && typeof hash !== 'string') || checkBase64(data) === 'base64-form') return;
  const bytes = Buffer.from(data, 'base64');
  if (typeof size === 'number' && size !== bytes.length)
    report(run, depth, 'attachment-size', { parameters: { declared: size, actual: bytes.length } });
  if (typeof hash === 'string' && isWrongHash(hash, bytes)) report(run, depth, 'attachment-hash');
}

/** "The hash is calculated prior to base64 encoding … using SHA-1": in FHIR's JSON its bytes are base64. */
function isWrongHash(hash: string, bytes: Buffer): boolean {
  return createHash('sha1').update(bytes).digest('base64') !== hash.trim();
}

function checkIdentifier({ system, value }: JsonObject, run: Run, depth: number): void {
  if (typeof system === 'string' && !isAbsolute(system)) report(run, depth, 'identifier-system-absolute');
  if (system === 'urn:ietf:rfc:3986' && typeof value === 'string' && !isAbsolute(value))
    report(run, depth, 'identifier-uri-value');
}
