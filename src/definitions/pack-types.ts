/** From a StructureDefinition's snapshot to the packed form of a type. https://hl7.org/fhir/R4/elementdefinition.html */
import type { Binding, Constraint, ElementType } from './definitions.ts';
import type { PackedElement, PackedType, PackedTypes } from './packed.ts';
import { elementTypeRepairs, expressionRepair } from './repairs.ts';

/** The parts of R4's StructureDefinition that are read here. The packages are HL7's own: their shape is given. */
export interface StructureDefinition {
  readonly resourceType: 'StructureDefinition';
  readonly id: string;
  readonly url: string;
  readonly name: string;
  readonly kind: 'primitive-type' | 'complex-type' | 'resource' | 'logical';
  readonly abstract: boolean;
  readonly type: string;
  readonly baseDefinition?: string;
  readonly derivation?: 'specialization' | 'constraint';
  readonly snapshot?: { readonly element: readonly RawElement[] };
}

interface RawExtension {
  readonly url: string;
  readonly valueUrl?: string;
  readonly valueCanonical?: string;
  readonly valueBoolean?: boolean;
}

interface RawType {
  readonly code: string;
  readonly profile?: readonly string[];
  readonly targetProfile?: readonly string[];
  readonly extension?: readonly RawExtension[];
}

interface RawConstraint {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly human: string;
  readonly expression: string;
  readonly source?: string;
  readonly extension?: readonly RawExtension[];
}

interface RawElement {
  readonly path: string;
  readonly min: number;
  readonly max: string;
  readonly base: { readonly path: string; readonly max: string };
  readonly type?: readonly RawType[];
  readonly contentReference?: string;
  readonly binding?: {
    readonly strength: Binding['strength'];
    readonly valueSet?: string;
    readonly extension?: readonly RawExtension[];
  };
  readonly constraint?: readonly RawConstraint[];
  readonly isSummary?: boolean;
  readonly isModifier?: boolean;
  readonly maxLength?: number;
  readonly minValueInteger?: number;
  readonly maxValueInteger?: number;
}

const fhirType = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type';
const maxValueSet = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet';
const bestPractice = 'http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice';
const typeUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** Is it a type: a resource, a data type or a primitive, and no profile, extension or logical model? */
export function isType(definition: StructureDefinition): boolean {
  return definition.kind !== 'logical' && definition.derivation !== 'constraint' && definition.snapshot !== undefined;
}

export function packTypes(definitions: readonly StructureDefinition[]): PackedTypes {
  const constraints = constraintTable();
  const types = definitions.filter(isType).map((definition) => packType(definition, constraints));
  return { constraints: constraints.list, types: types.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

function packType(definition: StructureDefinition, constraints: ConstraintTable): PackedType {
  const elements = definition.snapshot?.element ?? [];
  const [root, ...rest] = elements;
  const base = definition.baseDefinition?.slice(typeUrl.length);
  // The root of Element and Resource carries its own constraints without a source, inherited ones with it: a type owns them all.
  const own = (root?.constraint ?? []).map((constraint) => constraints.position(constraint, definition.url));
  const binding = root === undefined ? undefined : packBinding(root);
  return {
    url: definition.url,
    name: definition.type,
    kind: definition.kind as PackedType['kind'], // `isType` excludes 'logical'.
    ...(definition.abstract && { abstract: true }),
    ...(base !== undefined && { base }),
    elements: packChildren(definition.type, rest, constraints, definition.url),
    ...(own.length > 0 && { constraints: own }),
    ...(binding !== undefined && { binding }),
  };
}

/** The snapshot lists elements depth first: those directly beneath a path are its children. */
function packChildren(
  parent: string,
  elements: readonly RawElement[],
  constraints: ConstraintTable,
  source: string,
): PackedElement[] {
  const direct = elements.filter(({ path }) => path.startsWith(`${parent}.`) && !path.slice(parent.length + 1).includes('.'));
  return direct.map((element) => {
    const inner = elements.filter(({ path }) => path.startsWith(`${element.path}.`));
    return packElement(element, packChildren(element.path, inner, constraints, source), constraints, source);
  });
}

function packElement(
  element: RawElement,
  children: readonly PackedElement[],
  constraints: ConstraintTable,
  source: string,
): PackedElement {
  const own = (element.constraint ?? [])
    .filter((constraint) => !comesWithType(constraint))
    .map((c) => constraints.position(c, source));
  const types = (element.type ?? []).map((type) => packElementType(type, element));
  const binding = packBinding(element);
  const max = element.max === '*' ? -1 : Number(element.max);
  return {
    path: element.path,
    ...(element.min > 0 && { min: element.min }),
    ...(max !== 1 && { max }),
    ...(element.base.max !== '1' && { array: true }),
    ...(types.length > 0 && { types }),
    ...(children.length > 0 && { children }),
    ...(element.contentReference !== undefined && { contentReference: element.contentReference.slice(1) }),
    ...(binding !== undefined && { binding }),
    ...(own.length > 0 && { constraints: own }),
    ...(element.isSummary === true && { summary: true }),
    ...(element.isModifier === true && { modifier: true }),
    ...(element.type?.some(({ code }) => code.startsWith('http://hl7.org/fhirpath/')) && { system: true }),
    ...packLimits(element),
  };
}

function packLimits(element: RawElement): Partial<PackedElement> {
  return {
    ...(element.maxLength !== undefined && { maxLength: element.maxLength }),
    ...(element.minValueInteger !== undefined && { minValue: element.minValueInteger }),
    ...(element.maxValueInteger !== undefined && { maxValue: element.maxValueInteger }),
  };
}

/** ele-1 and ext-1 are repeated on every element in the snapshots; they belong to the types Element and Extension. */
function comesWithType({ source }: RawConstraint): boolean {
  return source === `${typeUrl}Element` || source === `${typeUrl}Extension`;
}

function packElementType(type: RawType, { path, base: { path: basePath } }: RawElement): ElementType {
  const stated = type.extension?.find(({ url }) => url === fhirType)?.valueUrl;
  return {
    code: elementTypeRepairs[path] ?? elementTypeRepairs[basePath] ?? stated ?? type.code,
    ...(type.profile !== undefined && { profiles: type.profile }),
    ...(type.targetProfile !== undefined && { targetProfiles: type.targetProfile }),
  };
}

function packBinding({ binding }: RawElement): Binding | undefined {
  if (binding?.valueSet === undefined) return undefined;
  const max = binding.extension?.find(({ url }) => url === maxValueSet)?.valueCanonical;
  return {
    strength: binding.strength,
    valueSet: withoutVersion(binding.valueSet),
    ...(max !== undefined && { maxValueSet: withoutVersion(max) }),
  };
}

function withoutVersion(canonical: string): string {
  return canonical.replace(/\|.*$/, '');
}

interface ConstraintTable {
  readonly list: readonly Constraint[];
  /** The position of a constraint in the list, each distinct one once. */
  position(raw: RawConstraint, owner: string): number;
}

function constraintTable(): ConstraintTable {
  const list: Constraint[] = [];
  const positions = new Map<string, number>();
  return {
    list,
    position(raw, owner) {
      const constraint = packConstraint(raw, owner);
      const text = JSON.stringify(constraint);
      const position = positions.get(text) ?? list.push(constraint) - 1;
      positions.set(text, position);
      return position;
    },
  };
}

function packConstraint(raw: RawConstraint, owner: string): Constraint {
  return {
    key: raw.key,
    severity: raw.severity,
    human: raw.human,
    expression: expressionRepair(raw.key, raw.expression)?.expression ?? raw.expression,
    source: raw.source ?? owner,
    ...(raw.extension?.some(({ url, valueBoolean }) => url === bestPractice && valueBoolean === true) && { bestPractice: true }),
  };
}
