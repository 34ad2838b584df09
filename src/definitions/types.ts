/** The types by name, each read from its packed form when first asked for. */
import type { ElementDefinition, TypeDefinition } from './definitions.ts';
import type { PackedElement, PackedType, PackedTypes } from './packed.ts';

export interface TypeRegistry {
  readonly resourceTypes: readonly string[];
  type(name: string): TypeDefinition | undefined;
  /** The name and those of the types it specialises, nearest first: `Patient`, `DomainResource`, `Resource`. */
  lineage(name: string): readonly string[];
}

export function openTypes(packed: PackedTypes): TypeRegistry {
  const byName = new Map(packed.types.map((type) => [type.name, type]));
  const opened = new Map<string, TypeDefinition>();
  const open = (name: string): TypeDefinition | undefined => {
    const type = byName.get(name);
    if (type === undefined) return undefined;
    const definition = openType(type, packed);
    opened.set(name, definition);
    return definition;
  };
  return {
    resourceTypes: packed.types.filter(({ kind, abstract }) => kind === 'resource' && abstract !== true).map(({ name }) => name),
    type: (name) => opened.get(name) ?? open(name),
    lineage(name) {
      const names: string[] = [];
      for (let type = byName.get(name); type !== undefined; type = byName.get(type.base ?? '')) names.push(type.name);
      return names;
    },
  };
}

function openType(
  { url, name, kind, abstract, base, elements, constraints, binding }: PackedType,
  packed: PackedTypes,
): TypeDefinition {
  return {
    url,
    name,
    kind,
    abstract: abstract === true,
    ...(binding !== undefined && { binding }),
    ...(base !== undefined && { base }),
    elements: elements.map((element) => openElement(element, packed)),
    constraints: openConstraints(constraints, packed),
  };
}

function openElement(element: PackedElement, packed: PackedTypes): ElementDefinition {
  const { path, min, max, array, types, children, constraints, summary, modifier, system, ...rest } = element;
  const name = path.slice(path.lastIndexOf('.') + 1);
  const choice = name.endsWith('[x]');
  return {
    path,
    name: choice ? name.slice(0, -'[x]'.length) : name,
    min: min ?? 0,
    max: max === -1 ? Number.POSITIVE_INFINITY : (max ?? 1),
    array: array === true,
    choice,
    types: types ?? [],
    ...(children !== undefined && { children: children.map((child) => openElement(child, packed)) }),
    constraints: openConstraints(constraints, packed),
    summary: summary === true,
    modifier: modifier === true,
    system: system === true,
    ...rest,
  };
}

function openConstraints(positions: readonly number[] | undefined, { constraints }: PackedTypes): TypeDefinition['constraints'] {
  return (positions ?? []).flatMap((position) => constraints[position] ?? []);
}
