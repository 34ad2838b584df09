/** Who asks, and what the token allows: built once per request, frozen. Design: one context, one authorize, one narrow. */
import type { InteractionCode } from '../fhir/types.ts';
import type { Criterion } from '../search/criterion.ts';

/** A letter of a SMART v2 scope: create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** One SMART scope. https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html */
export interface Scope {
  readonly level: 'patient' | 'user' | 'system';
  /** A resource type or `*`. */
  readonly type: string;
  /** The letters granted, a subset of `cruds`. */
  readonly permissions: ReadonlySet<Permission>;
}

/**
 * How far a `patient/` scope reaches on one type, for the patient of the token: what may be seen of it, as a criterion; undefined when
 * such a scope gives nothing on the type. What is reached through others (a Binary through a document) is so through those types alone that
 * `mayRead` names; absent: all. Made once at start (`patient-reach.ts`).
 */
export type PatientReach = (
  patient: string,
  type: string,
  permission: Permission,
  mayRead?: (type: string) => boolean,
) => Criterion | undefined;

export interface AccessContext {
  /** `none`: AUTH=none, everything is allowed. */
  readonly kind: 'token' | 'none';
  /** SHA-256 of the token's id, shortened: what logs may show. */
  readonly tokenHash: string;
  readonly clientId: string;
  /** Who issued the token: client ids mean something only together with it. Absent without a token. */
  readonly issuer?: string;
  readonly scopes: readonly Scope[];
  /** The patient of the launch context: the id, not the reference. Present whenever a patient/ scope is. */
  readonly patient?: string;
  /** Present whenever `patient` is. Without it a patient/ scope gives nothing. */
  readonly patientReach?: PatientReach;
  /** Present whenever a user/ scope is. */
  readonly fhirUser?: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** What `authorize` needs to know of a request. */
export interface Attempt {
  readonly interaction: InteractionCode;
  /** Absent at system level: then one type with the letters is enough, and `narrow` leaves the others out. */
  readonly type?: string;
  /** The letters it needs, all of them; none for capabilities, and for a Bundle, whose entries are judged one by one. */
  readonly permissions: readonly Permission[];
}

/** AUTH=none: whoever reaches the server may do everything. */
export const everyone: AccessContext = Object.freeze({
  kind: 'none',
  tokenHash: '',
  clientId: '',
  scopes: [],
  expiresAt: Number.POSITIVE_INFINITY,
});

/** A request without a token, where none is needed (`/metadata`): it may do nothing else. */
export const nobody: AccessContext = Object.freeze({
  kind: 'token',
  tokenHash: '',
  clientId: '',
  scopes: [],
  expiresAt: Number.POSITIVE_INFINITY,
});
