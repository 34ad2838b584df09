/** Units of measure by UCUM's rules, brought to one unit each kind of measure. https://ucum.org/ucum and decisions/0019-units-systems-and-tax-codes.md */
import { createRequire } from 'node:module';
import { isUcumUnit } from '../fhir/ucum.ts';

/** How values of a unit become values of its canonical unit: `value * factor + offset`. */
export interface CanonicalUnit {
  /** In base units and moles: `g.m-3`. Units that measure the same kind of thing have the same one. */
  readonly unit: string;
  readonly factor: number;
  /** 0 but for temperatures. */
  readonly offset: number;
}

export interface Units {
  /**
   * By case-sensitive UCUM code. Undefined for what is no unit, and for units that no factor brings to another: logarithms (pH, decibel),
   * arbitrary units that are more than a multiple or a rate of one.
   */
  canonical(code: string): CanonicalUnit | undefined;
  /** Whether a code is a unit, be it one that no factor brings to another. */
  isUnit(code: string): boolean;
}

interface KnownUnit {
  readonly isUnit: boolean;
  readonly canonical: CanonicalUnit | undefined;
}

/** Loads UCUM's table (a twentieth of a second) when a unit is first asked for. */
export function openUnits(): Units {
  const known = new Map<string, KnownUnit>();
  let library: UnitLibrary | undefined;
  const look = (code: string): KnownUnit => {
    const remembered = known.get(code);
    if (remembered !== undefined) return remembered;
    library ??= loadLibrary();
    const readable = isReadable(code);
    const unit = {
      isUnit: readable && unitOf(code, library) !== undefined,
      canonical: readable ? canonicalUnit(code, library) : undefined,
    };
    if (known.size >= unitsKnownMax) known.clear();
    known.set(code, unit);
    return unit;
  };
  return { canonical: (code) => look(code).canonical, isUnit: (code) => look(code).isUnit };
}

/** Clients choose the codes, so what is remembered of them has an end. */
const unitsKnownMax = 2_000;

/** The parts of the library's unit that are read here. */
interface LibraryUnit {
  readonly magnitude_: number;
  /** Exponents of metre, second, gram, radian, kelvin, coulomb and candela. */
  readonly dim_: { readonly dimVec_: readonly number[] | null } | null;
  /** Exponents of mole and equivalent, which UCUM itself counts as numbers without dimension. */
  readonly moleExp_: number;
  readonly equivalentExp_: number;
  /** The name of the function of a unit that is no multiple of another. */
  readonly cnv_: string | null;
  readonly cnvPfx_: number;
  readonly isArbitrary_: boolean;
}

interface UnitLibrary {
  getSpecifiedUnit(code: string, action: 'validate'): { readonly unit: LibraryUnit | null; readonly origString?: string };
  convertToBaseUnits(code: string, value: number): { readonly magnitude: number };
}

function loadLibrary(): UnitLibrary {
  // The package has no types; these are the two functions used of it.
  const { UcumLhcUtils } = createRequire(import.meta.url)('@lhncbc/ucum-lhc') as {
    readonly UcumLhcUtils: { getInstance(): UnitLibrary };
  };
  return UcumLhcUtils.getInstance();
}

const baseUnits = ['m', 's', 'g', 'rad', 'K', 'C', 'cd'] as const;
/** Scales with another zero. Of the other functions most are logarithms; the library's degree of Réaumur has its zero in the wrong place. */
const temperatures: ReadonlySet<string> = new Set(['Cel', 'degF']);

/** The library looks names up among an object's own and inherited members, and writes what it can't read to the console. */
function isReadable(code: string): boolean {
  return isUcumUnit(code) && !code.split(/[^A-Za-z_]+/).some((symbol) => symbol in Object.prototype);
}

function canonicalUnit(code: string, library: UnitLibrary): CanonicalUnit | undefined {
  const unit = unitOf(code, library);
  if (unit === undefined) return undefined;
  const kind = unit.isArbitrary_ ? arbitraryUnit(code) : '';
  if (kind === undefined || !Number.isFinite(unit.magnitude_) || unit.magnitude_ <= 0) return undefined;
  const name = nameOf(unit, kind);
  if (unit.cnv_ === null) return { unit: name, factor: unit.magnitude_ / moles(unit, library), offset: 0 };
  if (!temperatures.has(unit.cnv_)) return undefined;
  return { unit: name, factor: unit.magnitude_ * unit.cnvPfx_, offset: library.convertToBaseUnits(code, 0).magnitude };
}

function unitOf(code: string, library: UnitLibrary): LibraryUnit | undefined {
  const { unit, origString } = library.getSpecifiedUnit(code, 'validate');
  // The library corrects what it finds misspelt; here only what is written counts.
  return unit === null || (origString !== undefined && origString !== code) ? undefined : unit;
}

function nameOf({ dim_, moleExp_, equivalentExp_ }: LibraryUnit, arbitrary: string): string {
  const exponents = dim_?.dimVec_ ?? [];
  const powers: readonly (readonly [unit: string, exponent: number])[] = [
    ...baseUnits.map((base, index) => [base, exponents[index] ?? 0] as const),
    ['mol', moleExp_],
    ['eq', equivalentExp_],
  ];
  const named = powers.flatMap(([unit, exponent]) => (exponent === 0 ? [] : [`${unit}${exponent === 1 ? '' : exponent}`]));
  return [arbitrary, ...named].filter((part) => part !== '').join('.') || '1';
}

/** Amounts of substance stay amounts: a concentration in mol/L is no number of cells in a litre. */
function moles({ moleExp_, equivalentExp_ }: LibraryUnit, library: UnitLibrary): number {
  const power = moleExp_ + equivalentExp_;
  return power === 0 ? 1 : (unitOf('mol', library)?.magnitude_ ?? 1) ** power;
}

/**
 * "Arbitrary units are not commensurable with any other unit" but with their own multiples and rates: `m[IU]/mL` is `[IU]/L`. Undefined where
 * the unit stands anywhere but at the beginning. `[iU]` and `[IU]` are one.
 */
function arbitraryUnit(code: string): string | undefined {
  const symbol = /^[A-Za-z]{0,2}\[([^\]]+)\](?:\/[^[\]]*)?$/.exec(code)?.[1];
  return symbol === undefined ? undefined : `[${symbol === 'iU' ? 'IU' : symbol}]`;
}
