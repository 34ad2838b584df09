/**
 * Cases of the store contract that the stand-in (SecantusDB 0.7.0b3) fails although the official driver's documentation promises what they
 * need. They are run, and have to fail: one that passes has to leave the list. A real MongoDB is allowed none.
 */
export interface StandInException {
  /** The case as mocha names it, from the contract's part on. */
  readonly title: string;
  /** What the documentation promises, what the stand-in does. */
  readonly reason: string;
}

export const standInExceptions: readonly StandInException[] = [];
