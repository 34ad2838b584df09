/** Access for work without a user: by system/ scopes alone, kept with the work while it goes on. https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html */
import { forbidden } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import type { AccessContext, Permission, Scope } from './access-context.ts';

/** The access that the token's system/ scopes give, whatever others it has: nothing of a user's or patient's rights goes into it. */
export function systemAccess(access: AccessContext): AccessContext {
  if (access.kind === 'none') return access;
  const { kind, tokenHash, clientId, issuer, expiresAt } = access;
  const scopes = access.scopes.filter(({ level }) => level === 'system');
  return Object.freeze({ kind, tokenHash, clientId, scopes, expiresAt, ...(issuer === undefined ? {} : { issuer }) });
}

/**
 * Who a job belongs to: the client, told apart by the issuer that knows it. Throws `forbidden` (403) for a token that names no client, which
 * nobody could be told apart by.
 */
export function ownerOf({ kind, issuer, clientId }: AccessContext): string {
  if (kind === 'none') return '';
  if (clientId !== '' && clientId !== 'unknown') return `${issuer ?? ''} ${clientId}`;
  throw forbidden(
    'The token names no client (client_id), so nobody could tell whose job this is.',
    'Bearer realm="fhir", error="insufficient_scope"',
  );
}

/** As JSON, to be kept; `unpackAccess` reads it. */
export function packAccess(access: AccessContext): JsonObject {
  const { kind, tokenHash, clientId, issuer } = access;
  const scopes = access.scopes.map(({ permissions, ...scope }) => ({ ...scope, permissions: [...permissions] }));
  return { kind, tokenHash, clientId, scopes, ...(issuer === undefined ? {} : { issuer }) };
}

export function unpackAccess(value: JsonValue | undefined): AccessContext {
  if (value === undefined || !isJsonObject(value)) throw new Error('The access that was kept with a job can not be read.');
  // Written by packAccess.
  const packed = value as unknown as Omit<AccessContext, 'scopes' | 'expiresAt'> & {
    readonly scopes: readonly (Omit<Scope, 'permissions'> & { readonly permissions: readonly Permission[] })[];
  };
  const scopes = packed.scopes.map((scope): Scope => ({ ...scope, permissions: new Set(scope.permissions) }));
  // What the token allowed when the work began stays allowed until it ends.
  return Object.freeze({ ...packed, scopes, expiresAt: Number.POSITIVE_INFINITY });
}
