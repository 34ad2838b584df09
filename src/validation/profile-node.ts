/** What profiles say, as data: a tree of the elements they constrain. https://hl7.org/fhir/R4/elementdefinition.html */
import type { Binding, Constraint, ElementType } from '../definitions/definitions.ts';
import type { JsonValue } from '../fhir/types.ts';

export interface Discriminator {
  readonly type: 'value' | 'pattern' | 'exists' | 'type' | 'profile';
  readonly path: string;
}

export interface Slicing {
  readonly discriminators: readonly Discriminator[];
  readonly rules: 'open' | 'closed' | 'openAtEnd';
  readonly ordered: boolean;
}

export interface ProfileType extends ElementType {
  readonly aggregation?: readonly string[];
  /** The element of a profile that says what this one is: http://hl7.org/fhir/StructureDefinition/elementdefinition-profile-element */
  readonly element?: { readonly profile: string; readonly id: string };
}

/** What is said of one element, slice or type at the tree's root. */
export interface ProfileNode {
  /** `Patient.identifier:codiceFiscale.value`. */
  readonly id: string;
  /** As the definitions name it: `value` for `value[x]`. */
  readonly name: string;
  readonly sliceName?: string;
  min?: number;
  max?: number;
  types?: readonly ProfileType[];
  fixed?: JsonValue;
  pattern?: JsonValue;
  binding?: Binding;
  constraints: readonly Constraint[];
  minLength?: number;
  maxLength?: number;
  minValue?: JsonValue;
  maxValue?: JsonValue;
  mustSupport?: boolean;
  /** A primitive's value, not only an extension in its place. */
  mustHaveValue?: boolean;
  /** Canonicals of the extensions, one of which must stand in the place of a value that is missing. */
  valueAlternatives?: readonly string[];
  /** Of a narrative: `_yes`, `_no`, `_resource`, or a language. */
  narrativeLanguages?: readonly string[];
  slicing?: Slicing;
  readonly slices: Map<string, ProfileNode>;
  readonly children: Map<string, ProfileNode>;
}

export interface ProfileTree {
  readonly url: string;
  readonly version?: string;
  /** The R4 type it constrains. */
  readonly type: string;
  readonly root: ProfileNode;
}

/** A node with all nodes beneath it. */
export function nodesOf(root: ProfileNode): readonly ProfileNode[] {
  const nodes = [root];
  for (const node of nodes) nodes.push(...node.children.values(), ...node.slices.values());
  return nodes;
}
