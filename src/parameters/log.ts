/** What this room tells the log. */
import type { JsonValue } from '../fhir/types.ts';
import { evaluationErrorName } from '../fhirpath/node.ts';

export type Log = (level: 'error' | 'warn' | 'info' | 'debug', message: string, details?: Record<string, JsonValue>) => void;

/** Why something failed, without data: an expression's own words have none, those of other errors may. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return error.name === evaluationErrorName ? error.message : error.name;
}
