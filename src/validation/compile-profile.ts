/** A profile's tree as functions over instances: cardinality, types, values, bindings, invariants, slices. https://hl7.org/fhir/R4/profiling.html */
import { isJsonObject, type JsonValue } from '../fhir/types.ts';
import { bindingRule } from './bindings.ts';
import { matchesInBundle } from './bundle-index.ts';
import { equalsFixed, matchesPattern, showExpected } from './fixed-values.ts';
import { compileInvariants, type Invariant } from './invariants.ts';
import { elementName, type Rule, type Run, report, within } from './issues.ts';
import type { MessageId } from './messages.ts';
import { checkLimits } from './profile-limits.ts';
import type { ProfileNode, ProfileTree } from './profile-node.ts';
import { narrowKeys } from './profile-tree.ts';
import { valueChecks } from './profile-value.ts';
import { referenceRule } from './references.ts';
import { type Item, itemsOf, objectOf, shapeKeys } from './shapes.ts';
import { compileMatcher, type Matcher, type SlicingContext } from './slicing.ts';

export interface ProfileContext extends SlicingContext {
  /** Applies a profile to an item at the end of the run's path. */
  readonly apply: (canonical: string, item: Item, run: Run, depth: number) => void;
}

/** Checks one item; the first `depth` steps of the run's path lead to it. */
export type ItemCheck = (item: Item, run: Run, depth: number) => void;

/** Checks all items of an element; the first `depth` steps of the run's path lead to their parent. */
type ListCheck = (items: readonly Item[], run: Run, depth: number) => void;

/** Throws an Error that names profile and element when any part can't be compiled: a profile is applied whole or not at all. */
export function compileProfile(tree: ProfileTree, context: ProfileContext): ItemCheck {
  try {
    return compileItem(tree.root, [tree.type], context);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`The profile ${tree.url} can't be compiled: ${reason}`, { cause });
  }
}

function compileItem(node: ProfileNode, keys: readonly string[], context: ProfileContext): ItemCheck {
  const checks = [
    typeCheck(node, context),
    valueCheck(node),
    bindingCheck(node, keys, context),
    invariantCheck(node, keys, context),
    node.minValue === undefined && node.maxValue === undefined && node.maxLength === undefined ? undefined : limitCheck(node),
    ...valueChecks(node),
    typeProfileCheck(node, context),
    targetCheck(node, context),
  ].filter((check) => check !== undefined);
  const children = [...node.children.values()].map((child) => childCheck(child, keys, context));
  return (item, run, depth) => {
    for (const check of checks) check(item, run, depth);
    if (children.length === 0 || run.full) return;
    within(item, run, depth, () => {
      for (const check of children) check(item, run, depth);
    });
  };
}

function childCheck(child: ProfileNode, keys: readonly string[], context: ProfileContext): ItemCheck {
  const childKeys = [...new Set(keys.flatMap((key) => keysOf(key, child.name, context)))];
  const check = compileList(child, childKeys, context);
  return (item, run, depth) => {
    const element = context.shapeOf(item.type)?.get(child.name);
    const object = objectOf(item);
    if (element !== undefined && object !== undefined) check(itemsOf(object, element), run, depth);
  };
}

function keysOf(key: string, name: string, { shapeOf }: ProfileContext): readonly string[] {
  const element = shapeOf(key)?.get(name);
  return element === undefined ? [] : shapeKeys(element);
}

function compileList(node: ProfileNode, keys: readonly string[], context: ProfileContext): ListCheck {
  const check = compileItem(node, narrowKeys(keys, node), context);
  const slices = node.slices.size === 0 ? undefined : compileSlices(node, keys, context);
  return (items, run, depth) => {
    checkCount(node, items.length, run, depth);
    if (run.mustSupport && node.mustSupport === true && items.length === 0) saySupported(node, run, depth);
    for (const item of items) {
      enter(item, run, depth);
      check(item, run, depth + 1);
    }
    slices?.(items, run, depth);
  };
}

function enter({ shown, index }: Item, run: Run, depth: number): void {
  run.names[depth] = shown;
  run.indexes[depth] = index;
}

/** "minimum required" and "maximum allowed", reported at the parent. */
function checkCount(node: ProfileNode, count: number, run: Run, depth: number): void {
  const { min = 0, max = Number.POSITIVE_INFINITY, name, sliceName } = node;
  const id = count < min ? tooFew(sliceName, count) : count > max ? tooMany(sliceName, max) : undefined;
  if (id === undefined) return;
  report(run, depth, id, {
    parameters: { type: elementName(run, depth), element: name, slice: sliceName ?? '', min, max, count },
  });
}

/** "Must Support … implementations that produce or consume resources SHALL provide 'support' for the element": for who asks what is left out. */
function saySupported({ name, sliceName }: ProfileNode, run: Run, depth: number): void {
  report(run, depth, 'must-support-missing', {
    parameters: { element: sliceName === undefined ? name : `${name}:${sliceName}` },
  });
}

function tooFew(sliceName: string | undefined, count: number): MessageId {
  if (sliceName !== undefined) return 'slice-too-few';
  return count === 0 ? 'element-missing' : 'too-few';
}

function tooMany(sliceName: string | undefined, max: number): MessageId {
  if (sliceName !== undefined) return max === 0 ? 'slice-prohibited' : 'slice-too-many';
  return max === 0 ? 'element-prohibited' : 'too-many';
}

interface CompiledSlice {
  readonly node: ProfileNode;
  readonly matches: Matcher;
  readonly check: ListCheck;
}

function compileSlices(node: ProfileNode, keys: readonly string[], context: ProfileContext): ListCheck {
  const slices = [...node.slices.values()].map((slice): CompiledSlice => {
    const sliceKeys = narrowKeys(keys, slice);
    // A re-slice is told apart as its own slicing says, or as the one it divides does.
    const inner: ProfileNode =
      slice.slices.size > 0 && slice.slicing === undefined && node.slicing !== undefined
        ? { ...slice, slicing: node.slicing }
        : slice;
    return {
      node: slice,
      matches: compileMatcher(slice, node.slicing, sliceKeys, context),
      check: compileList(inner, keys, context),
    };
  });
  return (items, run, depth) => {
    const found = new Map<CompiledSlice, Item[]>(slices.map((slice) => [slice, []]));
    const order: number[] = [];
    for (const item of items) {
      const matching = slices.filter(({ matches }) => matches(item, run));
      for (const slice of matching) found.get(slice)?.push(item);
      enter(item, run, depth);
      checkPlace(node, { matching, slices, order }, run, depth + 1);
    }
    for (const [slice, own] of found) slice.check(own, run, depth);
  };
}

interface Place {
  /** The slices that the item belongs to, of those there are. */
  readonly matching: readonly CompiledSlice[];
  readonly slices: readonly CompiledSlice[];
  /** Positions in the profile of the slices met so far; their number stands for items of none. */
  readonly order: number[];
}

/** At most one slice, any slice when the slicing is closed, and in order when it is ordered. */
function checkPlace({ name: element, slicing }: ProfileNode, { matching, slices, order }: Place, run: Run, depth: number): void {
  const [first, second] = matching;
  if (second !== undefined) report(run, depth, 'slice-ambiguous', { parameters: { element, slices: namesOf(matching) } });
  if (first === undefined && slicing?.rules === 'closed')
    report(run, depth, 'slice-closed', { parameters: { element, slices: namesOf(slices) } });
  const position = first === undefined ? slices.length : slices.indexOf(first);
  const last = order.at(-1) ?? 0;
  order.push(position);
  if (first === undefined || position >= last) return;
  const afterRest = last === slices.length;
  if (afterRest && slicing?.rules === 'openAtEnd') report(run, depth, 'slice-open-at-end', { parameters: { element } });
  else if (!afterRest && slicing?.ordered)
    report(run, depth, 'slice-order', { parameters: { element, slice: first.node.sliceName ?? '' } });
}

function namesOf(slices: readonly CompiledSlice[]): readonly string[] {
  return slices.map(({ node }) => node.sliceName ?? '');
}

function typeCheck({ types, name }: ProfileNode, { definitions }: ProfileContext): ItemCheck | undefined {
  if (types === undefined) return undefined;
  const codes = new Set(types.map(({ code }) => code));
  return (item, run, depth) => {
    const { type } = item;
    if (codes.has(type) || type.includes('.')) return;
    if (definitions.isResourceType(type) && definitions.lineage(type).some((ancestor) => codes.has(ancestor))) return;
    report(run, depth, 'profile-type-narrowed', { parameters: { element: name, types: [...codes], found: type } });
  };
}

function valueCheck({ fixed, pattern, name }: ProfileNode): ItemCheck | undefined {
  const expected = fixed ?? pattern;
  if (expected === undefined) return undefined;
  const fits = fixed === undefined ? matchesPattern : equalsFixed;
  const id = fixed === undefined ? 'profile-pattern' : 'profile-fixed';
  return ({ value }, run, depth) => {
    if (!fits(value, expected)) report(run, depth, id, { parameters: { element: name, expected: showExpected(expected) } });
  };
}

function bindingCheck({ binding }: ProfileNode, keys: readonly string[], { definitions }: ProfileContext): ItemCheck | undefined {
  if (binding === undefined) return undefined;
  let rules: ReadonlyMap<string, Rule | undefined> | undefined;
  return ({ value, type }, run, depth) => {
    // Reading the codes of every set takes longer than the start may, and nothing about them can be wrong in a profile.
    rules ??= new Map(keys.map((key) => [key, bindingRule(binding, key, definitions)]));
    rules.get(type)?.(value, run, depth);
  };
}

function invariantCheck(
  { constraints }: ProfileNode,
  keys: readonly string[],
  { definitions }: ProfileContext,
): ItemCheck | undefined {
  if (constraints.length === 0) return undefined;
  const invariants = new Map<string, readonly Invariant[]>();
  for (const key of keys) invariants.set(key, compileInvariants(constraints, key, definitions));
  return ({ value, sibling, type }, run, depth) => {
    for (const invariant of invariants.get(type) ?? []) invariant(value, sibling, run, depth);
  };
}

function limitCheck(node: ProfileNode): ItemCheck {
  return ({ value }, run, depth) => checkLimits(node, value as JsonValue, run, depth);
}

/** Profiles on the type of an element: an Address profile, an extension's definition. Any one of several is enough. */
function typeProfileCheck({ types, name }: ProfileNode, context: ProfileContext): ItemCheck | undefined {
  const byType = new Map(
    (types ?? []).flatMap(({ code, profiles }) =>
      profiles === undefined || profiles.length === 0 ? [] : [[code, profiles] as const],
    ),
  );
  if (byType.size === 0) return undefined;
  return (item, run, depth) => {
    const profiles =
      byType.get(item.type) ?? (context.definitions.isResourceType(item.type) ? byType.get('Resource') : undefined);
    const [only, second] = profiles ?? [];
    if (profiles === undefined || only === undefined) return;
    if (second === undefined) context.apply(only, item, run, depth);
    else if (!profiles.some((profile) => context.meets(profile, item, run))) {
      report(run, depth, 'profile-value-unmet', { parameters: { element: name, profiles } });
    }
  };
}

/** What a reference may name: types always, profiles when the resource is at hand. */
function targetCheck({ types, name }: ProfileNode, context: ProfileContext): ItemCheck | undefined {
  const references = (types ?? []).filter(({ code, targetProfiles }) => code === 'Reference' && targetProfiles !== undefined);
  const targets = references.flatMap(({ targetProfiles }) => targetProfiles ?? []);
  if (targets.length === 0) return undefined;
  const rule = referenceRule(targets, context.definitions);
  const modes = references[0]?.aggregation;
  const profiled = targets.some((target) => context.treeOf(target) !== undefined);
  return (item, run, depth) => {
    rule?.(item.value, run, depth);
    if (modes !== undefined) checkAggregation(modes, item, run, depth);
    const target = profiled ? context.resolve(item, run) : undefined;
    if (target?.value === undefined || targets.some((profile) => context.meets(profile, target, run))) return;
    report(run, depth, 'reference-profile', { parameters: { element: name, profile: targets } });
  };
}

/** "How the resource is aggregated": contained, in the same bundle, or anywhere else. */
function checkAggregation(modes: readonly string[], { value }: Item, run: Run, depth: number): void {
  const reference = isJsonObject(value) ? value['reference'] : undefined;
  if (typeof reference !== 'string') return;
  const bundled = run.bundle !== undefined && matchesInBundle(run.bundle, reference).length > 0;
  const mode = reference.startsWith('#') ? 'contained' : bundled ? 'bundled' : 'referenced';
  if (modes.includes(mode) || (mode === 'bundled' && modes.includes('referenced'))) return;
  report(run, depth, 'reference-aggregation', { parameters: { element: elementName(run, depth), modes } });
}
