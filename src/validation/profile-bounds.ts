/** What keeps the work bounded that a profile from the store makes: anyone who may write StructureDefinitions has written it. */
import type { Constraint } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import { isBounded } from '../fhirpath/expression.ts';
import { nodesOf, type ProfileNode, type ProfileTree } from './profile-node.ts';
import { nativeConstraints } from './type-rules.ts';

/** Throws an Error whose sentence names the profile and the limit that it does not keep. */
export function checkSize({ url, root }: ProfileTree): void {
  const elements = nodesOf(root).length;
  if (elements > limits.profileElementsMax)
    throw new Error(
      `The profile ${url} constrains ${elements} elements; a stored one may constrain ${limits.profileElementsMax}.`,
    );
  const constraints = constraintsOf(root).length;
  if (constraints > limits.profileConstraintsMax)
    throw new Error(`The profile ${url} has ${constraints} constraints; a stored one may have ${limits.profileConstraintsMax}.`);
}

/** Throws an Error whose sentence names the first rule of a profile that compiles whose work nothing limits. */
export function checkRules({ url, root }: ProfileTree): void {
  const unbounded = constraintsOf(root).find(({ expression }) => !isBounded(expression));
  if (unbounded !== undefined)
    throw new Error(
      `The rule ${unbounded.key} of ${url} has a function whose work nothing limits here: no stored profile may have it.`,
    );
}

function constraintsOf(root: ProfileNode): readonly Constraint[] {
  return nodesOf(root).flatMap(({ constraints }) => constraints.filter(({ key }) => !nativeConstraints.has(key)));
}
