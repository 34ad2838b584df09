/** How grave each message is and under which issue type it goes. http://hl7.org/fhir/issue-type */
import type { IssueCode, Severity } from '../fhir/outcome.ts';
import type { MessageId } from './messages-en.ts';

export interface IssueKind {
  readonly severity: Severity;
  readonly code: IssueCode;
}

/** Errors by issue type: every message that is in none of the lists below is an error of structure. */
const errors: Partial<Record<IssueCode, readonly MessageId[]>> = {
  required: [
    'element-missing',
    'element-missing-choice',
    'too-few',
    'slice-too-few',
    'resource-type-missing',
    'contained-id-missing',
    'response-required',
  ],
  value: [
    'text-too-long',
    'text-too-short',
    'value-missing',
    'value-alternative-missing',
    'code-spaces',
    'id-characters',
    'id-too-long',
    'element-id-spaces',
    'uri-spaces',
    'uri-oid-prefix',
    'uri-uuid-prefix',
    'uuid-form',
    'uuid-prefix',
    'oid-form',
    'oid-prefix',
    'uri-oid-form',
    'canonical-absolute',
    'date-form',
    'datetime-form',
    'instant-form',
    'time-form',
    'date-year',
    'date-month',
    'date-day',
    'time-hour',
    'time-minute',
    'time-second',
    'time-seconds-missing',
    'zone-missing',
    'zone-form',
    'integer-form',
    'integer-range',
    'decimal-range',
    'base64-form',
    'value-below',
    'value-above',
    'mime-type-form',
    'language-form',
    'ucum-form',
    'reference-form',
    'identifier-system-absolute',
    'identifier-uri-value',
    'coding-system-absolute',
    'coding-system-value-set',
    'coding-system-supplement',
    'attachment-size',
    'profile-fixed',
    'filter-value',
    'filter-constraint',
    'expression-form',
    'search-expression',
    'search-expression-type',
    'search-expression-missing',
    'profile-pattern',
  ],
  'code-invalid': [
    'code-not-allowed',
    'code-not-in-set',
    'coding-not-in-set',
    'code-missing',
    'code-outside-maximum',
    'response-option',
    'coding-code-unknown',
  ],
  invariant: [
    'contained-nested',
    'definition-binding',
    'contained-unreferenced',
    'contained-version',
    'contained-security',
    'reference-contained-missing',
    'canonical-contained-missing',
    'extension-both',
    'extension-neither',
    'xhtml-root',
    'xhtml-namespace',
    'xhtml-element',
    'xhtml-attribute',
    'xhtml-blank',
    'invariant',
  ],
  invalid: ['xhtml-form', 'xhtml-entity', 'xhtml-doctype', 'xhtml-url', 'xhtml-fragment'],
  duplicate: [
    'contained-id-duplicate',
    'element-id-duplicate',
    'bundle-link-duplicate',
    'property-code-duplicate',
    'property-uri-duplicate',
  ],
  'business-rule': [
    'search-derived-base',
    'search-derived-type',
    'measure-part-unknown',
    'measure-part-twice',
    'measure-part-missing',
    'measure-score-prohibited',
    'measure-score-missing',
    'measure-subjects',
    'questionnaire-target-missing',
    'questionnaire-target-itself',
    'response-disabled',
    'response-repeats',
    'response-text',
    'narrative-language-missing',
    'narrative-language-prohibited',
    'narrative-language-wanted',
    'property-code-standard',
    'property-type-standard',
    'property-type-declared',
    'supplement-of-nothing',
    'supplement-content',
    'content-not-present',
  ],
  extension: [
    'modifier-extension-unknown',
    'extension-context',
    'extension-context-rule',
    'extension-part-unknown',
    'extension-not-modifier',
    'extension-is-modifier',
    'extension-url-absolute',
  ],
  'not-found': [
    'measure-definition',
    'response-link-unknown',
    'bundle-reference-missing',
    'bundle-reference-by-id',
    'bundle-reference-version',
    'bundle-reference-ambiguous',
  ],
  'too-costly': ['depth-exceeded'],
};

const warnings: Partial<Record<IssueCode, readonly MessageId[]>> = {
  value: [
    'text-blank',
    'text-spaces-around',
    'text-control',
    'text-html',
    'uri-oid-placeholder',
    'uri-example',
    'ucum-unknown',
    'ucum-annotation',
    'canonical-relative',
    'attachment-hash',
    'date-unlikely',
    'decimal-digits',
    'base64-spaces',
    'value-not-comparable',
    'identifier-codice-fiscale-form',
    'identifier-codice-fiscale-check',
    'identifier-codice-fiscale-date',
    'identifier-luhn-form',
    'identifier-luhn-check',
    'identifier-aic-form',
    'identifier-aic-check',
    'identifier-pattern',
  ],
  'code-invalid': ['coding-system-https', 'coding-display', 'code-extensible', 'coding-system-missing', 'code-pair'],
  invariant: ['narrative-missing'],
  'business-rule': [
    'observation-subject',
    'observation-performer',
    'observation-effective',
    'search-derived-expression',
    'extension-context-any',
    'measure-group-code',
    'measure-count-missing',
    'questionnaire-target-later',
    'response-option-text',
    'definition-packaged',
    'narrative-language-mixed',
    'narrative-language-differs',
  ],
  extension: ['extension-unknown'],
  'not-found': ['profile-unknown', 'profile-broken'],
  structure: ['reference-empty', 'attachment-empty', 'bundle-unreachable', 'bundle-search-mode', 'bundle-search-self'],
};

const information: Partial<Record<IssueCode, readonly MessageId[]>> = {
  'code-invalid': ['code-preferred'],
  informational: [
    'bundle-message-unreachable',
    'canonical-unknown',
    'measure-unknown',
    'questionnaire-not-named',
    'questionnaire-unknown',
    'must-support-missing',
    'binding-not-checked',
    'coding-system-unknown',
    'coding-display-not-checked',
    'invariant-not-checked',
  ],
};

const kinds: ReadonlyMap<MessageId, IssueKind> = new Map([
  ...entries('error', errors),
  ...entries('warning', warnings),
  ...entries('information', information),
]);

function entries(severity: Severity, lists: Partial<Record<IssueCode, readonly MessageId[]>>): [MessageId, IssueKind][] {
  // Object.entries widens the keys of a record to string; they are those of the literal above.
  return Object.entries(lists).flatMap(([code, ids]) =>
    ids.map((id): [MessageId, IssueKind] => [id, { severity, code: code as IssueCode }]),
  );
}

export function issueKind(id: MessageId): IssueKind {
  return kinds.get(id) ?? { severity: 'error', code: 'structure' };
}

/** Good practice only: said when somebody asks what could be better, not with every write. */
const recommendations: ReadonlySet<MessageId> = new Set<MessageId>([
  'narrative-missing',
  'ucum-annotation',
  'observation-subject',
  'observation-performer',
  'observation-effective',
]);

export function isRecommendation(id: MessageId): boolean {
  return recommendations.has(id);
}
