/** SMART scopes, versions 1 and 2, as text. https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources */
import { limits } from '../fhir/limits.ts';
import type { Permission, Scope } from './access-context.ts';

/**
 * Reads a scope claim: scopes separated by white space. What is no FHIR scope (`openid`, `launch/patient`), or not one understood whole
 * (`.dus`, an unknown type, `?category=…`), is left out: never granted in part, never widened. Undefined over
 * `limits.scopeCharactersMax` or `limits.scopesMax`.
 */
export function parseScopes(text: string, isResourceType: (name: string) => boolean): readonly Scope[] | undefined {
  if (text.length > limits.scopeCharactersMax) return undefined;
  const words = text.split(' ').filter((word) => word !== '');
  if (words.length > limits.scopesMax) return undefined;
  return words.map((word) => parseScope(word, isResourceType)).filter((scope) => scope !== undefined);
}

/**
 * Reads one scope: `level/type.permissions`, where level is patient, user or system; type is a resource type of R4 or `*`; permissions are
 * the letters of `cruds` in that order, or `read`, `write`, `*` of version 1. Undefined for anything else.
 */
export function parseScope(text: string, isResourceType: (name: string) => boolean): Scope | undefined {
  const slash = text.indexOf('/');
  const dot = text.indexOf('.', slash + 1);
  if (slash < 0 || dot < 0) return undefined;
  const level = text.slice(0, slash);
  const type = text.slice(slash + 1, dot);
  const permissions = parsePermissions(text.slice(dot + 1));
  if (!isLevel(level) || permissions === undefined) return undefined;
  return type === '*' || isResourceType(type) ? { level, type, permissions } : undefined;
}

function isLevel(text: string): text is Scope['level'] {
  return text === 'patient' || text === 'user' || text === 'system';
}

const letters: readonly Permission[] = ['c', 'r', 'u', 'd', 's'];

/** "`.read` → `.rs`, `.write` → `.cud`, `.*` → `.cruds`": the page's section on SMART v1 scopes. */
const words: ReadonlyMap<string, readonly Permission[]> = new Map([
  ['read', ['r', 's']],
  ['write', ['c', 'u', 'd']],
  ['*', letters],
]);

function parsePermissions(text: string): ReadonlySet<Permission> | undefined {
  const word = words.get(text);
  if (word !== undefined) return new Set(word);
  const permissions = new Set<Permission>();
  let next = 0;
  for (const letter of text) {
    const at = letters.findIndex((candidate, index) => index >= next && candidate === letter);
    const permission = letters[at];
    if (permission === undefined) return undefined;
    permissions.add(permission);
    next = at + 1;
  }
  return permissions.size === 0 ? undefined : permissions;
}
