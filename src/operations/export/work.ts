/** What the parts of an export share. */
import type { AccessContext } from '../../access/access-context.ts';
import type { ServerContext } from '../../interactions/context.ts';
import type { Position } from '../../store/store.ts';
import type { Output } from './output.ts';
import type { Patients } from './record.ts';
import type { ExportRequest } from './request.ts';

/** `type`: the resources of a type, of one chunk of the patients. `referenced`: what those refer to outside their records. */
export type Step =
  | { readonly kind: 'type' | 'deleted'; readonly type: string; readonly chunk: number }
  | { readonly kind: 'referenced' };

/** What every step needs. */
export interface Export {
  readonly request: ExportRequest;
  readonly access: AccessContext;
  readonly patients: Patients;
  readonly output: Output;
  readonly lineOf: (type: string, text: string) => string;
  readonly transactionTime: number;
  readonly context: ServerContext;
}

/** Where a step stands: how many resources it has just given, and where it goes on; no `next`: it is done. */
export interface Advance {
  readonly given: number;
  readonly next?: Position;
}
