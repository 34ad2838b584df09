/** The first gate: may this token try this interaction on this type at all? Decided before the store is asked, so that the answer says nothing of what is stored. */
import { forbidden } from '../fhir/outcome.ts';
import type { AccessContext, Attempt, Permission, Scope } from './access-context.ts';
import { insufficientScope, isGranted } from './grants.ts';

/**
 * Throws `forbidden` (403) when the token's scopes do not give every letter the interaction needs on its type. What of the type may be
 * seen is `narrow`'s to say, and what may be written `authorizeWrite`'s.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources
 */
export function authorize(access: AccessContext, attempt: Attempt): void {
  const { type, permissions } = attempt;
  const allowed = permissions.every((permission) =>
    type === undefined
      ? access.kind === 'none' || access.scopes.some((scope) => scope.permissions.has(permission))
      : isGranted(access, type, permission),
  );
  if (!allowed) throw insufficientScope(access, type, permissions);
}

/** Throws `forbidden` (403) for a token without any user/ or system/ scope; `what` begins the sentence. */
export function authorizeBeyondPatient(access: AccessContext, what: string): void {
  if (access.kind === 'none' || access.scopes.some(({ level }) => level !== 'patient')) return;
  throw forbidden(
    `${what} is not for a patient's token: it needs a user/ or system/ scope.`,
    'Bearer realm="fhir", error="insufficient_scope"',
  );
}

/** Throws `forbidden` (403) unless system/ scopes let the token search every one of the types; `what` begins the sentence. */
export function authorizeSystemSearch(access: AccessContext, types: readonly string[], what: string): void {
  const mayAll = (type: string) =>
    access.scopes.some(
      (scope) => scope.level === 'system' && (scope.type === '*' || scope.type === type) && scope.permissions.has('s'),
    );
  if (access.kind === 'none' || types.every(mayAll)) return;
  throw forbidden(
    `${what} is for those who run the server: it needs a system/ scope to search what it is asked of.`,
    'Bearer realm="fhir", error="insufficient_scope"',
  );
}

/** Throws `forbidden` (403) unless a system/ scope gives the letter on the type (`*`: on every type); `what` begins the sentence. */
export function authorizeSystem(access: AccessContext, type: string, permission: Permission, what: string): void {
  const gives = (scope: Scope) =>
    scope.level === 'system' && (scope.type === '*' || scope.type === type) && scope.permissions.has(permission);
  if (access.kind === 'none' || access.scopes.some(gives)) return;
  const scope = `system/${type}.${permission}`;
  throw forbidden(`${what} needs the scope ${scope}.`, `Bearer realm="fhir", error="insufficient_scope", scope="${scope}"`);
}
