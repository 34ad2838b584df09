/** The one border: what a caller may see, as a criterion that goes into every query. */
import { type Authorized, all, and, type Criterion, none, or } from '../search/criterion.ts';
import type { AccessContext, Permission } from './access-context.ts';
import { granted, insufficientScope, isGrantedBeyondPatient } from './grants.ts';

/**
 * What the caller may see of one type, as a criterion: `all`, or the patient's part of it.
 * Throws `forbidden` (403) when no scope gives the permission on the type.
 */
export function border(access: AccessContext, type: string, permission: Permission): Criterion {
  const criterion = granted(access, type, permission);
  if (criterion === undefined) throw insufficientScope(access, type, [permission]);
  return criterion;
}

/**
 * The criterion inside the caller's border of the types: the only maker of `Authorized`. Throws `forbidden` (403) when no scope gives the
 * permission on one of the types; a search over many keeps those of `grantedTypes`.
 */
export function narrow(
  access: AccessContext,
  types: readonly string[],
  permission: Permission,
  criterion: Criterion = all,
): Authorized<Criterion> {
  const narrowed = and(criterion, borderOfTypes(access, types, permission));
  return narrowed as Authorized<Criterion>; // The brand: every criterion that leaves here carries the border.
}

/** What of the types a link may lead the caller to: what may be read, or where no scope lets read a type, what may be searched. */
export function narrowVisible(access: AccessContext, types: readonly string[]): Authorized<Criterion> {
  const narrowed = union(types, (type) => granted(access, type, 'r') ?? granted(access, type, 's') ?? none);
  return narrowed as Authorized<Criterion>; // The brand: the caller's border of each type.
}

/** What is about to be written. */
export interface Written {
  readonly type: string;
  readonly permission: Extract<Permission, 'c' | 'u'>;
}

/**
 * What of the types a write may refer to: with a user/ or system/ scope for it everything; with a patient/ scope alone what the caller may see and
 * what that patient could ever be shown, whichever letters the token has. A reference to anything else looks as if that did not exist.
 */
export function narrowTargets(
  access: AccessContext,
  { type, permission }: Written,
  types: readonly string[],
): Authorized<Criterion> {
  const everything = isGrantedBeyondPatient(access, type, permission);
  const { patient, patientReach } = access;
  const own = (target: string) => (patient === undefined ? undefined : patientReach?.(patient, target, 'r'));
  const seen = (target: string) => [own(target), granted(access, target, 'r'), granted(access, target, 's')];
  const narrowed = everything ? all : union(types, (target) => or(...seen(target).filter((part) => part !== undefined)));
  return narrowed as Authorized<Criterion>; // The brand: the border of what is written, or the patient's own.
}

/** What of a type the token's patient could ever be shown, whichever letters the token has; nothing without a patient. */
export function narrowToPatient({ patient, patientReach }: AccessContext, type: string): Authorized<Criterion> {
  const narrowed = (patient === undefined ? undefined : patientReach?.(patient, type, 'r')) ?? none;
  return narrowed as Authorized<Criterion>; // The brand: the border of that patient.
}

function borderOfTypes(access: AccessContext, types: readonly string[], permission: Permission): Criterion {
  return union(types, (type) => border(access, type, permission));
}

/** Types with the same border share one branch, so that the union over all types of R4 stays a handful of branches. */
function union(types: readonly string[], borderOf: (type: string) => Criterion): Criterion {
  const branches = new Map<string, { readonly border: Criterion; readonly types: string[] }>();
  for (const type of types) {
    const criterion = borderOf(type);
    const key = JSON.stringify(criterion);
    const branch = branches.get(key);
    if (branch === undefined) branches.set(key, { border: criterion, types: [type] });
    else branch.types.push(type);
  }
  const [only] = branches.values();
  if (branches.size === 1 && only !== undefined) return only.border;
  return or(...[...branches.values()].map((branch) => and({ kind: 'type', types: branch.types }, branch.border)));
}
