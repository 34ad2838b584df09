/** Lines of an import as writes: each through the same plan as an update. */
import { createHash } from 'node:crypto';
import type { AccessContext } from '../../access/access-context.ts';
import { insufficientScope, isGranted } from '../../access/grants.ts';
import { parseJson } from '../../fhir/json.ts';
import { limits } from '../../fhir/limits.ts';
import { exception, FhirError, type Issue, malformed, tooLarge, unknownType } from '../../fhir/outcome.ts';
import type { Resource, ResourceKey } from '../../fhir/types.ts';
import { commitAll, type Written } from '../../interactions/commit.ts';
import type { ServerContext } from '../../interactions/context.ts';
import { isError, type PlannedWrite, planUpdate } from '../../interactions/plan-write.ts';
import { asResource, withId } from '../../interactions/request-resource.ts';
import { checkedId } from '../../interactions/update.ts';

/** A line to be written. */
export interface Line {
  readonly number: number;
  readonly bytes: Buffer | undefined;
}

export type LineResult = { readonly line: Line; readonly type: string } & (
  | { readonly kind: 'created' | 'updated' | 'unchanged' }
  /** `waits`: only because of references to what may still come. */
  | { readonly kind: 'refused' | 'waits'; readonly issues: readonly Issue[] }
);

export interface Importing {
  readonly job: string;
  readonly access: AccessContext;
  readonly context: ServerContext;
}

interface ReadLine {
  readonly line: Line;
  readonly key: ResourceKey;
  readonly resource: Resource;
}

/**
 * Writes the lines together when all of them can be written, and otherwise one by one, in their order. Of two lines with one id the later one
 * is the newer version. Throws what is no fault of a line: the store that is away.
 */
export async function importLines(lines: readonly Line[], importing: Importing): Promise<readonly LineResult[]> {
  const results: LineResult[] = [];
  const readable: ReadLine[] = [];
  for (const line of lines) {
    try {
      readable.push(readLine(line, importing));
    } catch (error) {
      results.push(refusal(line, '', error));
    }
  }
  const names = new Set(readable.map(({ key }) => `${key.type}/${key.id}`));
  const together = names.size === readable.length ? await writeTogether(readable, importing) : undefined;
  if (together !== undefined) return [...results, ...together];
  for (const one of readable) {
    results.push(...((await writeTogether([one], importing, true)) ?? []));
  }
  return results;
}

function readLine(line: Line, { job, access, context }: Importing): ReadLine {
  if (line.bytes === undefined)
    throw tooLarge(`The line has more than ${limits.importLineBytesMax / 1024 / 1024} MB, which is the limit.`);
  const resource = asResource(parseJson(decode(line.bytes)));
  const { resourceType: type, id } = resource;
  if (!context.definitions.isResourceType(type)) throw unknownType(`${type.slice(0, 64)} is not a resource type of FHIR R4.`);
  const denied = (['c', 'u'] as const).some((permission) => !isGranted(access, type, permission));
  if (denied) throw insufficientScope(access, type, ['c', 'u']);
  const key = { type, id: id === undefined ? idOf(job, line.number) : checkedId(id, type) };
  return { line, key, resource: withId(resource, key.id) };
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('The line is not UTF-8.');
  }
}

/** The same whenever the line is read, so that one that is read again after a restart makes no second resource. */
function idOf(job: string, number: number): string {
  return createHash('sha256').update(`${job} ${number}`).digest('hex').slice(0, 32);
}

/** Undefined when some of them can't be written and `final` is not set. */
async function writeTogether(
  lines: readonly ReadLine[],
  { access, context }: Importing,
  final = false,
): Promise<readonly LineResult[] | undefined> {
  let planned: readonly PlannedWrite[] = [];
  const plan = async (): Promise<readonly PlannedWrite[]> => {
    planned = await Promise.all(
      lines.map(({ key, resource }) => planUpdate({ key, resource, access, headers: {}, at: key.type }, context)),
    );
    return planned;
  };
  try {
    const written = await commitAll(plan, context);
    return lines.map(({ line, key }, index) => ({ line, type: key.type, kind: kindOf(planned[index], written[index]) }));
  } catch (error) {
    if (!final && error instanceof FhirError && error.status < 500) return undefined;
    return lines.map(({ line, key }) => refusal(line, key.type, error));
  }
}

function kindOf(planned: PlannedWrite | undefined, written: Written | undefined): 'created' | 'updated' | 'unchanged' {
  if (planned === undefined || written === undefined) throw exception('An imported line left nothing behind.');
  if (planned.write === undefined) return 'unchanged';
  return written.created ? 'created' : 'updated';
}

/** Anything but a refusal of this line is not the line's fault, and ends the attempt. */
function refusal(line: Line, type: string, error: unknown): LineResult {
  if (!(error instanceof FhirError) || error.status >= 500) throw error;
  const errors = error.issues.filter(isError);
  const waits = errors.length > 0 && errors.every(({ id }) => id === 'reference-unresolved');
  return { line, type, kind: waits ? 'waits' : 'refused', issues: error.issues };
}
