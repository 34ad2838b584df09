/** One row of the parity table: content that must be refused or remarked on, and content near to it of which the same must not be said. */
import type { JsonObject, JsonValue } from '../../../src/fhir/types.ts';

export interface ParityCase {
  /** Number in the parity table. */
  readonly row: number;
  readonly what: string;
  /** A text is read as JSON first. */
  readonly wrong: JsonValue;
  /** Severity, issue type, message id, expression; what the text's reader says has no expression. */
  readonly said: string;
  readonly near: JsonValue;
}

type Row = readonly [row: number, what: string, wrong: JsonValue, said: string, near: JsonValue];

export function cases(rows: readonly Row[]): readonly ParityCase[] {
  return rows.map(([row, what, wrong, said, near]) => ({ row, what, wrong, said, near }));
}

export const patient = (rest: JsonObject): JsonObject => ({ resourceType: 'Patient', ...rest });
export const observation = (rest: JsonObject): JsonObject => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...rest,
});
export const condition = (rest: JsonObject): JsonObject => ({ resourceType: 'Condition', subject: { display: 'x' }, ...rest });
export const claiming = (profile: string, resource: JsonObject): JsonObject => ({ ...resource, meta: { profile: [profile] } });
