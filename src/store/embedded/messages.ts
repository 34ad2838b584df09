/** What the store and its writer thread say to each other. */
import type { Issue } from '../../fhir/outcome.ts';
import type { ExpectationFailure, Reindexing, Write } from '../store.ts';
import type { Applied } from './apply-write.ts';

export interface WriterData {
  readonly dataDir: string;
}

/** What one request asks: done whole or not at all. */
export type Work =
  /** `now` in milliseconds, by the store's clock. */
  | { readonly now: number; readonly writes: readonly Write[] }
  | { readonly reindex: readonly Reindexing[] }
  | { readonly note: Note };

export interface Note {
  readonly name: string;
  readonly text: string;
  /** What it must be until now; undefined: absent. */
  readonly expected: string | undefined;
}

export type ToWriter =
  | { readonly kind: 'work'; readonly id: number; readonly work: Work }
  /** Finish what was asked before, then end. */
  | { readonly kind: 'close' };

export type Answer =
  /** `applied` has one item for each write; `noted`: whether the note was what was expected. */
  | { readonly kind: 'committed'; readonly applied: readonly Applied[]; readonly noted?: boolean }
  | { readonly kind: 'expectation'; readonly failure: ExpectationFailure }
  | { readonly kind: 'refused'; readonly status: number; readonly issues: readonly Issue[] }
  /** The disk is full or fails: the same request may be sent again. `code` is SQLite's. */
  | { readonly kind: 'unavailable'; readonly code: string; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

/** The answers of one commit. */
export interface FromWriter {
  readonly answers: readonly { readonly id: number; readonly answer: Answer }[];
}
