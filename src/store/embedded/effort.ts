/** How much a search tries before it changes its way. The defaults were measured; tests set small ones, so that few resources walk every way. */
import { limits } from '../../fhir/limits.ts';

export interface Effort {
  /** Rows that a leading index may have for its resources to be gathered and sorted at once. */
  readonly gatherMax: number;
  /** Rows that it may have for that after a walk has not filled the page. */
  readonly gatherLateMax: number;
  /** Index rows looked at in the first step of a walk: few, in case that most of them match. */
  readonly stepFirst: number;
  /** Index rows in its later steps. */
  readonly stepMax: number;
  /** Index rows the walks of a search look at before gathering is thought of again. */
  readonly walkMax: number;
  /** Index rows a page of a search may look at; over it: too-costly. */
  readonly rowsMax: number;
  /** Index rows that a total may look at; over it: too-costly. */
  readonly totalRowsMax: number;
}

export const usualEffort: Effort = {
  gatherMax: 2000,
  gatherLateMax: 8000,
  stepFirst: 128,
  stepMax: 4096,
  walkMax: 1024,
  rowsMax: limits.searchRowsMax,
  totalRowsMax: limits.totalRowsMax,
};
