/** Validation of a resource against base R4, the profiles it claims and the profiles the server imposes. https://hl7.org/fhir/R4/validation.html */
import type { Definitions } from '../definitions/definitions.ts';
import { isJsonObject, type JsonValue, type Resource } from '../fhir/types.ts';
import { indexBundle } from './bundle-index.ts';
import { valueRules } from './identifier-checks.ts';
import { issuesOf, type Run, startRun, type Tools, type ValidationIssue } from './issues.ts';
import type { Language } from './messages.ts';
import { openProfiles, type Profiles } from './profiles.ts';
import { resolveTarget } from './references.ts';
import { openResourceCheck } from './resource-checks.ts';
import { openProfileStep } from './resource-profiles.ts';
import { readServerRules, type ServerRules } from './server-rules.ts';
import { openShapes } from './shapes.ts';
import { looseItem } from './slicing.ts';
import { openStorableCheck } from './storable.ts';

export type { ValidationIssue } from './issues.ts';

export interface ValidateOptions {
  /** Canonicals to apply besides those in `meta.profile` and those the server imposes by type. */
  readonly profiles?: readonly string[];
  /** One of these profiles that is not known, or can't be applied, is an error, not a warning. */
  readonly profilesNominated?: boolean;
  /** Prefix of every expression: `Bundle.entry[3].resource`; default: the resource type. */
  readonly at?: string;
  /** Of the issues' texts; default English. */
  readonly language?: Language;
  /** Also what would only be good practice, such as a narrative (dom-6); default: yes. */
  readonly recommendations?: boolean;
  /** Also, as information, elements that a profile marks as must-support and that are not there; default: no. */
  readonly mustSupport?: boolean;
  /** Only the profiles of the resource itself: it is a Bundle whose resources, and its envelope, were checked one by one before. */
  readonly profilesOnly?: boolean;
  /** Conformance resources that count as if they were stored: those that a transaction is about to store. */
  readonly beside?: readonly Resource[];
}

export interface Validator {
  /** All issues, never just the first; at most `limits.issuesMax`. Never throws for bad content. */
  validate(resource: JsonValue, options?: ValidateOptions): readonly ValidationIssue[];
}

export interface ValidatorSettings {
  /** `fse`: base and profiles; `base`: base R4 only; `off`: only what storing needs (resourceType known, id, meta well formed). */
  readonly mode: 'fse' | 'base' | 'off';
  readonly timeZone: string;
  /** Which profiles are imposed and which values are looked at, in mode `fse`; default: those of the packages under `profiles/`. */
  readonly rules?: ServerRules;
  /** Default: a warning. */
  readonly htmlInMarkdown?: 'warning' | 'error';
  /** Milliseconds since 1970; default: the system's clock. */
  readonly now?: () => number;
}

/**
 * Opens a validator. Throws an Error that names the profile when one can't be compiled completely. Profiles are read anew whenever the
 * definitions have changed; R4's own types, and the codes that they are bound to, are read once.
 */
export function openValidator(definitions: Definitions, settings: ValidatorSettings): Validator {
  const { mode, htmlInMarkdown = 'warning', now = Date.now } = settings;
  const shapeOf = openShapes(definitions);
  const rules = mode === 'fse' ? (settings.rules ?? readServerRules()) : noRules;
  const loaded = openProfiles(definitions, shapeOf);
  if (mode === 'fse') compileLoaded(definitions, loaded, rules);
  const fixed = { shapeOf, ...openMemory(), htmlInMarkdown, now, resolve: resolveTarget };
  const openTools = (current: Definitions, profiles = openProfiles(current, shapeOf)): Tools => {
    const tools = { ...fixed, codeNames: new Map(), definitions: current, applyProfile: profiles.apply };
    return mode === 'fse' ? { ...tools, checkProfiles: openProfileStep(current, profiles, rules) } : tools;
  };
  const toolsFor = keepTools(definitions, openTools(definitions, loaded), openTools);
  const check = openResourceCheck(definitions, valueRules(rules));
  const storable = openStorableCheck(definitions);
  return {
    validate(resource, options = {}) {
      const run = start(resource, options, toolsFor(options.beside));
      // Whoever asks for a profile wants more than storing needs.
      if (mode === 'off' && (options.profiles ?? []).length === 0) storable(resource, run, 0);
      else if (options.profilesOnly === true) checkAgain(resource, run);
      else if (check(resource, run, 0)) applyAsked(resource as Resource, options, run); // The check has seen that it is one.
      return issuesOf(run);
    },
  };
}

/** Tools are made once for each state of the definitions, and once for each list of resources that count beside them. */
function keepTools(
  definitions: Definitions,
  first: Tools,
  openTools: (definitions: Definitions) => Tools,
): (beside: readonly Resource[] | undefined) => Tools {
  let kept = { revision: definitions.revision(), tools: first };
  const layered = new WeakMap<readonly Resource[], Tools>();
  return (beside) => {
    if (beside === undefined) {
      const revision = definitions.revision();
      if (kept.revision !== revision) kept = { revision, tools: openTools(definitions) };
      return kept.tools;
    }
    const tools = layered.get(beside) ?? openTools(definitions.including(beside));
    layered.set(beside, tools);
    return tools;
  };
}

function openMemory(): Pick<Tools, 'placeNames' | 'places' | 'contextPaths' | 'contextRules'> {
  return { placeNames: new Map(), places: new WeakMap(), contextPaths: new Map(), contextRules: new Map() };
}

const noRules: ServerRules = { impose: [], values: [], pairs: [] };

/** What can't be compiled is known at the start, not at the first resource that claims it. */
function compileLoaded(definitions: Definitions, profiles: Profiles, { impose }: ServerRules): void {
  for (const { profile } of impose) profiles.compile(profile);
  for (const definition of definitions.conformanceResources('StructureDefinition')) {
    const url = definition['url'];
    if (typeof url === 'string' && definition['derivation'] === 'constraint') profiles.compile(url);
  }
}

function applyAsked(resource: Resource, { profiles = [], profilesNominated }: ValidateOptions, run: Run): void {
  const options = profilesNominated === true ? ({ nominated: true } as const) : {};
  for (const canonical of profiles)
    run.tools.applyProfile?.(canonical, looseItem(resource, resource.resourceType), run, 0, options);
}

/** The profiles of a resource all of whose parts have passed their base check. */
function checkAgain(resource: JsonValue, run: Run): void {
  if (!isJsonObject(resource)) return;
  if (resource['resourceType'] === 'Bundle') run.bundle = indexBundle(resource);
  run.tools.checkProfiles?.(resource as Resource, run, 0); // As the caller says.
}

function start(resource: JsonValue, options: ValidateOptions, tools: Tools): Run {
  const { at, language = 'en', recommendations = true, mustSupport = false } = options;
  const type = isJsonObject(resource) ? resource['resourceType'] : undefined;
  const root = at ?? (typeof type === 'string' && tools.definitions.isResourceType(type) ? type : 'Resource');
  // What is no resource is refused before anything reads it as one.
  return startRun(resource as Resource, { root, language, recommendations, mustSupport }, tools);
}
