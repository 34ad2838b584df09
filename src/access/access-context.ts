/** Who asks, and what the token allows: built once per request, frozen. Design: one context, one authorize, one narrow. */
import type { InteractionCode } from '../fhir/types.ts';

/** One SMART scope. https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html */
export interface Scope {
  readonly level: 'patient' | 'user' | 'system';
  /** A resource type or `*`. */
  readonly type: string;
  /** The letters granted, a subset of `cruds`. */
  readonly permissions: ReadonlySet<'c' | 'r' | 'u' | 'd' | 's'>;
}

export interface AccessContext {
  /** `none`: AUTH=none, everything is allowed. */
  readonly kind: 'token' | 'none';
  /** SHA-256 of the token's id, shortened: what logs may show. */
  readonly tokenHash: string;
  readonly clientId: string;
  readonly scopes: readonly Scope[];
  /** The patient of the launch context: the id, not the reference. Present whenever a patient/ scope is. */
  readonly patient?: string;
  readonly fhirUser?: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** What `authorize` needs to know of a request. */
export interface Attempt {
  readonly interaction: InteractionCode;
  readonly type?: string;
}
