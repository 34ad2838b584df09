/** Exact decimals: 0.1 + 0.2 is 0.3. http://hl7.org/fhirpath/N1/#math */

interface Scaled {
  readonly units: bigint;
  /** Digits behind the point. */
  readonly scale: number;
}

/** Digits that a division gives at most. */
const divisionScale = 8;
const placesMax = 40;
const digitsMax = 100;
const largest = 10n ** BigInt(digitsMax);
const pattern = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** The result as decimal text; undefined when it has none: a division by zero, or more digits than are kept. */
export function calculate(operator: string, leftText: string, rightText: string): string | undefined {
  const left = parse(leftText);
  const right = parse(rightText);
  if (left === undefined || right === undefined) return undefined;
  if (operator === '*') return format({ units: left.units * right.units, scale: left.scale + right.scale });
  const scale = Math.max(left.scale, right.scale);
  const [a, b] = [rescale(left, scale), rescale(right, scale)];
  switch (operator) {
    case '+':
      return format({ units: a + b, scale });
    case '-':
      return format({ units: a - b, scale });
    case '/':
      return b === 0n ? undefined : format(divide(a, b));
    case 'div':
      return b === 0n ? undefined : format({ units: a / b, scale: 0 });
    default:
      return b === 0n ? undefined : format({ units: a % b, scale });
  }
}

/** A number without exponent, as FHIRPath writes it; undefined for more digits than are kept. */
export function plainDecimal(text: string): string | undefined {
  const decimal = parse(text);
  return decimal === undefined ? undefined : format(decimal);
}

/** Rounded to some places behind the point, half away from zero; undefined when the text is no decimal or the places make no sense. */
export function roundDecimal(text: string, places: number): string | undefined {
  const decimal = parse(text);
  if (decimal === undefined || !Number.isInteger(places) || places < 0 || places > placesMax) return undefined;
  if (decimal.scale <= places) return format(decimal);
  return format({ units: quotient(decimal.units, 10n ** BigInt(decimal.scale - places)), scale: places });
}

function parse(text: string): Scaled | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const units = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

function rescale({ units, scale }: Scaled, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale);
}

/** Without trailing zeros. */
function divide(a: bigint, b: bigint): Scaled {
  let units = quotient(a * 10n ** BigInt(divisionScale), b);
  let scale = divisionScale;
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return { units, scale };
}

/** Rounded half away from zero. */
function quotient(a: bigint, b: bigint): bigint {
  const doubled = (2n * a) / b;
  return (doubled + (doubled < 0n ? -1n : 1n)) / 2n;
}

/** Undefined for more digits than any measurement has: repeated multiplication would go on for ever. */
function format({ units, scale }: Scaled): string | undefined {
  if (scale > digitsMax || units > largest || units < -largest) return undefined;
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const at = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
  return units < 0n ? `-${text}` : text;
}
