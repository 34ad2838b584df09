/**
 * Which resource each entry of a transaction means, on the state before it. Conditional PUT is read as decided in
 * src/decisions/0006-conditional-put-in-transactions.md. https://hl7.org/fhir/R4/http.html#trules
 */
import type { AccessContext } from '../access/access-context.ts';
import { mayCreateUnderId } from '../access/authorize-write.ts';
import { atExpression, FhirError, notFound, required } from '../fhir/outcome.ts';
import { formatKey } from '../fhir/reference.ts';
import { isJsonObject, type JsonValue, type Resource, type ResourceKey } from '../fhir/types.ts';
import { escapeValue, splitUnescaped, unescapeValue } from '../search/escape.ts';
import type { QueryParameter } from '../search/parse-query.ts';
import type { Expectation, StoredVersion } from '../store/store.ts';
import type { BundleEntry } from './bundle-entries.ts';
import { type Condition, findMatches, parseCondition, parseIfNoneExist, severalMatches, within } from './conditional.ts';
import type { ServerContext } from './context.ts';
import { findDeletions } from './delete.ts';
import { readDeleteOptions } from './delete-options.ts';
import { applyPatch, parsePatch, type WantedPatch } from './plan-patch.ts';
import { collectAll } from './problems.ts';
import { checkBodyId, checkedId, isFree } from './update.ts';

/** What an entry comes down to. `match`: a conditional create that found its resource, so that there is nothing to write. */
export type Target = { readonly entry: BundleEntry } & (
  | {
      readonly action: 'create';
      readonly key: ResourceKey;
      readonly resource: Resource;
      readonly permission: 'c' | 'u';
      readonly expect: Expectation;
    }
  | { readonly action: 'update'; readonly key: ResourceKey; readonly resource: Resource }
  | {
      readonly action: 'patch';
      readonly key: ResourceKey;
      readonly resource: Resource;
      readonly wanted: WantedPatch;
      readonly current: StoredVersion;
    }
  | { readonly action: 'delete'; readonly key: ResourceKey; readonly leavesReferences: boolean; readonly matched?: StoredVersion }
  | { readonly action: 'match'; readonly key: ResourceKey; readonly version?: StoredVersion }
  | { readonly action: 'none' }
);

/** Resolves the entries that write, given in the order they are processed. What is wrong goes to `problems`, and the entry has no target. */
export async function resolveTargets(
  entries: readonly BundleEntry[],
  access: AccessContext,
  context: ServerContext,
  problems: FhirError[],
): Promise<readonly Target[]> {
  const found = await collectAll(entries, problems, (entry) => look(entry, access, context));
  const claims: Claims = { keys: new Map(), conditions: new Map() };
  const looks = found.flatMap((one) => one ?? []);
  const targets = await collectAll(looks, problems, (one) => claim(one, claims));
  return targets.filter((target) => target !== undefined);
}

/** Who has claimed a resource: by its key, and by the condition that nothing met. */
interface Claims {
  readonly keys: Map<string, BundleEntry>;
  readonly conditions: Map<string, Target & { readonly action: 'create' }>;
}

/** Makes the target the entry's own; throws when another entry has claimed the same resource. */
function claim({ target, condition }: Look, { keys, conditions }: Claims): Target {
  const { entry } = target;
  const twin = condition === undefined ? undefined : conditions.get(condition);
  if (twin !== undefined) {
    if (twin.permission === 'u' || target.action !== 'create' || target.permission === 'u') throw sameResource(entry, twin.entry);
    // Two conditional creates with one condition: what the first brings is what the second finds.
    return { entry, action: 'match', key: twin.key };
  }
  if (target.action === 'none' || target.action === 'match') return target;
  const key = formatKey(target.key);
  const other = keys.get(key);
  if (other !== undefined) throw sameResource(entry, other);
  keys.set(key, entry);
  if (condition !== undefined && target.action === 'create') conditions.set(condition, target);
  return target;
}

/** "If any resource identities (including resolved identities from conditional update/delete) overlap in steps 1-3, then the transaction SHALL fail." */
export function sameResource(entry: BundleEntry, other: BundleEntry): FhirError {
  const text = `This entry and ${other.at} resolve to the same resource; a transaction may change a resource only once.`;
  return new FhirError(400, [{ severity: 'error', code: 'duplicate', text, expression: entry.at }]);
}

interface Look {
  readonly target: Target;
  /** Names a condition that nothing met, the same for the same condition. */
  readonly condition?: string;
}

/** One look for each resource that the entry means: several only for a conditional delete. */
async function look(entry: BundleEntry, access: AccessContext, context: ServerContext): Promise<readonly Look[]> {
  const { match, resource } = entry;
  if (match.row.code === 'delete') return lookDelete(entry, access, context);
  if (match.row.code === 'patch') return [{ target: await lookPatch(entry, access, context) }];
  if (resource === undefined) throw required('This entry must hold a resource.', `${entry.at}.resource`);
  if (match.row.code === 'create') return [await lookCreate(entry, resource, access, context)];
  if (match.id === undefined) return [await lookConditionalPut(entry, resource, access, context)];
  checkBodyId(resource, match.id, `${entry.at}.resource`);
  return [{ target: { entry, action: 'update', key: { type: resource.resourceType, id: match.id }, resource } }];
}

async function lookDelete(entry: BundleEntry, access: AccessContext, context: ServerContext): Promise<readonly Look[]> {
  const { type = '', id } = entry.match;
  const place = `${entry.at}.request.url`;
  const options = at(place, () => readDeleteOptions(entry.query, type, access));
  const { leavesReferences } = options;
  if (id !== undefined) return [{ target: { entry, action: 'delete', key: { type, id }, leavesReferences } }];
  const condition = at(place, () => parseCondition(type, options.condition, { access, permission: 'd' }, context));
  const matches = await findDeletions(condition, options, context, place);
  if (matches.length === 0) return [{ target: { entry, action: 'none' } }];
  return matches.map((matched) => ({ target: { entry, action: 'delete', key: matched.key, leavesReferences, matched } }));
}

/** A patch is applied to the state before the transaction, like every entry that changes something. */
async function lookPatch(entry: BundleEntry, access: AccessContext, context: ServerContext): Promise<Target> {
  const { type = '', id } = entry.match;
  const place = `${entry.at}.request.url`;
  if (entry.patch === undefined) throw required('This entry must hold a patch.', `${entry.at}.resource`);
  const patch = parsePatch(entry.patch, `${entry.at}.resource`, context);
  const key = id === undefined ? await patchedKey(entry, access, context) : { type, id };
  if (key === undefined) throw atExpression(notFound(`No ${type} meets the condition of this patch.`), () => place);
  const wanted = { key, access, headers: entry.headers, patch, at: entry.at };
  return { entry, action: 'patch', key, wanted, ...(await applyPatch(wanted, context)) };
}

async function patchedKey(entry: BundleEntry, access: AccessContext, context: ServerContext): Promise<ResourceKey | undefined> {
  const { type = '' } = entry.match;
  const place = `${entry.at}.request.url`;
  const condition = at(place, () => parseCondition(type, entry.query, { access, permission: 'u' }, context));
  const [first, second] = await findMatches(condition, context, { place });
  if (second !== undefined) throw severalMatches(type, place);
  return first?.key;
}

async function lookCreate(entry: BundleEntry, resource: Resource, access: AccessContext, context: ServerContext): Promise<Look> {
  const type = resource.resourceType;
  const key = { type, id: context.newId() };
  const { ifNoneExist } = entry.headers;
  const create = { entry, action: 'create', key, resource, permission: 'c' } as const;
  if (ifNoneExist === undefined) return { target: { ...create, expect: { kind: 'absent' } } };
  const place = `${entry.at}.request.ifNoneExist`;
  const condition = at(place, () => parseIfNoneExist(type, ifNoneExist, access, context));
  const [first, second] = await findMatches(condition, context, { place });
  if (second !== undefined) throw severalMatches(type, place);
  if (first !== undefined) return { target: { entry, action: 'match', key: first.key, version: first } };
  const expect = { kind: 'no-match', criterion: condition.allowed } as const;
  return { target: { ...create, expect }, condition: conditionName(condition) };
}

async function lookConditionalPut(
  entry: BundleEntry,
  resource: Resource,
  access: AccessContext,
  context: ServerContext,
): Promise<Look> {
  const type = resource.resourceType;
  const place = `${entry.at}.request.url`;
  const parameters = entry.query.map((parameter) => withOwnSystems(parameter, resource));
  const condition = at(place, () => parseCondition(type, parameters, { access, permission: 'u' }, context));
  const id = resource['id'] === undefined ? undefined : checkedId(resource['id'], `${entry.at}.resource`);
  const [first, second] = await findMatches(condition, context, { place });
  if (first !== undefined) {
    const meant = second === undefined ? first : await findOwn(condition, id, context);
    if (meant === undefined) throw severalMatches(type, place);
    return { target: { entry, action: 'update', key: meant.key, resource } };
  }
  const keepsId = id !== undefined && mayCreateUnderId(access, type) && (await isFree({ type, id }, access, context));
  const key = { type, id: keepsId ? id : context.newId() };
  const expect = { kind: 'no-match', criterion: condition.allowed } as const;
  return { target: { entry, action: 'create', key, resource, permission: 'u', expect }, condition: conditionName(condition) };
}

/** Of several matches, the one whose id is the resource's own. */
async function findOwn(condition: Condition, id: string | undefined, context: ServerContext): Promise<StoredVersion | undefined> {
  if (id === undefined) return undefined;
  const [own] = await findMatches(within(condition, { kind: 'id', ids: [id] }), context);
  return own;
}

/**
 * `identifier=<value>` without a system is read with the system under which the entry's own resource carries that value: the Ministry's
 * bundles leave it out, and two organizations of different registries may well have the same number.
 */
function withOwnSystems([name, value]: QueryParameter, resource: Resource): QueryParameter {
  if (name !== 'identifier') return [name, value];
  const alternatives = splitUnescaped(value, ',').flatMap((alternative) => {
    if (splitUnescaped(alternative, '|').length > 1) return [alternative];
    const systems = systemsOf(resource, unescapeValue(alternative) ?? alternative);
    return systems.length === 0 ? [alternative] : systems.map((system) => `${escapeValue(system)}|${alternative}`);
  });
  return [name, alternatives.join(',')];
}

function systemsOf(resource: Resource, value: string): readonly string[] {
  const identifiers: JsonValue = resource['identifier'] ?? [];
  const list: readonly JsonValue[] = Array.isArray(identifiers) ? identifiers : [identifiers];
  return list.flatMap((identifier) => {
    if (!isJsonObject(identifier) || identifier['value'] !== value) return [];
    const { system } = identifier;
    return typeof system === 'string' ? [system] : [];
  });
}

function at<T>(place: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof FhirError ? atExpression(error, () => place) : error;
  }
}

function conditionName({ type, criterion }: Condition): string {
  return `${type}?${JSON.stringify(criterion)}`;
}
