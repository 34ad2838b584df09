/** The profiles there are: compiled when first needed, applied to resources and to values within them. https://hl7.org/fhir/R4/profiling.html */
import type { Definitions } from '../definitions/definitions.ts';
import { isJsonObject, type JsonObject, type Resource } from '../fhir/types.ts';
import { compileProfile, type ItemCheck, type ProfileContext } from './compile-profile.ts';
import { type Layer, type Run, report, within } from './issues.ts';
import { checkRules, checkSize } from './profile-bounds.ts';
import type { ProfileTree } from './profile-node.ts';
import { readProfile } from './profile-tree.ts';
import { resolveReference, typeInUrl, typeOfCanonical } from './references.ts';
import type { Item, Shape } from './shapes.ts';
import { looseItem } from './slicing.ts';

export interface Profiles {
  /** Applies a profile to the value at the end of the run's path; one that is not known is warned of. */
  apply(canonical: string, item: Item, run: Run, depth: number, options?: ApplyOptions): void;
  /** Compiles a profile now. Throws an Error that names profile and element when it can't be compiled completely. */
  compile(canonical: string): void;
  /** Why a profile that is not loaded could not be applied; undefined when it could. */
  faultOf(profile: Resource): string | undefined;
}

export interface ApplyOptions {
  /** Errors become warnings with this id. */
  readonly softened?: string;
  /** Not to know this profile is an error. */
  readonly nominated?: true;
}

/** A type's own definition: there is nothing to it beyond the base check. */
type Compiled =
  | { readonly kind: 'broken'; readonly cause: unknown }
  | { readonly kind: 'profile'; readonly tree: ProfileTree; readonly check: ItemCheck }
  | { readonly kind: 'type'; readonly type: string };

export function openProfiles(definitions: Definitions, shapeOf: (key: string) => Shape | undefined): Profiles {
  const trees = new Map<string, ProfileTree | undefined>();
  const compiled = new Map<string, Compiled>();
  const treeOf = (canonical: string): ProfileTree | undefined => {
    const known = trees.get(canonical);
    if (known !== undefined || trees.has(canonical)) return known;
    const profile = definitions.conformance(canonical);
    const tree =
      profile === undefined || !isProfile(profile, definitions) ? undefined : readProfile(profile, definitions, shapeOf);
    trees.set(canonical, tree);
    return tree;
  };
  const profileOf = (canonical: string): Compiled | undefined => {
    const known = compiled.get(canonical);
    if (known !== undefined) return known;
    const made = make(canonical);
    if (made !== undefined) compiled.set(canonical, made);
    return made;
  };
  const make = (canonical: string): Compiled | undefined => {
    try {
      return makeWhole(canonical);
    } catch (cause) {
      // Said where the profile is loaded, and where a resource claims it.
      return { kind: 'broken', cause };
    }
  };
  const makeWhole = (canonical: string): Compiled | undefined => {
    const tree = treeOf(canonical);
    const type = tree === undefined ? typeOfCanonical(canonical, definitions) : undefined;
    if (type !== undefined) return { kind: 'type', type };
    if (tree === undefined) return undefined;
    const check = definitions.isPackaged(tree.url) ? compileProfile(tree, context) : compileStored(tree);
    return { kind: 'profile', tree, check };
  };
  const apply: Profiles['apply'] = (canonical, item, run, depth, options = {}) => {
    const profile = profileOf(canonical);
    if (profile === undefined || profile.kind === 'broken') return sayUnusable(canonical, profile, run, depth, options);
    if (isApplied(canonical, item, run)) return undefined;
    const outer = run.layer;
    run.layer = layerOf(canonical, profile, options, outer);
    const type = profile.kind === 'type' ? profile.type : profile.tree.type;
    if (!isOfType(item.type, type, definitions)) {
      report(run, depth, 'profile-type', { parameters: { profile: canonical, expected: type, found: item.type } });
    } else if (profile.kind === 'profile') within(item, run, depth, () => profile.check(item, run, depth));
    run.layer = outer;
    return undefined;
  };
  const meets = (canonical: string, item: Item, run: Run): boolean => {
    const profile = profileOf(canonical);
    if (profile === undefined || profile.kind === 'broken') return true;
    if (profile.kind === 'type') return isOfType(item.type, profile.type, definitions);
    if (!isOfType(item.type, profile.tree.type, definitions)) return false;
    return remember(canonical, item, run, () => {
      const probe = probeOf(run);
      within(item, probe, 0, () => profile.check(item, probe, 0));
      return probe.errors === 0;
    });
  };
  const context: ProfileContext = { definitions, shapeOf, treeOf, meets, apply, resolve: resolveItem };
  const compile = (canonical: string): void => {
    const made = profileOf(canonical);
    if (made?.kind === 'broken') throw made.cause;
  };
  const compileStored = (tree: ProfileTree): ItemCheck => {
    checkSize(tree);
    const check = compileProfile(tree, context);
    checkRules(tree);
    return check;
  };
  const faultOf = (profile: Resource): string | undefined => {
    try {
      compileStored(readProfile(profile, definitions, shapeOf, { strict: true }));
      return undefined;
    } catch (cause) {
      if (cause instanceof Error) return cause.message;
      throw cause;
    }
  };
  return { apply, compile, faultOf };
}

/** What constrains a type of R4, whatever it calls itself: some profiles say that they are a specialization. */
function isProfile({ resourceType, url, type, derivation }: Resource, definitions: Definitions): boolean {
  if (resourceType !== 'StructureDefinition') return false;
  const constrained = typeof type === 'string' ? definitions.type(type) : undefined;
  return derivation === 'constraint' || (constrained !== undefined && constrained.url !== url);
}

function isOfType(found: string, wanted: string, definitions: Definitions): boolean {
  return found === wanted || definitions.lineage(found).includes(wanted);
}

function layerOf(profile: string, compiled: Compiled, { softened }: ApplyOptions, outer: Layer): Layer {
  const soft = softened ?? outer.softened;
  const version = compiled.kind === 'profile' ? compiled.tree.version : undefined;
  const statedBy = version === undefined || profile.includes('|') ? profile : `${profile}|${version}`;
  return { source: 'profile', profile, statedBy, ...(soft === undefined ? {} : { softened: soft }) };
}

/**
 * A profile that is not known, or could not be compiled: nobody may think that it was applied. "If a profile is nominated, and the server cannot
 * validate against the nominated profile, it SHALL return an error" (https://hl7.org/fhir/R4/resource-operation-validate.html).
 */
function sayUnusable(profile: string, broken: Compiled | undefined, run: Run, depth: number, { nominated }: ApplyOptions): void {
  if (run.said.has(profile) && nominated !== true) return;
  run.said.add(profile);
  report(run, depth, broken === undefined ? 'profile-unknown' : 'profile-broken', {
    parameters: { profile: profile.slice(0, 300) },
    ...(nominated === true && { severity: 'error' }),
  });
}

/** A profile is applied to a value once, however many ways lead to it; also what ends profiles that refer to each other. */
function isApplied(canonical: string, { value }: Item, run: Run): boolean {
  if (!isJsonObject(value)) return false;
  const profiles = run.applied.get(value) ?? new Set();
  run.applied.set(value, profiles);
  if (profiles.has(canonical)) return true;
  profiles.add(canonical);
  return false;
}

/** While a question is open its answer counts as yes, so that resources that refer to each other come to an end. */
function remember(canonical: string, { value }: Item, run: Run, answer: () => boolean): boolean {
  if (!isJsonObject(value)) return answer();
  const verdicts = run.matched.get(value) ?? new Map<string, boolean>();
  run.matched.set(value, verdicts);
  const known = verdicts.get(canonical);
  if (known !== undefined) return known;
  verdicts.set(canonical, true);
  const verdict = answer();
  verdicts.set(canonical, verdict);
  return verdict;
}

/** A run beside the run, to see whether something would be found. */
function probeOf(run: Run): Run {
  return {
    ...run,
    names: [],
    indexes: [],
    issues: [],
    errors: 0,
    full: false,
    layer: { source: 'profile' },
    said: new Set(),
    applied: new Map(),
  };
}

/** The resource that a reference names: contained, in the bundle, or only its type. */
function resolveItem({ value }: Item, run: Run): Item | undefined {
  if (!isJsonObject(value)) return undefined;
  const reference = (value as JsonObject)['reference'];
  if (typeof reference !== 'string') return undefined;
  const resource = resolveReference(reference, run);
  if (resource !== undefined) return looseItem(resource, resource.resourceType);
  const type = typeInUrl(reference, run.tools.definitions);
  return type === undefined ? undefined : { ...looseItem(null, type), value: undefined };
}
