/**
 * "FHIR Transaction Bundles that indicate which FHIR resources match the kick-off request criteria, but have been deleted subsequent to the
 * _since date", https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status
 */
import { narrow } from '../../access/narrow.ts';
import { formatInstant } from '../../fhir/date.ts';
import { limits } from '../../fhir/limits.ts';
import type { Position } from '../../store/store.ts';
import { deletedCriterion } from './record.ts';
import type { Advance, Export } from './work.ts';

/** Of one type, newest first. What was created again since is not deleted. A `_typeFilter` says nothing of what has no content any more. */
export async function deletionsPage(
  { type, chunk }: { readonly type: string; readonly chunk: number },
  after: Position | null,
  work: Export,
): Promise<Advance> {
  const { request, access, patients, context, transactionTime, output } = work;
  const allowed = narrow(access, [type], 's', deletedCriterion(patients, chunk));
  const page = await context.store.history({ kind: 'type', type }, allowed, {
    count: limits.exportDeletionsMax,
    deletions: true,
    ...(request.since === null ? {} : { since: request.since }),
    ...(after === null ? {} : { after }),
  });
  const entries: object[] = [];
  for (const { key, versionId, lastUpdated } of page.items) {
    // Later deletions belong to the next export: this one may have given the resource.
    if (lastUpdated >= transactionTime) continue;
    const current = await context.store.read(key, allowed);
    if (current?.deleted === true && current.versionId === versionId)
      entries.push({ request: { method: 'DELETE', url: `${key.type}/${key.id}` } });
  }
  if (entries.length > 0) {
    const meta = { lastUpdated: formatInstant(transactionTime) };
    output.add(
      'deleted',
      type,
      JSON.stringify({ resourceType: 'Bundle', id: context.newId(), meta, type: 'transaction', entry: entries }),
    );
  }
  return { given: 0, ...(page.next === undefined ? {} : { next: page.next }) };
}
