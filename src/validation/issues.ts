/** One run of the validator: where it stands in the resource, and what it has found. Paths become text only when something is found. */
import type { Definitions } from '../definitions/definitions.ts';
import { limits } from '../fhir/limits.ts';
import type { Issue, IssueCode, Severity } from '../fhir/outcome.ts';
import { isJsonObject, type JsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import type { Holds } from '../fhirpath/expression.ts';
import type { Environment, Expression } from '../fhirpath/node.ts';
import type { BundleIndex } from './bundle-index.ts';
import { isRecommendation, issueKind } from './issue-kinds.ts';
import { formatMessage, type Language, type MessageId, type Parameters } from './messages.ts';
import type { Item, Shape } from './shapes.ts';

export interface ValidationIssue extends Issue {
  /** Who says so: base R4 (a 400 on write), a profile, or a rule of this server (422 on write). */
  readonly source: 'base' | 'profile' | 'server';
  /** The canonical of the profile, when the source is one. */
  readonly profile?: string;
}

/** On whose behalf issues are found now. */
export interface Layer {
  readonly source: ValidationIssue['source'];
  readonly profile?: string;
  /** The same with its version. */
  readonly statedBy?: string;
  /** Errors count as warnings, and all go under this id: what a profile says that does not hold yet. */
  readonly softened?: string;
}

/** What the caller wants said. */
export interface RunOptions {
  /** Expression of the outermost resource: `Patient`, `Bundle.entry[3].resource`. */
  readonly root: string;
  readonly language: Language;
  /** What would only be good practice: a narrative (dom-6). */
  readonly recommendations: boolean;
  /** Elements that a profile marks as must-support and that are not there. */
  readonly mustSupport: boolean;
}

/** What a code is called, by language. */
export interface CodeNames {
  readonly names: readonly { readonly text: string; readonly language: JsonValue }[];
  /** Of the displays themselves. */
  readonly language: JsonValue;
}

/** A place where an extension may stand. https://hl7.org/fhir/R4/defining-extensions.html#context */
export interface ExtensionPlace {
  readonly type: string;
  readonly expression: string;
}

/** What is the same for every run of a validator. */
export interface Tools {
  readonly definitions: Definitions;
  readonly shapeOf: (key: string) => Shape | undefined;
  /** What places are called, by resource type and path: looked up often, of a few hundred only. */
  readonly placeNames: Map<string, ReadonlySet<string>>;
  /** What codes are called that came with a display other than their own. */
  readonly codeNames: Map<string, CodeNames>;
  /** Where extensions may stand, by their definition. */
  readonly places: WeakMap<Resource, readonly ExtensionPlace[]>;
  /** Compiled contexts of extensions that are FHIRPath, by type and text; undefined for those that don't fit the type. */
  readonly contextPaths: Map<string, Expression | undefined>;
  /** The same for their invariants about where they stand. */
  readonly contextRules: Map<string, Holds | undefined>;
  /** What HTML in markdown and texts is. */
  readonly htmlInMarkdown: 'warning' | 'error';
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Answers FHIRPath's `resolve()`. */
  readonly resolve: (reference: string, run: Run) => { readonly resourceType: string } | undefined;
  /** Applies a profile to the value at the end of the run's path, when profiles are applied at all. */
  readonly applyProfile?: (
    canonical: string,
    item: Item,
    run: Run,
    depth: number,
    options?: { readonly nominated?: true },
  ) => void;
  /** Applies the profiles of a resource that has passed its base check's shape; called once per resource, also for inner ones. */
  readonly checkProfiles?: (resource: Resource, run: Run, depth: number) => void;
}

export interface Run extends RunOptions {
  readonly tools: Tools;
  /**
   * The steps from the root to the element being looked at: `names[i]` with `indexes[i]`, -1 for an element that does not repeat.
   * Only the first `depth` count; deeper ones are left over from elements already done.
   */
  readonly names: string[];
  readonly indexes: number[];
  readonly issues: ValidationIssue[];
  errors: number;
  /** As many errors as are ever shown: nothing more needs looking at. */
  full: boolean;
  layer: Layer;
  /** What `%resource` and `%rootResource` are now. */
  environment: Environment;
  /** The innermost Bundle around the resource being looked at. */
  bundle: BundleIndex | undefined;
  /** What must be said once only, such as a binding that can't be checked. */
  readonly said: Set<string>;
  /** Profiles applied to each value so far. */
  readonly applied: Map<JsonObject, Set<string>>;
  /** The depth at which the resource being looked at stands. */
  resourceDepth: number;
  /** Element ids of the resource being looked at. */
  elementIds: Set<string>;
  /** Resources whose profiles were already checked through a reference in this run. */
  readonly matched: Map<JsonObject, Map<string, boolean>>;
}

const baseLayer: Layer = { source: 'base' };

/** Begins at a resource. */
export function startRun(resource: Resource, options: RunOptions, tools: Tools): Run {
  const { root, language, recommendations, mustSupport } = options;
  // Named one by one: V8 makes a dictionary of an object that begins with a spread and has as many members, which every check then reads.
  const run: Run = {
    root,
    language,
    recommendations,
    mustSupport,
    tools,
    names: [],
    indexes: [],
    issues: [],
    errors: 0,
    full: false,
    layer: baseLayer,
    environment: {
      resource,
      rootResource: resource,
      resolve: (reference) => tools.resolve(reference, run),
      effort: { steps: limits.validationStepsMax },
    },
    bundle: undefined,
    said: new Set(),
    applied: new Map(),
    resourceDepth: 0,
    elementIds: new Set(),
    matched: new Map(),
  };
  return run;
}

/**
 * Looks at the value of the element at the end of the run's path, its first `depth` steps. False when it has not the JSON shape that rules
 * about its content may count on.
 */
export type Check = (value: unknown, run: Run, depth: number) => boolean;

/** A rule about a value of the right JSON shape; `undefined` stands for a primitive that has only an id or extensions. */
export type Rule = (value: unknown, run: Run, depth: number) => void;

export interface Finding {
  readonly parameters?: Parameters;
  readonly severity?: Severity;
  readonly code?: IssueCode;
  /** The stable id to report when it isn't the message's own: an invariant's key. */
  readonly rule?: string;
  /** Canonical of the definition that states the rule, when it is not the one being applied. */
  readonly statedBy?: string;
  /** Only good practice, though its message is not one that always is. */
  readonly recommendation?: boolean;
}

/** Notes an issue at the first `depth` steps of the run's path. */
export function report(run: Run, depth: number, id: MessageId, finding: Finding = {}): void {
  if (!run.recommendations && (finding.recommendation === true || isRecommendation(id))) return;
  const stated = finding.severity ?? (id === 'text-html' ? run.tools.htmlInMarkdown : issueKind(id).severity);
  const softened = stated === 'error' || stated === 'warning' ? run.layer.softened : undefined;
  const severity = softened === undefined ? stated : 'warning';
  if (!hasRoom(run, severity)) return;
  const issue: Draft = {
    severity,
    code: finding.code ?? issueKind(id).code,
    text: formatMessage(id, finding.parameters ?? {}, run.language),
    expression: expressionOf(run, depth),
    id: finding.rule ?? id,
    message: id,
    source: run.layer.source,
  };
  sign(issue, run, sourceOf(finding.statedBy, run));
  add(run, issue);
}

/** Filled member by member: of a good resource, too, something is said, such as what can't be checked, and a write waits for it. */
type Draft = { -readonly [Name in keyof ValidationIssue]: ValidationIssue[Name] };

/** In whose name, and in which language. */
function sign(issue: Draft, { language, layer: { softened, profile } }: Run, statedBy: string | undefined): void {
  if (language !== 'en') issue.language = language;
  if (softened !== undefined && issue.severity === 'warning') {
    if (issue.id !== undefined) issue.rule = issue.id;
    issue.id = softened;
  }
  if (profile !== undefined) issue.profile = profile;
  if (statedBy !== undefined) issue.statedBy = statedBy;
}

const core = 'http://hl7.org/fhir/StructureDefinition/';
const coreVersion = '4.0.1';

/** R4's definitions have one version; what base R4 says without naming a definition is said by that of the resource. */
function sourceOf(stated: string | undefined, { layer, environment }: Run): string | undefined {
  if (stated !== undefined && stated !== layer.profile) return stated.startsWith(core) ? `${stated}|${coreVersion}` : stated;
  if (layer.source !== 'base') return layer.statedBy;
  const type = isJsonObject(environment.resource) ? environment.resource.resourceType : undefined;
  return typeof type === 'string' && /^[A-Z][A-Za-z]*$/.test(type) ? `${core}${type}|${coreVersion}` : undefined;
}

/** There may be as many errors as are shown, and as many others. */
function hasRoom(run: Run, severity: Severity): boolean {
  return isError({ severity }) ? !run.full : run.issues.length - run.errors < limits.issuesMax;
}

function add(run: Run, issue: ValidationIssue): void {
  if (issue.source === 'profile' && run.issues.some((known) => isSame(known, issue))) return;
  if (isError(issue)) {
    run.errors += 1;
    run.full = run.errors >= limits.issuesMax;
  }
  run.issues.push(issue);
}

/** What the base or another profile has already found is not said again, nor more mildly in another layer. */
function isSame(known: ValidationIssue, issue: ValidationIssue): boolean {
  const same = known.expression === issue.expression && known.text === issue.text && ruleOf(known) === ruleOf(issue);
  return same && (known.severity === issue.severity || isError(known));
}

/** A softened issue has the layer's id, and its own as its rule. */
export function ruleOf({ id, rule }: Issue): string | undefined {
  return rule ?? id;
}

/** The run's path as FHIRPath: `Patient.name[0].given[1]`. */
export function expressionOf(run: Run, depth: number): string {
  let text = run.root;
  for (let step = 0; step < depth; step += 1) {
    const index = run.indexes[step] ?? -1;
    text += index < 0 ? `.${run.names[step]}` : `.${run.names[step]}[${index}]`;
  }
  return text;
}

/** Makes `name` the step behind the first `depth` ones; `index` -1 for an element that does not repeat. */
export function enterStep(run: Run, depth: number, name: string, index = -1): void {
  run.names[depth] = name;
  run.indexes[depth] = index;
}

/** The name of the element at the path's end, for messages; of a resource its type, wherever it stands. */
export function elementName(run: Run, depth: number): string {
  if (depth === run.resourceDepth) return run.environment.resource.resourceType;
  return run.names[depth - 1] ?? run.root;
}

/**
 * Enters a resource within the one being looked at, for what `%resource` and `%rootResource` mean there; answers how to leave it again.
 * A contained resource keeps its container as root.
 */
export function enterResource(resource: Resource, depth: number, run: Run): () => void {
  const { environment, elementIds, resourceDepth } = run;
  const contained = environment.rootResource['contained'];
  const rootResource = Array.isArray(contained) && contained.includes(resource) ? environment.rootResource : resource;
  run.environment = { ...environment, resource, rootResource };
  run.elementIds = new Set();
  run.resourceDepth = depth;
  return () => {
    run.environment = environment;
    run.elementIds = elementIds;
    run.resourceDepth = resourceDepth;
  };
}

/** Does something with an item of a profile: when it is a resource within the one being looked at, inside of it. */
export function within({ value }: Item, run: Run, depth: number, act: () => void): void {
  const leave = isResource(value) && value !== run.environment.resource ? enterResource(value, depth, run) : undefined;
  act();
  leave?.();
}

function isResource(value: unknown): value is Resource {
  return isJsonObject(value) && typeof value['resourceType'] === 'string';
}

/** The run's issues as they are given out: the gravest first kept when there are too many. */
export function issuesOf(run: Run): readonly ValidationIssue[] {
  if (run.issues.length <= limits.issuesMax) return run.issues;
  const errors = run.issues.filter(isError);
  return [...errors, ...run.issues.filter((issue) => !isError(issue))].slice(0, limits.issuesMax);
}

export function isError({ severity }: Pick<Issue, 'severity'>): boolean {
  return severity === 'error' || severity === 'fatal';
}
