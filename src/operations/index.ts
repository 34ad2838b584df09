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
import { reindex } from './reindex.ts';
import { expand } from './terminology/expand.ts';
import { lookup } from './terminology/lookup.ts';
import { subsumes } from './terminology/subsumes.ts';
import { translate } from './terminology/translate.ts';
import { validateCodeInCodeSystem, validateCodeInValueSet } from './terminology/validate-code.ts';
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
  reindex,
  validate,
  expand,
  lookup,
  subsumes,
  translate,
  validateCodeInCodeSystem,
  validateCodeInValueSet,
];

/** The work that operations leave behind them, by the kind of its jobs. */
export function openWorkers(context: ServerContext): ReadonlyMap<string, Worker> {
  return new Map([
    [exportKind, (task) => runExport(task, context)],
    [importKind, (task) => runImport(task, context)],
  ]);
}
