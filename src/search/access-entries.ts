/**
 * Index entries that no search asks for, but access does: what stands for a resource where it is decided whether a patient may see it, and
 * what a resource links to. The rules are data: `conformance/compartments/patient-access.json`.
 */
import type { Definitions } from '../definitions/definitions.ts';
import type { PatientAccess } from '../definitions/patient-access.ts';
import { formatKey, parseReference } from '../fhir/reference.ts';
import { isJsonObject, type JsonValue } from '../fhir/types.ts';
import { compileExpression } from '../fhirpath/expression.ts';
import type { Environment, Expression, Node } from '../fhirpath/node.ts';
import type { ReferenceEntry } from './index-entry.ts';
import { referenceTarget } from './types/reference.ts';

/** The parameters of these entries; no search parameter has such a name. */
export const contextParameter = '_access-context';
export const linkParameter = '_access-link';

export interface AccessEntries {
  readonly entries: readonly ReferenceEntry[];
  /** What stands for the resource, `Type/id`, an absolute URL or `#id`; absent when its type stands for itself. */
  readonly contexts?: readonly string[];
}

/** Makes what finds them in the resources of a type. Throws an Error that names an expression that can't be compiled. */
export function openAccessEntries(
  definitions: Definitions,
  access: PatientAccess,
  baseUrl: string,
): (type: string) => (focus: readonly Node[], environment: Environment) => AccessEntries {
  const compile = (expression: string, type: string) => compileExpression(expression, type, definitions);
  const links = new Map<string, { readonly to: string; readonly urls: Expression }[]>();
  const contexts = new Map<string, Expression>();
  for (const to of access.linkedTypes) {
    const rule = access.rule(to);
    if (rule.context !== undefined) contexts.set(to, compile(rule.context, to));
    for (const [type, expression] of Object.entries(rule.links))
      links.set(type, [...(links.get(type) ?? []), { to, urls: compile(expression, type) }]);
  }
  const none: AccessEntries = { entries: [] };
  return (type) => {
    const context = contexts.get(type);
    const linked = links.get(type);
    if (context !== undefined) return (focus, environment) => contextEntries(context(focus, environment), baseUrl);
    if (linked === undefined) return () => none;
    return (focus, environment) => {
      const targets = linked.flatMap(({ to, urls }) =>
        urls(focus, environment).flatMap((node) => keyOf(node.value, to, baseUrl)),
      );
      return { entries: toEntries(linkParameter, targets) };
    };
  };
}

function contextEntries(nodes: readonly Node[], baseUrl: string): AccessEntries {
  const contexts = nodes.map(({ value }) => {
    const text = isJsonObject(value) ? value['reference'] : undefined;
    return (typeof text === 'string' ? referenceTarget(parseReference(text, baseUrl)) : undefined) ?? '?';
  });
  return { entries: toEntries(contextParameter, contexts), contexts };
}

/** "Relative URLs are interpreted relative to the service url, like a resource reference": https://hl7.org/fhir/R4/datatypes.html#Attachment */
function keyOf(url: JsonValue | undefined, type: string, baseUrl: string): readonly string[] {
  const parsed = typeof url === 'string' ? parseReference(url, baseUrl) : undefined;
  return parsed?.kind === 'local' && parsed.type === type ? [formatKey(parsed)] : [];
}

function toEntries(parameter: string, targets: readonly string[]): readonly ReferenceEntry[] {
  return [...new Set(targets)].map((target) => ({ shape: 'reference', parameter, element: 0, target }));
}
