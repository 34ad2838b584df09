/** The FHIRPath constraints of types and profiles, as rules. https://hl7.org/fhir/R4/conformance-rules.html#constraints */
import type { Constraint, Definitions } from '../definitions/definitions.ts';
import type { JsonObject, JsonValue } from '../fhir/types.ts';
import { compileInvariant } from '../fhirpath/expression.ts';
import { type Run, report } from './issues.ts';
import { nativeConstraints } from './type-rules.ts';

/** A compiled constraint; `sibling` is what stands under `_name` beside a primitive. */
export type Invariant = (value: JsonValue | undefined, sibling: JsonObject | undefined, run: Run, depth: number) => void;

/** Compiles the constraints on a type that are not checked natively. Throws an Error that names the constraint when it can't be compiled. */
export function compileInvariants(
  constraints: readonly Constraint[],
  focusType: string,
  definitions: Definitions,
): readonly Invariant[] {
  return constraints
    .filter(({ key }) => !nativeConstraints.has(key))
    .map((constraint) => compileOne(constraint, focusType, definitions));
}

function compileOne(constraint: Constraint, focusType: string, definitions: Definitions): Invariant {
  const holds = compile(constraint, focusType, definitions);
  return (value, sibling, run, depth) => {
    const verdict = holds(
      sibling === undefined ? { type: focusType, value } : { type: focusType, value, sibling },
      run.environment,
    );
    if (verdict === false) reportBroken(constraint, run, depth);
    else if (verdict === undefined) sayUnchecked(constraint.key, run, depth);
  };
}

function compile(
  { key, expression }: Constraint,
  focusType: string,
  definitions: Definitions,
): ReturnType<typeof compileInvariant> {
  try {
    return compileInvariant(expression, focusType, definitions);
  } catch (cause) {
    throw new Error(
      `The rule ${key} on ${focusType} can't be compiled: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function reportBroken(constraint: Constraint, run: Run, depth: number): void {
  const { key, severity, human, translations, source, bestPractice = false } = constraint;
  const parameters = { human: translations?.[run.language] ?? human };
  report(run, depth, 'invariant', { rule: key, severity, parameters, statedBy: source, recommendation: bestPractice });
}

function sayUnchecked(key: string, run: Run, depth: number): void {
  if (run.said.has(key)) return;
  run.said.add(key);
  report(run, depth, 'invariant-not-checked', { parameters: { key } });
}
