/** Decimals with the precision they are written with. https://hl7.org/fhir/R4/datatypes.html#decimal and search.html#number */

export interface DecimalRange {
  readonly value: number;
  /** Half a unit of the last digit below the value. */
  readonly low: number;
  /** The largest number still less than half a unit above it: "[99.5 ... 100.5)" leaves the upper end out. */
  readonly high: number;
}

const pattern = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * Reads a decimal and the range its digits stand for: `100` is [99.5, 100.5), `100.00` is [99.995, 100.005).
 * With an exponent the mantissa counts as written to one decimal at least, as the specification's example has it: `1e2` is [95, 105).
 * Undefined when the text is no decimal, or is too large for a number.
 */
export function parseDecimal(text: string): DecimalRange | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponentText] = match;
  const written = exponentText !== undefined && fraction === '' ? '0' : fraction;
  const scale = Number(exponentText ?? '0') - written.length - 1;
  const scaled = BigInt(`${whole}${written}0`) * (sign === '-' ? -1n : 1n);
  const at = (units: bigint) => Number(`${units}e${scale}`);
  const value = at(scaled);
  if (!Number.isFinite(value)) return undefined;
  // With 17 digits or more half a unit may be less than numbers can tell apart: the value itself is always in its range.
  return { value, low: at(scaled - 5n), high: Math.max(value, below(at(scaled + 5n))) };
}

/** The next smaller number. */
function below(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return bits.getFloat64(0);
}
