/** What a delete may say besides which resources it means, in the query of its URL. Decided in src/decisions/0013 and 0014. */
import type { AccessContext } from '../access/access-context.ts';
import { insufficientScope, isGrantedToSystem } from '../access/grants.ts';
import { limits } from '../fhir/limits.ts';
import { forbidden, invalidValue } from '../fhir/outcome.ts';
import type { QueryParameter } from '../search/parse-query.ts';

export interface DeleteOptions {
  /** `_references=free`: what refers to the resources is not asked. */
  readonly leavesReferences: boolean;
  /** `_count`: a conditional delete means all matches, provided they are no more than this; 1 without it. */
  readonly countMax: number;
  /** The rest of the query: of a conditional delete, its condition. */
  readonly condition: readonly QueryParameter[];
}

/** Reads the query of a delete. Throws 400 for a bad value, 403 when the caller has no system/ scope and asks to leave references to nothing. */
export function readDeleteOptions(query: readonly QueryParameter[], type: string, access: AccessContext): DeleteOptions {
  const values = (wanted: string) => query.filter(([name]) => name === wanted).map(([, value]) => value);
  return {
    leavesReferences: readReferences(values('_references'), type, access),
    countMax: readCount(values('_count')),
    condition: query.filter(([name]) => name !== '_references' && name !== '_count'),
  };
}

function readReferences(values: readonly string[], type: string, access: AccessContext): boolean {
  const [value] = values;
  if (value === undefined || (value === 'checked' && values.length === 1)) return false;
  if (value !== 'free' || values.length > 1) throw invalidValue("'_references' must be checked or free.", 'http._references');
  if (isGrantedToSystem(access, type, 'd')) return true;
  const { headers } = insufficientScope(access, type, ['d']);
  throw forbidden(`Only a client with the scope system/${type}.d may leave references to nothing.`, headers['WWW-Authenticate']);
}

function readCount(values: readonly string[]): number {
  const [value] = values;
  if (value === undefined) return 1;
  if (values.length === 1 && /^[1-9]\d{0,8}$/.test(value) && Number(value) <= limits.conditionalDeletesMax) return Number(value);
  throw invalidValue(
    `'_count' says how many matches may be deleted at most: a number from 1 to ${limits.conditionalDeletesMax}.`,
    'http._count',
  );
}
