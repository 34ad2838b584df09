/** Which of a token's scopes give a letter on a type, and the refusal when none does. https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources */
import { type FhirError, forbidden } from '../fhir/outcome.ts';
import { all, type Criterion, or } from '../search/criterion.ts';
import type { AccessContext, Permission, Scope } from './access-context.ts';

/**
 * What the token's scopes let its bearer touch of a type with one letter, as a criterion: the union of what each scope gives alone,
 * never the wider side of two. Undefined when no scope gives the letter on the type.
 */
export function granted(access: AccessContext, type: string, permission: Permission): Criterion | undefined {
  if (access.kind === 'none') return all;
  const parts = access.scopes.flatMap((scope) => {
    const part = covers(scope, type, permission) ? reach(access, scope, type, permission) : undefined;
    return part === undefined ? [] : [part];
  });
  return parts.length === 0 ? undefined : or(...parts);
}

/** Whether some scope gives the letter on the type. */
export function isGranted(access: AccessContext, type: string, permission: Permission): boolean {
  return granted(access, type, permission) !== undefined;
}

/** The types among those given on which some scope gives the letter: what a search over many types may look into. */
export function grantedTypes(access: AccessContext, types: readonly string[], permission: Permission): readonly string[] {
  return types.filter((type) => isGranted(access, type, permission));
}

/** Whether a user/ or system/ scope gives the letter on the type: then the patient's border does not hold for it. */
export function isGrantedBeyondPatient(access: AccessContext, type: string, permission: Permission): boolean {
  return access.kind === 'none' || access.scopes.some((scope) => scope.level !== 'patient' && covers(scope, type, permission));
}

/** Whether a system/ scope gives the letter on the type: for what no person may ask. */
export function isGrantedToSystem(access: AccessContext, type: string, permission: Permission): boolean {
  return access.kind === 'none' || access.scopes.some((scope) => scope.level === 'system' && covers(scope, type, permission));
}

/** 403 with the challenge of RFC 6750 section 3.1: says what the token has on the type and which scope it lacks. */
export function insufficientScope(
  access: AccessContext,
  type: string | undefined,
  permissions: readonly Permission[],
): FhirError {
  const wanted = type ?? '*';
  const has = order.filter((permission) => (type === undefined ? false : isGranted(access, type, permission)));
  const lacks = permissions.filter((permission) => !has.includes(permission));
  const scope = `${suggestedLevel(access, wanted, lacks)}/${wanted}.${order.filter((letter) => permissions.includes(letter)).join('')}`;
  const subject = type ?? 'any type';
  const may =
    has.length === 0
      ? `This token gives no right on ${subject}`
      : `This token may ${words(has)} but not ${words(lacks)} ${subject}`;
  return forbidden(`${may}. It needs the scope ${scope}.`, `Bearer realm="fhir", error="insufficient_scope", scope="${scope}"`);
}

const order: readonly Permission[] = ['c', 'r', 'u', 'd', 's'];

const verbs: Readonly<Record<Permission, string>> = { c: 'create', r: 'read', u: 'update', d: 'delete', s: 'search' };

function covers(scope: Scope, type: string, permission: Permission): boolean {
  return (scope.type === '*' || scope.type === type) && scope.permissions.has(permission);
}

function reach(access: AccessContext, scope: Scope, type: string, permission: Permission): Criterion | undefined {
  if (scope.level !== 'patient') return all;
  if (access.patient === undefined) return undefined;
  return access.patientReach?.(access.patient, type, permission, (other) => isReadByPatient(access, other));
}

/** Whether a patient/ scope lets the type be read: the wider right of another scope does not open what this one leads to. */
function isReadByPatient({ scopes }: AccessContext, type: string): boolean {
  return scopes.some((scope) => scope.level === 'patient' && covers(scope, type, 'r'));
}

/** A patient's own app is told of a patient/ scope, unless no such scope could ever give the right. */
function suggestedLevel(access: AccessContext, type: string, permissions: readonly Permission[]): Scope['level'] {
  const { patient, patientReach } = access;
  if (patient !== undefined && patientReach !== undefined) {
    const possible = permissions.every((permission) => patientReach(patient, type, permission) !== undefined);
    return possible || type === '*' ? 'patient' : 'user';
  }
  return access.scopes.some((scope) => scope.level === 'system') || access.fhirUser === undefined ? 'system' : 'user';
}

function words(permissions: readonly Permission[]): string {
  const [last, ...others] = permissions.map((permission) => verbs[permission]).reverse();
  return others.length === 0 ? String(last) : `${others.reverse().join(', ')} or ${last}`;
}
