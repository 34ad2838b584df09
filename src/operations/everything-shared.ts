/**
 * The shared resources a record refers to: organizations, practitioners, medications. "The server SHOULD return at least all resources that it
 * has that are in the patient compartment […], and any resource referenced from those, including binaries and attachments."
 */
import { limits } from '../fhir/limits.ts';
import { formatKey, parseReference } from '../fhir/reference.ts';
import type { JsonValue, ResourceKey } from '../fhir/types.ts';
import type { ServerContext } from '../interactions/context.ts';
import { readVisibleInTurn } from '../interactions/read-visible.ts';
import type { StoredVersion } from '../store/store.ts';
import type { Scope } from './everything-scope.ts';
import { visitTexts } from './visit-texts.ts';

export interface SharedRequest {
  readonly scope: Scope;
  readonly patient: StoredVersion;
  /** The compartment, when it has been read whole; else it is read again. */
  readonly known?: readonly StoredVersion[];
  readonly context: ServerContext;
}

export interface Shared {
  /** In the order of their names (`Type/id`); a Binary among them may not be there. */
  readonly keys: readonly ResourceKey[];
  /** More than `limits.includesMax` are referred to. */
  readonly cut: boolean;
}

/** Follows references from the record to types outside every patient's compartment, and from those on, inside the caller's border. */
export async function collectShared({ scope, patient, known, context }: SharedRequest): Promise<Shared> {
  const found: ResourceKey[] = [];
  const asked = new Set<string>();
  const wanted = newTargets([patient, ...(known ?? [])], asked, context);
  if (known === undefined) {
    for await (const items of recordPages(scope, context)) wanted.push(...newTargets(items, asked, context));
  }
  const cut = wanted.length > limits.includesMax;
  let frontier = wanted.slice(0, limits.includesMax);
  for (let round = 0; frontier.length > 0 && round < limits.includeDepthMax; round += 1) {
    const next: ResourceKey[] = [];
    // A Binary, which may be large, leads nowhere.
    found.push(...frontier.filter(isBinary));
    const followed = frontier.filter((key) => !isBinary(key));
    for await (const version of readVisibleInTurn(followed, scope.access, context)) {
      found.push(version.key);
      next.push(...newTargets([version], asked, context));
    }
    frontier = next.slice(0, limits.includesMax);
  }
  const named = found.filter(({ type }) => scope.sharedTypes.includes(type)).map((key) => ({ name: formatKey(key), key }));
  return { keys: named.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ key }) => key), cut };
}

function isBinary({ type }: ResourceKey): boolean {
  return type === 'Binary';
}

async function* recordPages({ record }: Scope, { store }: ServerContext): AsyncGenerator<readonly StoredVersion[]> {
  const { pageSizeMax: count, pageCharactersMax: charactersMax } = limits;
  const query = { ...record, sort: [], count, charactersMax, total: 'none' } as const;
  let page = record.types.length === 0 ? { items: [] } : await store.search(query);
  yield page.items;
  while (page.next !== undefined) {
    page = await store.search({ ...query, after: page.next });
    yield page.items;
  }
}

/** The resources that the versions name and that were not named before, of types that belong to no patient. */
function newTargets(
  versions: readonly StoredVersion[],
  asked: Set<string>,
  { definitions, baseUrl }: ServerContext,
): ResourceKey[] {
  const keys: ResourceKey[] = [];
  const add = (reference: string) => {
    const parsed = parseReference(reference, baseUrl);
    if (parsed.kind !== 'local' || !definitions.isResourceType(parsed.type)) return;
    const isShared = parsed.type !== 'Patient' && definitions.compartment('Patient', parsed.type) === undefined;
    const key = { type: parsed.type, id: parsed.id };
    if (!isShared || asked.has(formatKey(key))) return;
    asked.add(formatKey(key));
    keys.push(key);
  };
  for (const { text } of versions) visitTexts(JSON.parse(text) as JsonValue, linking, add); // Stored text is JSON.
  return keys;
}

/** Literal references, and addresses of attachments, which may be a Binary of this server. */
const linking = ['reference', 'url'];
