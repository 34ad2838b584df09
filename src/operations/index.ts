/** The extended operations on offer. https://hl7.org/fhir/R4/operations.html */
import type { OperationDefinition, ServerContext } from '../interactions/context.ts';
import type { Worker } from '../jobs/task.ts';
import { document } from './document.ts';
import { everything } from './everything.ts';
import { exportGroup, exportKind, exportPatients, exportSystem } from './export/export.ts';
import { runExport } from './export/run.ts';
import { importKind, importResources } from './import/import.ts';
import { runImport } from './import/run.ts';
import { lastn } from './lastn.ts';
import { meta } from './meta.ts';
import { metaAdd, metaDelete } from './meta-change.ts';
import { validate } from './validate.ts';

export const operations: readonly OperationDefinition[] = [
  document,
  everything,
  exportSystem,
  exportPatients,
  exportGroup,
  importResources,
  lastn,
  meta,
  metaAdd,
  metaDelete,
  validate,
];

/** The work that operations leave behind them, by the kind of its jobs. */
export function openWorkers(context: ServerContext): ReadonlyMap<string, Worker> {
  return new Map([
    [exportKind, (task) => runExport(task, context)],
    [importKind, (task) => runImport(task, context)],
  ]);
}
