/** Compartments: which parameters make a resource a member. https://hl7.org/fhir/R4/compartmentdefinition.html */
import type { PackedCompartments } from './packed.ts';

/** The parts of a CompartmentDefinition that are read here. */
export interface RawCompartmentDefinition {
  readonly resourceType: 'CompartmentDefinition';
  readonly code: string;
  readonly resource?: readonly { readonly code: string; readonly param?: readonly string[] }[];
}

export interface CompartmentRegistry {
  /** `Device`, `Encounter`, `Patient`, `Practitioner`, `RelatedPerson`. */
  readonly codes: readonly string[];
  /** The parameters of a member type; undefined for a type that never is a member. */
  parameters(compartment: string, type: string): readonly string[] | undefined;
}

export function openCompartments(packed: PackedCompartments): CompartmentRegistry {
  const byCode = new Map(Object.entries(packed).map(([code, members]) => [code, new Map(Object.entries(members))]));
  return {
    codes: [...byCode.keys()].sort(),
    parameters: (compartment, type) => byCode.get(compartment)?.get(type),
  };
}

/**
 * A type listed without parameters is not a member. `{def}` is no parameter but R4's word for the resource that the compartment is of
 * (`Encounter` in its own); readers know that one without being told.
 */
export function packCompartments(definitions: readonly RawCompartmentDefinition[]): PackedCompartments {
  const members = ({ resource }: RawCompartmentDefinition): [string, readonly string[]][] =>
    (resource ?? []).flatMap(({ code, param }) => {
      const parameters = (param ?? []).filter((parameter) => parameter !== '{def}');
      return parameters.length === 0 ? [] : [[code, parameters]];
    });
  const byCode = [...definitions].sort((a, b) => (a.code < b.code ? -1 : 1));
  return Object.fromEntries(byCode.map((definition) => [definition.code, Object.fromEntries(members(definition))]));
}
