/** The one border: what a caller may see, as a criterion that goes into every query. */
import type { Authorized, Criterion } from '../search/criterion.ts';
import type { AccessContext, Permission } from './access-context.ts';

/**
 * What the caller may see of one type, as a criterion: `all`, the patient's compartment, or `none`.
 * Throws `forbidden` (403) when no scope gives the permission on the type.
 */
export declare function border(access: AccessContext, type: string, permission: Permission): Criterion;

/** The criterion inside the caller's border of the types: the only maker of `Authorized`. */
export declare function narrow(
  access: AccessContext,
  types: readonly string[],
  permission: Permission,
  criterion?: Criterion,
): Authorized<Criterion>;
