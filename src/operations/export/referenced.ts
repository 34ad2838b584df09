/**
 * What records refer to outside of them: "other resources outside of the Patient Compartment that are referenced by the resources being returned
 * and would be helpful in interpreting the patient data MAY also be returned (such as Organization and Practitioner)".
 */
import { narrow } from '../../access/narrow.ts';
import { limits } from '../../fhir/limits.ts';
import { parseReference } from '../../fhir/reference.ts';
import type { JsonValue, ResourceKey } from '../../fhir/types.ts';
import type { ServerContext } from '../../interactions/context.ts';
import { readStored } from '../../interactions/plan-write.ts';
import type { Task } from '../../jobs/task.ts';
import type { JobFile } from '../../store/job-store.ts';
import type { Position, StoredVersion } from '../../store/store.ts';
import { visitTexts } from '../visit-texts.ts';
import { linesOf } from './output.ts';
import { remark } from './remarks.ts';
import type { ExportRequest } from './request.ts';
import type { Advance, Export } from './work.ts';

/** The name of the list of what was referred to, kept so that a later attempt knows it. */
const referencedType = 'referenced';
/** Read at a time: any of them may be large. */
const readTogether = 20;

export interface Referenced {
  /** Notes what the resource refers to. */
  collect(text: string, work: Export): void;
  /** Gives some of what was noted; what they refer to is noted behind them. */
  page(after: Position | null, work: Export): Promise<Advance>;
}

export async function openReferenced(
  files: readonly JobFile[],
  { scope, types }: ExportRequest,
  task: Task,
  { definitions }: ServerContext,
): Promise<Referenced> {
  // "Binary Resources whose content is associated with an individual patient SHALL be serialized as DocumentReference": a Binary stays where
  // the DocumentReference says that it is.
  const isFollowed = (type: string) => type !== 'Binary' && definitions.compartment('Patient', type) === undefined;
  const followed = new Set(scope === 'system' ? [] : types.filter(isFollowed));
  // `Type/id`, in the order they came.
  const names = new Set<string>();
  const inOrder: string[] = [];
  const note = (name: string): void => {
    names.add(name);
    inOrder.push(name);
  };
  for (const file of files.filter(({ type }) => type === referencedType)) {
    for await (const name of linesOf(task.readFile(file))) note(name);
  }
  let cut = false;
  const collect: Referenced['collect'] = (text, { output, context }) => {
    if (followed.size === 0) return;
    visitTexts(JSON.parse(text) as JsonValue, ['reference'], (reference) => {
      const parsed = parseReference(reference, context.baseUrl);
      if (parsed.kind !== 'local' || !followed.has(parsed.type)) return;
      const name = `${parsed.type}/${parsed.id}`;
      if (names.has(name)) return;
      if (names.size < limits.exportReferencedMax) {
        note(name);
        output.add('scratch', referencedType, name);
      } else {
        if (!cut) output.add('error', 'OperationOutcome', remark(cutText));
        cut = true;
      }
    });
  };
  return {
    collect,
    async page(after, work) {
      const start = Number(after?.[0] ?? 0);
      const keys = inOrder.slice(start, start + readTogether).map(keyOf);
      if (keys.length === 0) return { given: 0 };
      const { access, context, output, lineOf } = work;
      const found = await context.store.readMany(keys, narrow(access, [...new Set(keys.map(({ type }) => type))], 'r'));
      const given = found.filter((version) => !isOthers(version, work));
      for (const { key, text } of given) {
        output.add('output', key.type, lineOf(key.type, text));
        collect(text, work);
      }
      return { given: given.length, next: [start + keys.length] };
    },
  };
}

const cutText = `The records refer to more than ${limits.exportReferencedMax} resources outside of them; those beyond are not given. Export them by their type.`;

/** A Device, which R4 has in no compartment, may still be that of a patient who is not asked for. */
function isOthers(version: StoredVersion, { patients, context }: Export): boolean {
  if (patients === undefined) return false;
  const named = context.indexer.index(readStored(version)).compartments.filter((member) => member.startsWith('Patient/'));
  return named.length > 0 && !named.some((member) => patients.has(member.slice('Patient/'.length)));
}

function keyOf(name: string): ResourceKey {
  const [type = '', id = ''] = name.split('/');
  return { type, id };
}
