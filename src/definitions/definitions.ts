/** Everything FHIR says as data, as the other rooms read it. Read-only after boot. */
import type { Resource } from '../fhir/types.ts';
import type { EqualSystems } from './equal-systems.ts';
import type { CodeHierarchy } from './hierarchy.ts';
import type { Units } from './units.ts';

export type BindingStrength = 'required' | 'extensible' | 'preferred' | 'example';

export interface Binding {
  readonly strength: BindingStrength;
  /** Canonical without version. */
  readonly valueSet: string;
  readonly maxValueSet?: string;
}

export interface Constraint {
  readonly key: string;
  readonly severity: 'error' | 'warning' | 'information';
  readonly human: string;
  /** `human` in other languages, by language code: http://hl7.org/fhir/StructureDefinition/translation */
  readonly translations?: Readonly<Record<string, string>>;
  /** FHIRPath, repaired where R4's published text is known to be wrong. */
  readonly expression: string;
  /** Canonical of the StructureDefinition that states it. */
  readonly source: string;
  /** A recommendation (dom-6): http://hl7.org/fhir/StructureDefinition/elementdefinition-bestpractice */
  readonly bestPractice?: boolean;
}

export interface ElementType {
  /** A FHIR type name: `string`, `Reference`, `BackboneElement`, `Resource`… `id`, `uri` and the like for System types. */
  readonly code: string;
  /** Canonicals of profiles on the type. */
  readonly profiles?: readonly string[];
  /** For Reference and canonical: what the target may be, as canonicals of types or profiles. */
  readonly targetProfiles?: readonly string[];
}

/** One element of a type, its children beneath it. Built once, at pack time; a choice element appears once, with all its types. */
export interface ElementDefinition {
  /** `Patient.contact.name`, `Observation.value[x]`. */
  readonly path: string;
  /** The JSON name without type: `name`, `value`. */
  readonly name: string;
  readonly min: number;
  /** Infinity for `*` (JSON: -1 in the packed file). */
  readonly max: number;
  /** An array in JSON: the base definition's max is not 1. */
  readonly array: boolean;
  /** The element ends in `[x]`. */
  readonly choice: boolean;
  readonly types: readonly ElementType[];
  /** For elements with a body of their own (BackboneElement, Element). */
  readonly children?: readonly ElementDefinition[];
  /** The path of the element whose children apply here: `Questionnaire.item`. */
  readonly contentReference?: string;
  readonly binding?: Binding;
  /** Of this element alone: those of its type, ele-1 and ext-1 among them, are the type's. */
  readonly constraints: readonly Constraint[];
  readonly summary: boolean;
  readonly modifier: boolean;
  /** Of a System type (`id`, `Extension.url`, a primitive's `value`): plain in JSON, without a `_name` beside it, and an attribute in XML. */
  readonly system: boolean;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
}

export interface TypeDefinition {
  readonly url: string;
  readonly name: string;
  readonly kind: 'resource' | 'complex-type' | 'primitive-type';
  readonly abstract: boolean;
  /** The name of the type it specialises: `DomainResource`. */
  readonly base?: string;
  /** All elements, inherited ones first, as JSON orders them. */
  readonly elements: readonly ElementDefinition[];
  /** Its own and those of the types it specialises. */
  readonly constraints: readonly Constraint[];
  /** What every value of the type is bound to: the units of a Duration. */
  readonly binding?: Binding;
}

export type SearchParameterType =
  | 'number'
  | 'date'
  | 'string'
  | 'token'
  | 'reference'
  | 'composite'
  | 'quantity'
  | 'uri'
  | 'special';

export interface SearchParameter {
  readonly url: string;
  readonly code: string;
  readonly type: SearchParameterType;
  readonly base: readonly string[];
  /**
   * FHIRPath, reduced to the parts that apply to the type it was asked for (`searchParameterByUrl`: as published); absent for those that no
   * path describes, such as `_text`.
   */
  readonly expression?: string;
  /** Target types of a reference parameter. */
  readonly target: readonly string[];
  readonly component: readonly { readonly definition: string; readonly expression: string }[];
}

/** A search parameter as its SearchParameter resource has it: the expression covers every base. */
export type PublishedSearchParameter = Omit<SearchParameter, 'target' | 'component'> &
  Partial<Pick<SearchParameter, 'target' | 'component'>>;

/** A set of codes a value set comes down to. `complete: false`: a code outside it may still be right, so nothing may be refused. */
export interface CodeSet {
  readonly url: string;
  readonly version?: string;
  readonly name?: string;
  /** http://hl7.org/fhir/publication-status */
  readonly status?: string;
  readonly complete: boolean;
  /** For a complete or partial set: is the code in? Without system, in any system of the set. */
  has(code: string, system?: string): boolean;
  /** What the system calls the code; undefined when it has no name, or is not in the set. */
  display(code: string, system: string): string | undefined;
  /** The codes, for messages; at most a few dozen are shown. */
  codes(): Iterable<{ readonly system: string; readonly code: string; readonly display?: string }>;
}

/** The search parameters of every type. */
export interface SearchParameters {
  /** Those of a type, those of Resource and DomainResource included, sorted by code. */
  searchParameters(type: string): readonly SearchParameter[];
  searchParameter(type: string, code: string): SearchParameter | undefined;
  searchParameterByUrl(url: string): SearchParameter | undefined;
}

export interface Definitions extends SearchParameters {
  /** The 146 concrete R4 resource types, sorted. */
  readonly resourceTypes: readonly string[];
  isResourceType(name: string): boolean;
  /** A resource, complex or primitive type by its name; also abstract ones (`Resource`, `DomainResource`, `Element`, `BackboneElement`). */
  type(name: string): TypeDefinition | undefined;
  /** A type's name and those of the types it specialises, nearest first: `Patient`, `DomainResource`, `Resource`. Empty for an unknown type. */
  lineage(name: string): readonly string[];
  /**
   * Whether the type will have a search parameter of this code once what is stored has been indexed by it: until then it is none of those
   * above. Never so without a store.
   */
  isIndexing(type: string, code: string): boolean;
  /** The search parameters of `conformance/` and `profiles/`, in the order in which they count, as published. */
  readonly ownSearchParameters: readonly PublishedSearchParameter[];
  /** R4's own search parameters with others beside them, in the place of those of `conformance/` and `profiles/`. */
  searchParametersWith(others: readonly PublishedSearchParameter[]): SearchParameters;
  /**
   * For a compartment (`Patient`) and a member type: the reference parameters that make it a member; undefined when it never is one.
   * The resource that the compartment is of belongs to it besides.
   */
  compartment(compartment: string, type: string): readonly string[] | undefined;
  /** The compartments there are: `Device`, `Encounter`, `Patient`, `Practitioner`, `RelatedPerson`. */
  readonly compartments: readonly string[];
  /** Value set by canonical (version ignored): undefined when nothing is known of it. */
  valueSet(canonical: string): CodeSet | undefined;
  /** The codes of a ValueSet that need not be among the definitions. */
  codesOf(valueSet: Resource): CodeSet;
  /** The codes of a code system, as far as they are known here: undefined for the licensed ones (SNOMED CT, LOINC, CPT, ICD, ATC). */
  codeSystem(url: string): CodeSet | undefined;
  /** The hierarchy of a code system all of whose codes are known here; undefined for any other. */
  codeHierarchy(url: string): CodeHierarchy | undefined;
  /** Systems of identifiers and codes that have several names. */
  readonly equalSystems: EqualSystems;
  readonly units: Units;
  /**
   * A conformance resource by canonical, with or without version. R4's own StructureDefinitions (types, profiles, extensions) and
   * OperationDefinitions come without prose and differential, its CodeSystems and ConceptMaps without narrative and licensed codes, its
   * ValueSets not at all; those of `profiles/` and `conformance/`, and stored ones, are whole.
   */
  conformance(canonical: string): Resource | undefined;
  /** The conformance resources of one type loaded from `profiles/` and `conformance/`, and stored ones; R4's own are not among them. */
  conformanceResources(type: string): readonly Resource[];
  /** All ConceptMaps, R4's own too. */
  conceptMaps(): readonly Resource[];
  /** Whether the canonical, whatever its version, belongs to R4 or a package: what is stored under it replaces nothing. */
  isPackaged(url: string): boolean;
  /**
   * These definitions with stored conformance resources laid beneath: where two have the same canonical, the first of the list counts, and
   * none replaces one of R4 or of a package. Takes the place of resources included before.
   */
  including(stored: readonly Resource[]): Definitions;
  /** Another number whenever what the canonicals stand for has changed. */
  revision(): number;
}
