/** Takes away what a snapshot only repeats from the R4 type: the base check says it already, and faster. */
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import type { ProfileNode } from './profile-node.ts';

const typeUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** What is left of `said` about an element when its R4 definition is taken away. A slice keeps all: it speaks of some items only. */
export function withoutInherited(
  said: Partial<ProfileNode>,
  element: ElementDefinition | undefined,
  definitions: Definitions,
): Partial<ProfileNode> {
  const { constraints = [], min, max, types, binding, ...rest } = said;
  const own = constraints.filter(
    ({ source }) => !(source.startsWith(typeUrl) && definitions.type(source.slice(typeUrl.length)) !== undefined),
  );
  if (element === undefined) return { ...said, constraints: own };
  const sameTypes = types !== undefined && types.length === element.types.length && types.every((type) => isPlain(type, element));
  const sameBinding = binding?.valueSet === element.binding?.valueSet && binding?.strength === element.binding?.strength;
  return {
    ...rest,
    constraints: own,
    ...(min === undefined || min <= element.min ? {} : { min }),
    ...(max === undefined || max >= element.max ? {} : { max }),
    ...(types === undefined || sameTypes ? {} : { types }),
    ...(binding === undefined || sameBinding ? {} : { binding }),
  };
}

/** A type as R4 has it for the element: no profile, the same targets. */
function isPlain(
  { code, profiles, element: named, targetProfiles = [] }: NonNullable<ProfileNode['types']>[number],
  element: ElementDefinition,
): boolean {
  const base = element.types.find((type) => type.code === code);
  if (base === undefined || profiles !== undefined || named !== undefined) return false;
  const targets = new Set(base.targetProfiles ?? []);
  return targets.size === targetProfiles.length && targetProfiles.every((target) => targets.has(target));
}

/** Takes away the elements about which nothing is left to say. */
export function pruneSilent(node: ProfileNode): void {
  for (const [name, child] of node.children) {
    pruneSilent(child);
    if (isSilent(child)) node.children.delete(name);
  }
  for (const slice of node.slices.values()) pruneSilent(slice);
}

function isSilent({ id: _, name: __, constraints, children, slices, slicing, ...said }: ProfileNode): boolean {
  const spoken = Object.keys(said).length > 0 || slicing?.rules === 'closed';
  return !spoken && constraints.length === 0 && children.size === 0 && slices.size === 0;
}
