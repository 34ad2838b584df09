/** Failures as FHIR says them: one error class, one constructor per row of the error table. https://hl7.org/fhir/R4/operationoutcome.html */
import { limits } from './limits.ts';
import type { JsonObject, Language, Resource } from './types.ts';

/** http://hl7.org/fhir/issue-severity */
export type Severity = 'fatal' | 'error' | 'warning' | 'information';

/** The codes in use here, from http://hl7.org/fhir/issue-type. */
export type IssueCode =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'login'
  | 'expired'
  | 'forbidden'
  | 'processing'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'code-invalid'
  | 'extension'
  | 'too-costly'
  | 'business-rule'
  | 'conflict'
  | 'transient'
  | 'timeout'
  | 'throttled'
  | 'exception'
  | 'informational';

export interface Issue {
  readonly severity: Severity;
  readonly code: IssueCode;
  /** A sentence that says what is wrong and what is allowed. No personal data. */
  readonly text: string;
  /** Where, as FHIRPath: `Bundle.entry[3].resource.status`. */
  readonly expression?: string;
  /** Where in the text that was sent, when that is not its `expression`: what $validate judges may stand in Parameters. */
  readonly inText?: string;
  /** A stable id of the message or rule: becomes `details.coding`. */
  readonly id?: string;
  /** The rule behind an `id` that names a whole layer (`publish`): a second `details.coding`. */
  readonly rule?: string;
  /** The id of the sentence in its catalogue, when it isn't `id`: many rules share one. */
  readonly message?: string;
  /** Canonical, with version, of the definition that states the rule. */
  readonly statedBy?: string;
  /** Where in the text that was sent, both from 1. */
  readonly line?: number;
  readonly column?: number;
  /** More for a developer: becomes `diagnostics`. No personal data. */
  readonly diagnostics?: string;
  /** Of the text; absent: English. */
  readonly language?: Language;
}

/** The one exception the server throws on purpose. `http/send-error.ts` turns it into a response. */
export class FhirError extends Error {
  readonly status: number;
  readonly issues: readonly Issue[];
  /** Extra response headers, such as `WWW-Authenticate` or `Allow`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, issues: readonly Issue[], headers: Readonly<Record<string, string>> = {}) {
    super(issues[0]?.text ?? 'No issue was given.');
    this.name = 'FhirError';
    this.status = status;
    this.issues = issues;
    this.headers = headers;
  }
}

function single(status: number, code: IssueCode, text: string, expression?: string, headers?: Record<string, string>): FhirError {
  const issue: Issue = { severity: 'error', code, text, ...(expression === undefined ? {} : { expression }) };
  return new FhirError(status, [issue], headers);
}

/** Not FHIR JSON at all. */
export const malformed = (text: string, expression?: string) => single(400, 'structure', text, expression);

/** Where in the text that was sent, both from 1, and within which element. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  readonly expression?: string | undefined;
}

/** A fault at a place of the text; `fatal` when it is no JSON or XML, so that nothing can be said of what comes after. */
export function misplaced(
  what: string,
  { line, column, expression }: TextPlace,
  severity: 'error' | 'fatal' = 'error',
): FhirError {
  const text = `${what}: line ${line}, column ${column}.`;
  const issue: Issue = { severity, code: 'structure', text, line, column, ...(expression === undefined ? {} : { expression }) };
  return new FhirError(400, [issue]);
}

/** A bad id, date, parameter value, modifier or prefix. */
export const invalidValue = (text: string, expression?: string) => single(400, 'value', text, expression);
/** An unknown search parameter, where the query may not go on without it. */
export const unknownParameter = (text: string, expression?: string) => single(400, 'not-supported', text, expression);
/** A body, element or argument is missing. */
export const required = (text: string, expression?: string) => single(400, 'required', text, expression);
/** No token, or one that does not hold; `expired` when only its time is over. */
export const unauthenticated = (text: string, challenge: string, code: 'login' | 'expired' = 'login') =>
  single(401, code, text, undefined, { 'WWW-Authenticate': challenge });
/** Scope, compartment or consent refuses. */
export const forbidden = (text: string, challenge?: string) =>
  single(403, 'forbidden', text, undefined, challenge === undefined ? undefined : { 'WWW-Authenticate': challenge });
/** Nothing there, or nothing this caller may know of. */
export const notFound = (text: string) => single(404, 'not-found', text);
/** Not a resource type of R4. */
export const unknownType = (text: string) => single(404, 'not-found', text);
/** An interaction that is not offered here; `allow` lists the methods that are. */
export const notSupported = (text: string, allow: readonly string[]) =>
  single(405, 'not-supported', text, undefined, { Allow: allow.join(', ') });
/** The answer can't be given in a format the client accepts. */
export const notAcceptable = (text: string, expression?: string) => single(406, 'not-supported', text, expression);
/** The body came in a format that is not read here. */
export const unsupportedMedia = (text: string) => single(415, 'not-supported', text);
/** A concurrent write came first, or a reference stands in the way. */
export const conflict = (text: string, expression?: string) => single(409, 'conflict', text, expression);
/** The resource was deleted. */
export const deleted = (text: string, headers?: Record<string, string>) => single(410, 'deleted', text, undefined, headers);
/** `If-Match` does not name the current version. */
export const versionMismatch = (text: string) => single(412, 'conflict', text);
/** A conditional interaction matched more than one resource. */
export const multipleMatches = (text: string, expression?: string) => single(412, 'multiple-matches', text, expression);
/** Over a size limit. */
export const tooLarge = (text: string) => single(413, 'too-long', text);
/** The URL's query is over its limit. */
export const uriTooLong = (text: string) => single(414, 'too-long', text);
/** Well formed, but not to be done on what is stored: a patch whose path leads nowhere. */
export const unprocessable = (text: string, expression?: string) => single(422, 'processing', text, expression);
/** A rule of the Fascicolo or of this server. */
export const businessRule = (text: string, expression?: string) => single(422, 'business-rule', text, expression);
/** Over a search limit; the text says which. */
export const tooCostly = (text: string) => single(422, 'too-costly', text);
/** Too many requests. */
export const throttled = (text: string, retryAfterSeconds: number) =>
  single(429, 'throttled', text, undefined, { 'Retry-After': String(retryAfterSeconds) });
/** Our bug: the text carries an opaque incident id, the details are in the log. */
export const exception = (text: string) => single(500, 'exception', text);
/** The store can't be reached now. */
export const transient = (text: string, retryAfterSeconds = 5) =>
  single(503, 'transient', text, undefined, { 'Retry-After': String(retryAfterSeconds) });

/** Puts `at` before the place of each issue, so that a Bundle's answer points into the Bundle. */
export function atExpression(error: FhirError, at: (expression: string | undefined) => string): FhirError {
  const issues = error.issues.map((issue) => ({ ...issue, expression: at(issue.expression) }));
  return new FhirError(error.status, issues, error.headers);
}

const messageSystem = 'https://fascicolo.example/fhir/CodeSystem/message';

/** Issues as an OperationOutcome, at most `limits.issuesMax` of them, the gravest first kept. */
export function operationOutcome(issues: readonly Issue[]): Resource {
  const shown = issues.slice(0, limits.issuesMax).map(formatIssue);
  const left = issues.length - shown.length;
  if (left > 0) {
    shown.push(formatIssue({ severity: 'information', code: 'informational', text: `${left} more issues are not shown.` }));
  }
  return { resourceType: 'OperationOutcome', issue: shown };
}

/** `Content-Language` of an outcome with these issues: `it`, or `it, en` when not all of them are known in that language. */
export function languagesOf(issues: readonly Issue[]): string {
  return [...new Set(issues.map(({ language = 'en' }) => language))].join(', ') || 'en';
}

function formatIssue(issue: Issue): JsonObject {
  const extensions = extensionsOf(issue);
  const coding = [issue.id, issue.rule].filter((code) => code !== undefined).map((code) => ({ system: messageSystem, code }));
  return {
    ...(extensions.length === 0 ? {} : { extension: extensions }),
    severity: issue.severity,
    code: issue.code,
    details: { ...(coding.length === 0 ? {} : { coding }), text: issue.text },
    ...(issue.diagnostics === undefined ? {} : { diagnostics: issue.diagnostics }),
    ...(issue.expression === undefined ? {} : { expression: [issue.expression] }),
  };
}

const extensionBase = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-';

/** HL7's own extensions for what R4 has no element for: http://hl7.org/fhir/extensions/extension-registry.html */
function extensionsOf({ id, message = id, statedBy, line, column }: Issue): readonly JsonObject[] {
  const texts = { 'message-id': message, 'issue-source': statedBy };
  const numbers = { 'issue-line': line, 'issue-col': column };
  return [
    ...Object.entries(texts).flatMap(([name, valueString]) =>
      valueString === undefined ? [] : [{ url: extensionBase + name, valueString }],
    ),
    ...Object.entries(numbers).flatMap(([name, valueInteger]) =>
      valueInteger === undefined ? [] : [{ url: extensionBase + name, valueInteger }],
    ),
  ];
}
