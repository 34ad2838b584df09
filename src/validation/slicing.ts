/** Which slice an item of a list belongs to. https://hl7.org/fhir/R4/profiling.html#discriminator */
import type { Definitions } from '../definitions/definitions.ts';
import { isJsonObject, type JsonValue } from '../fhir/types.ts';
import { isInSet } from './bindings.ts';
import { type DiscriminatorStep, parseDiscriminator } from './discriminator-path.ts';
import { equalsFixed, matchesPattern, partsAt } from './fixed-values.ts';
import type { Run } from './issues.ts';
import type { Discriminator, ProfileNode, ProfileTree, Slicing } from './profile-node.ts';
import { targetTypes } from './references.ts';
import { type Item, itemsOf, objectOf, type Shape } from './shapes.ts';

export interface SlicingContext {
  readonly definitions: Definitions;
  readonly shapeOf: (key: string) => Shape | undefined;
  readonly treeOf: (canonical: string) => ProfileTree | undefined;
  /** Whether an item meets a profile. */
  readonly meets: (canonical: string, item: Item, run: Run) => boolean;
  /** The resource that a Reference item names, when it is at hand, or at least its type. */
  readonly resolve: (item: Item, run: Run) => Item | undefined;
}

export type Matcher = (item: Item, run: Run) => boolean;

/**
 * Whether an item is of a slice. Throws an Error when none of the slicing's discriminators tells it from others: "at least one discriminator
 * must be fixed for each slice". One that leaves this slice free is passed over.
 */
export function compileMatcher(
  slice: ProfileNode,
  slicing: Slicing | undefined,
  keys: readonly string[],
  context: SlicingContext,
): Matcher {
  const discriminators = slicing === undefined || slicing.discriminators.length === 0 ? implicit(slice) : slicing.discriminators;
  const matchers = discriminators
    .map((discriminator) => compileDiscriminator(slice, discriminator, keys, context))
    .filter((matcher) => matcher !== undefined);
  if (matchers.length === 0) {
    const paths = discriminators.map(({ type, path }) => `${type} ${path}`).join(', ');
    throw new Error(
      `The slice ${slice.id} can't be told from others: ${paths === '' ? 'it has no discriminator' : `nothing is fixed at ${paths}`}.`,
    );
  }
  return (item, run) => matchers.every((matches) => matches(item, run));
}

/** Extensions are always sliced by url, the types of a choice by type. */
function implicit({ name, id }: ProfileNode): readonly Discriminator[] {
  if (name === 'extension' || name === 'modifierExtension') return [{ type: 'value', path: 'url' }];
  return id === '' ? [] : [{ type: 'type', path: '$this' }];
}

function compileDiscriminator(
  slice: ProfileNode,
  { type, path }: Discriminator,
  keys: readonly string[],
  context: SlicingContext,
): Matcher | undefined {
  const steps = parseDiscriminator(path);
  return type === 'exists'
    ? existence(slice, steps, context)
    : matcherAt(slice, steps, { type, keys, context, needed: (slice.min ?? 0) > 0 });
}

interface Leaf {
  readonly type: Exclude<Discriminator['type'], 'exists'>;
  readonly keys: readonly string[];
  readonly context: SlicingContext;
  /** The slice must be there: where codes can't be looked up, an item is given the benefit of the doubt. */
  readonly needed: boolean;
}

/** Looks for what the profile says at the end of the steps, and makes the walk there for instances. */
function matcherAt(node: ProfileNode, steps: readonly DiscriminatorStep[], leaf: Leaf): Matcher | undefined {
  const [step, ...rest] = steps;
  if (step === undefined) return leafMatcher(node, leaf);
  return viaChild(node, step, rest, leaf) ?? viaValue(node, steps, leaf) ?? viaProfile(node, steps, leaf);
}

function viaChild(
  node: ProfileNode,
  step: DiscriminatorStep,
  rest: readonly DiscriminatorStep[],
  leaf: Leaf,
): Matcher | undefined {
  if (step.kind === 'resolve') return viaReference(node, rest, leaf);
  if (step.kind === 'type') {
    const inner = matcherAt(node, rest, leaf);
    return inner === undefined ? undefined : (item, run) => item.type === step.name && inner(item, run);
  }
  const child = node.children.get(step.kind === 'extension' ? 'extension' : step.name);
  if (child === undefined) return undefined;
  // What is fixed may stand on a slice of the element: `code.coding:SBPCode.code`.
  for (const place of [child, ...child.slices.values()]) {
    if (step.kind === 'extension' && place !== child && !isExtensionSlice(place, step.url)) continue;
    const inner = matcherAt(place, rest, { ...leaf, keys: [] });
    if (inner !== undefined) return (item, run) => children(item, step, leaf.context).some((found) => inner(found, run));
  }
  return undefined;
}

function isExtensionSlice({ types, children: inner }: ProfileNode, url: string): boolean {
  return types?.some(({ profiles }) => profiles?.includes(url)) === true || inner.get('url')?.fixed === url;
}

/** The items that a step leads to. */
function children(item: Item, step: DiscriminatorStep, { shapeOf }: SlicingContext): readonly Item[] {
  const object = objectOf(item);
  const element =
    step.kind === 'resolve' ? undefined : shapeOf(item.type)?.get(step.kind === 'extension' ? 'extension' : step.name);
  if (object === undefined || element === undefined) return [];
  const found = itemsOf(object, element);
  return step.kind === 'extension' ? found.filter(({ value }) => isJsonObject(value) && value['url'] === step.url) : found;
}

/** A fixed value or pattern above the place says what stands at it. */
function viaValue({ fixed, pattern }: ProfileNode, steps: readonly DiscriminatorStep[], { context }: Leaf): Matcher | undefined {
  const whole = fixed ?? pattern;
  if (whole === undefined || steps.some(({ kind }) => kind !== 'child')) return undefined;
  const wanted = partsAt(
    whole,
    steps.map((step) => (step.kind === 'child' ? step.name : '')),
  );
  if (wanted.length === 0) return undefined;
  return (item) => {
    let items: readonly Item[] = [item];
    for (const step of steps) items = items.flatMap((found) => children(found, step, context));
    return wanted.every((part) => items.some(({ value }) => matchesPattern(value, part)));
  };
}

/** The profile of the slice's type says it: the url of an extension's definition. */
function viaProfile({ types, name }: ProfileNode, steps: readonly DiscriminatorStep[], leaf: Leaf): Matcher | undefined {
  const profiles = types?.flatMap((type) => type.profiles ?? []) ?? [];
  const [step] = steps;
  const url = profiles[0]?.split('|')[0];
  if (url !== undefined && step?.kind === 'child' && step.name === 'url' && /^(modifierE|e)xtension$/.test(name)) {
    return ({ value }) => isJsonObject(value) && value['url'] === url;
  }
  for (const profile of profiles) {
    const tree = leaf.context.treeOf(profile);
    const matcher = tree === undefined ? undefined : matcherAt(tree.root, steps, leaf);
    if (matcher !== undefined) return matcher;
  }
  return undefined;
}

function viaReference(node: ProfileNode, steps: readonly DiscriminatorStep[], leaf: Leaf): Matcher | undefined {
  const { context } = leaf;
  const targets = node.types?.flatMap(({ targetProfiles }) => targetProfiles ?? []) ?? [];
  const inner = steps.length > 0 ? viaTargets(targets, steps, leaf) : targetMatcher(targets, leaf);
  if (inner === undefined) return undefined;
  return (item, run) => {
    const target = context.resolve(item, run);
    return target !== undefined && inner(target, run);
  };
}

function viaTargets(targets: readonly string[], steps: readonly DiscriminatorStep[], leaf: Leaf): Matcher | undefined {
  const matchers = targets.flatMap((target) => {
    const tree = leaf.context.treeOf(target);
    const matcher = tree === undefined ? undefined : matcherAt(tree.root, steps, leaf);
    return matcher === undefined ? [] : [matcher];
  });
  return matchers.length === 0 ? undefined : (item, run) => matchers.some((matches) => matches(item, run));
}

function targetMatcher(targets: readonly string[], { type, context }: Leaf): Matcher | undefined {
  if (targets.length === 0) return undefined;
  if (type === 'profile') return (item, run) => targets.some((target) => context.meets(target, item, run));
  const types = targetTypes(targets, context.definitions);
  return types === undefined ? undefined : (item) => types.includes(item.type);
}

function leafMatcher(node: ProfileNode, leaf: Leaf): Matcher | undefined {
  if (leaf.type === 'type') return typeMatcher(node, leaf);
  if (leaf.type === 'profile') return profileMatcher(node, leaf);
  return valueMatcher(node, leaf);
}

function typeMatcher({ types }: ProfileNode, { keys, context }: Leaf): Matcher | undefined {
  const codes = types?.map(({ code }) => code) ?? keys;
  if (codes.length === 0) return undefined;
  return (item) => codes.includes(item.type) || context.definitions.lineage(item.type).some((name) => codes.includes(name));
}

function profileMatcher({ types }: ProfileNode, { context }: Leaf): Matcher | undefined {
  const profiles = types?.flatMap((type) => type.profiles ?? []) ?? [];
  return profiles.length === 0 ? undefined : (item, run) => profiles.some((profile) => context.meets(profile, item, run));
}

function valueMatcher(node: ProfileNode, leaf: Leaf): Matcher | undefined {
  const { fixed, pattern, binding } = node;
  if (fixed !== undefined) return ({ value }) => equalsFixed(value, fixed);
  if (pattern !== undefined) return ({ value }) => matchesPattern(value, pattern);
  if (binding?.strength !== 'required') return partsMatcher(node, leaf);
  const set = leaf.context.definitions.valueSet(binding.valueSet);
  const inDoubt = leaf.needed && !set?.complete;
  return ({ value, type }) => (set !== undefined && isInSet(set, value, type)) || inDoubt;
}

/** `$this` whose members are fixed one by one, on the element or on slices of it. */
function partsMatcher(node: ProfileNode, leaf: Leaf): Matcher | undefined {
  const matchers = [...node.children.values()].flatMap((child) => {
    const matcher = viaChild(node, { kind: 'child', name: child.name }, [], leaf);
    return matcher === undefined ? [] : [matcher];
  });
  return matchers.length === 0 ? undefined : (item, run) => matchers.every((matches) => matches(item, run));
}

/** "exists: the slices are differentiated by the presence or absence of the nominated element". */
function existence(node: ProfileNode, steps: readonly DiscriminatorStep[], context: SlicingContext): Matcher | undefined {
  let place: ProfileNode | undefined = node;
  for (const step of steps) place = step.kind === 'child' ? place?.children.get(step.name) : undefined;
  const { min = 0, max } = place ?? {};
  if (min === 0 && max !== 0) return undefined;
  return (item) => {
    let items: readonly Item[] = [item];
    for (const step of steps) items = items.flatMap((found) => children(found, step, context));
    return max === 0 ? items.length === 0 : items.length > 0;
  };
}

/** A value as an item without a place, for what references lead to. */
export function looseItem(value: JsonValue, type: string): Item {
  return { value, sibling: undefined, type, shown: type, index: -1 };
}
