/**
 * References among the entries of a transaction. How they resolve: https://hl7.org/fhir/R4/bundle.html#references; what becomes of them:
 * https://hl7.org/fhir/R4/http.html#trules ("servers SHALL replace all matching links in the bundle").
 */
import type { AccessContext } from '../access/access-context.ts';
import { narrow } from '../access/narrow.ts';
import { FhirError, type Issue } from '../fhir/outcome.ts';
import { formatKey, parseReference } from '../fhir/reference.ts';
import type { Resource, ResourceKey } from '../fhir/types.ts';
import type { Expectation } from '../store/store.ts';
import type { Target } from './bundle-targets.ts';
import { findReferenced, openChanges } from './conditional-reference.ts';
import type { ServerContext } from './context.ts';
import { type Link, openLinkMapper } from './map-links.ts';
import { expectUnchanged } from './plan-write.ts';
import { collectAll } from './problems.ts';
import { withId } from './request-resource.ts';

/** A target that leaves a version behind. */
export type WritingTarget = Extract<Target, { readonly resource: Resource }>;

export interface ResolvedTarget {
  readonly target: WritingTarget;
  /** As it is to be stored: under its new id, its references pointing at what the other entries became. */
  readonly resource: Resource;
  /** A version-specific reference names its new version, which therefore must come about on top of this state. */
  readonly pinned?: Expectation;
  /** That new version's id, then. */
  readonly versionId?: string;
}

export interface ReferenceSettings {
  /** Those of all entries that hold a resource, also of such that could not be read: a reference to one of them does not dangle. */
  readonly fullUrls: readonly string[];
  readonly access: AccessContext;
  readonly context: ServerContext;
}

/** Rewrites the resources of the targets. What dangles goes to `problems`, with the place of the reference. */
export async function resolveReferences(
  targets: readonly Target[],
  settings: ReferenceSettings,
  problems: FhirError[],
): Promise<readonly ResolvedTarget[]> {
  const { context } = settings;
  const scope = openScope(targets, settings);
  const mapLinks = openLinkMapper(context.definitions);
  const writing = targets.filter((target): target is WritingTarget => 'resource' in target);
  const dangling: Issue[] = [];
  const conditional = new Map<string, string>();
  const versioned = new Map<string, Target>();

  const first = writing.map((target) => {
    const change = (link: Link): string => {
      const found = findLink(link, baseOfTarget(target), scope);
      if (found.kind === 'entry') return found.key;
      if (found.kind === 'version') versioned.set(found.key, found.target);
      if (found.kind === 'conditional') conditional.set(link.text, link.place);
      if (found.kind === 'dangling') dangling.push(danglingIssue(link.place));
      return link.text;
    };
    const { key, entry, resource } = target;
    return { target, resource: mapLinks(withId(resource, key.id), `${entry.at}.resource`, change) };
  });
  if (dangling.length > 0) problems.push(new FhirError(400, dangling));
  if (conditional.size === 0 && versioned.size === 0) return first;

  const pins = await pinVersions([...versioned.values()], settings);
  const referenced = await resolveConditional(conditional, { targets, resolved: first, settings, problems });
  return first.map(({ target, resource }) => {
    const change = (link: Link): string => {
      const found = findLink(link, baseOfTarget(target), scope);
      if (found.kind === 'conditional') return referenced.get(link.text) ?? link.text;
      return found.kind === 'version' ? `${found.key}/_history/${pins.get(found.target)?.versionId}` : link.text;
    };
    const pin = pins.get(target);
    const final = mapLinks(resource, `${target.entry.at}.resource`, change);
    return pin === undefined
      ? { target, resource: final }
      : { target, resource: final, pinned: pin.expect, versionId: pin.versionId };
  });
}

type Found =
  /** An entry of this Bundle, under `Type/id`. */
  | { readonly kind: 'entry'; readonly key: string }
  | { readonly kind: 'version'; readonly key: string; readonly target: Target }
  | { readonly kind: 'conditional' }
  /** Meant to be in this Bundle, but not there. */
  | { readonly kind: 'dangling' }
  | { readonly kind: 'elsewhere' };

/** The fullUrls of a Bundle. */
interface Scope {
  readonly baseUrl: string;
  readonly targets: ReadonlyMap<string, Target & { readonly key: ResourceKey }>;
  readonly declared: ReadonlySet<string>;
  /** Of the RESTful ones, this server's own left out: what is said to be there should be in the Bundle. */
  readonly bases: ReadonlySet<string>;
}

/** A RESTful URL: base, type, id. https://hl7.org/fhir/R4/references.html#regex */
const restfulPattern = /^(https?:\/\/.+)\/[A-Z][A-Za-z]{1,63}\/[A-Za-z0-9\-.]{1,64}$/;
const versionPattern = /^(.+)\/_history\/[A-Za-z0-9\-.]{1,64}$/;

function openScope(targets: readonly Target[], { fullUrls, context }: ReferenceSettings): Scope {
  const { baseUrl } = context;
  const bases = fullUrls.map(baseOf).filter((base) => base !== undefined && base !== baseUrl);
  const byUrl = targets.flatMap((target) => {
    const { fullUrl } = target.entry;
    return fullUrl === undefined || !('key' in target) || target.action === 'delete' ? [] : [[fullUrl, target] as const];
  });
  return {
    baseUrl,
    targets: new Map(byUrl),
    declared: new Set(fullUrls),
    bases: new Set(bases.filter((base) => base !== undefined)),
  };
}

/** The base that an entry's relative references stand under; a patched resource is of this server, whatever its entry's fullUrl says. */
function baseOfTarget({ action, entry: { fullUrl } }: Target): string | undefined {
  return action === 'patch' || fullUrl === undefined ? undefined : baseOf(fullUrl);
}

function findLink({ kind, text }: Link, base: string | undefined, scope: Scope): Found {
  if (kind !== 'reference') {
    const target = scope.targets.get(text);
    return target === undefined ? elsewhere : { kind: 'entry', key: formatKey(target.key) };
  }
  const parsed = parseReference(text, scope.baseUrl);
  if (parsed.kind === 'conditional') return { kind: 'conditional' };
  if (parsed.kind === 'absolute') return findUrl(text, scope);
  if (parsed.kind !== 'local') return elsewhere;
  if (text.startsWith(`${scope.baseUrl}/`)) return findUrl(text, scope);
  // A relative reference stands under the base of its own entry's fullUrl, when that is RESTful; what the Bundle does not hold then is on
  // this server.
  const found = base === undefined ? elsewhere : findUrl(`${base}/${text}`, scope);
  return found.kind === 'dangling' ? elsewhere : found;
}

function findUrl(url: string, scope: Scope): Found {
  const target = scope.targets.get(url);
  if (target !== undefined) return { kind: 'entry', key: formatKey(target.key) };
  const [, unversioned] = versionPattern.exec(url) ?? [];
  const versioned = unversioned === undefined ? undefined : scope.targets.get(unversioned);
  if (versioned !== undefined) return { kind: 'version', key: formatKey(versioned.key), target: versioned };
  return dangles(unversioned ?? url, scope) ? { kind: 'dangling' } : elsewhere;
}

const elsewhere: Found = { kind: 'elsewhere' };

function dangles(url: string, { declared, bases }: Scope): boolean {
  if (declared.has(url)) return false;
  if (/^urn:(?:uuid|oid):/.test(url)) return true;
  const base = baseOf(url);
  return base !== undefined && bases.has(base);
}

function baseOf(fullUrl: string): string | undefined {
  return restfulPattern.exec(fullUrl)?.[1];
}

function danglingIssue(expression: string): Issue {
  const text = 'The reference names an entry that this Bundle does not hold: no entry has such a fullUrl.';
  return { severity: 'error', code: 'not-found', text, expression };
}

interface Pin {
  readonly versionId: string;
  readonly expect: Expectation;
}

/** The versions that entries will have, for references that name a version; the store then has to find the state they were reckoned from. */
async function pinVersions(targets: readonly Target[], settings: ReferenceSettings): Promise<ReadonlyMap<Target, Pin>> {
  const { access, context } = settings;
  const pins = new Map<Target, Pin>();
  for (const target of targets) {
    if (!('key' in target)) continue;
    const known = target.action === 'match' ? target.version : undefined;
    const permission = target.action === 'create' ? target.permission : 'u';
    const patched = target.action === 'patch' ? target.current : undefined;
    const current = known ?? patched ?? (await context.store.read(target.key, narrow(access, [target.key.type], permission)));
    // Stores count the versions of a resource from 1.
    const next = current === undefined ? '1' : String(Number(current.versionId) + 1);
    pins.set(target, { versionId: known?.versionId ?? next, expect: expectUnchanged(current) });
  }
  return pins;
}

interface ConditionalSettings {
  readonly targets: readonly Target[];
  readonly resolved: readonly ResolvedTarget[];
  readonly settings: ReferenceSettings;
  readonly problems: FhirError[];
}

/** Conditional references by their text. "Resolve any conditional references" is the last rule: what the Bundle brings is found too. */
async function resolveConditional(
  places: ReadonlyMap<string, string>,
  { targets, resolved, settings, problems }: ConditionalSettings,
): Promise<ReadonlyMap<string, string>> {
  const { access, context } = settings;
  if (places.size === 0) return new Map();
  const written = resolved.map(({ target, resource }) => ({ key: target.key, resource }));
  const deleted = targets.flatMap((target) => (target.action === 'delete' ? [target.key] : []));
  const changes = openChanges(written, deleted, context);
  const references = [...places].map(([text, place]) => ({ text, place }));
  const keys = await collectAll(references, problems, (one) => findReferenced(one, changes, access, context));
  return new Map(
    references.flatMap(({ text }, index) => {
      const key = keys[index];
      return key === undefined ? [] : [[text, formatKey(key)] as const];
    }),
  );
}
