/** The one border: what a caller may see, as a criterion that goes into every query. */
import { type Authorized, all, and, type Criterion, or } from '../search/criterion.ts';
import type { AccessContext, Permission } from './access-context.ts';
import { granted, insufficientScope } from './grants.ts';

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

/** Types with the same border share one branch, so that the union over all types of R4 stays a handful of branches. */
function borderOfTypes(access: AccessContext, types: readonly string[], permission: Permission): Criterion {
  const branches = new Map<string, { readonly border: Criterion; readonly types: string[] }>();
  for (const type of types) {
    const criterion = border(access, type, permission);
    const key = JSON.stringify(criterion);
    const branch = branches.get(key);
    if (branch === undefined) branches.set(key, { border: criterion, types: [type] });
    else branch.types.push(type);
  }
  const [only] = branches.values();
  if (branches.size === 1 && only !== undefined) return only.border;
  return or(...[...branches.values()].map((branch) => and({ kind: 'type', types: branch.types }, branch.border)));
}
