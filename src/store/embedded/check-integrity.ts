/** Referential integrity, inside the writer's transaction: nobody else writes, so what holds here holds when it is committed. */

import { formatKey } from '../../fhir/reference.ts';
import type { ResourceKey } from '../../fhir/types.ts';
import { referenceParameter } from '../../search/reference-parameter.ts';
import { askedIntegrity, refuseFailed } from '../integrity.ts';
import type { Write } from '../store.ts';
import { sql } from './sql.ts';
import type { Statements } from './statements.ts';

/** Throws the failure of the writes whose references lead nowhere, or that delete what is referred to; the caller rolls back. */
export function checkIntegrity(statements: Statements, writes: readonly Write[]): void {
  const { required = [], released = [] } = askedIntegrity(writes) ?? {};
  refuseFailed(
    'missing',
    required.filter(({ key }) => !isThere(statements, key)),
  );
  refuseFailed(
    'referenced',
    released.filter(({ key }) => !isThere(statements, key) && isReferredTo(statements, key)),
  );
}

function isThere(statements: Statements, { type, id }: ResourceKey): boolean {
  return statements.get(sql`SELECT 1 FROM resource WHERE type = ${type} AND id = ${id} AND deleted = 0`) !== undefined;
}

/** Index rows are those of current, undeleted resources; there is one parameter row for each type that has referred to anything. */
function isReferredTo(statements: Statements, key: ResourceKey): boolean {
  const row = statements.get(sql`SELECT 1 FROM parameter p CROSS JOIN ix_reference x ON x.p = p.p AND x.target = ${formatKey(key)}
    WHERE p.code = ${referenceParameter} AND p.shape = 'reference' LIMIT 1`);
  return row !== undefined;
}
