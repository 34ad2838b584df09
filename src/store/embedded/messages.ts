/** What the store and its writer thread say to each other. */
import type { Issue } from '../../fhir/outcome.ts';
import type { ExpectationFailure, Write } from '../store.ts';
import type { Applied } from './apply-write.ts';

export interface WriterData {
  readonly dataDir: string;
}

export type ToWriter =
  /** `now` in milliseconds, by the store's clock. */
  | { readonly kind: 'transact'; readonly id: number; readonly now: number; readonly writes: readonly Write[] }
  /** Finish what was asked before, then end. */
  | { readonly kind: 'close' };

export type Answer =
  | { readonly kind: 'committed'; readonly applied: readonly Applied[] }
  | { readonly kind: 'expectation'; readonly failure: ExpectationFailure }
  | { readonly kind: 'refused'; readonly status: number; readonly issues: readonly Issue[] }
  /** The disk is full or fails: the same request may be sent again. */
  | { readonly kind: 'unavailable'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** The answers of one commit. */
export interface FromWriter {
  readonly answers: readonly { readonly id: number; readonly answer: Answer }[];
}
