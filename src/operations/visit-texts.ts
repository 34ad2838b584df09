/** Looks through a resource for members of some names, whatever holds them: cheaper than asking the definitions where references may stand. */
import { isJsonObject, type JsonValue } from '../fhir/types.ts';

/** Visits the texts that stand under the names, such as `reference`. */
export function visitTexts(value: JsonValue, names: readonly string[], visit: (text: string) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visitTexts(item, names, visit);
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (typeof member !== 'string') visitTexts(member, names, visit);
      else if (names.includes(name)) visit(member);
    }
  }
}
