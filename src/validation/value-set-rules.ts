/** What R4 says of a ValueSet's composition beyond its structure. https://hl7.org/fhir/R4/valueset.html#compositions */
import { isJsonObject, type JsonObject, type JsonValue } from '../fhir/types.ts';
import { sayUnknownCode } from './coding-rules.ts';
import { isExpressionConstraint } from './ecl.ts';
import { type Run, report } from './issues.ts';
import { isAbsolute } from './primitive-text.ts';
import { objectsOf } from './profile-element.ts';

const snomed = 'http://snomed.info/sct';

export function checkValueSet({ compose }: JsonObject, run: Run, depth: number): void {
  if (!isJsonObject(compose)) return;
  enter(run, depth, 'compose', -1);
  for (const name of ['include', 'exclude']) {
    for (const [index, include] of objectsOf(compose[name]).entries()) {
      if (run.full) return;
      enter(run, depth + 1, name, index);
      checkInclude(include, run, depth + 2);
    }
  }
}

function checkInclude(include: JsonObject, run: Run, depth: number): void {
  const { system } = include;
  if (typeof system !== 'string') return;
  if (!isAbsolute(system)) report(run, depth, 'coding-system-absolute');
  const codes = run.tools.definitions.codeSystem(system);
  for (const [index, { code }] of objectsOf(include['concept']).entries()) {
    if (typeof code !== 'string' || !codes?.complete || codes.has(code, system)) continue;
    enter(run, depth, 'concept', index);
    sayUnknownCode(system, code, run, depth + 1);
  }
  const properties = propertiesOf(run.tools.definitions.conformance(system));
  for (const [index, filter] of objectsOf(include['filter']).entries()) {
    enter(run, depth, 'filter', index);
    checkFilter(filter, system, properties, { run, depth: depth + 1 });
  }
}

/** The declared types of a code system's properties. */
function propertiesOf(codeSystem: JsonObject | undefined): ReadonlyMap<JsonValue | undefined, JsonValue | undefined> {
  return new Map(objectsOf(codeSystem?.['property']).map(({ code, type }) => [code, type]));
}

/** How a filter's value is written for a property of each type. */
const forms: Readonly<Record<string, readonly [pattern: RegExp, form: string]>> = {
  boolean: [/^(?:true|false)$/, 'true, false'],
  integer: [/^[+-]?\d{1,10}$/, '123'],
  decimal: [/^[+-]?\d{1,20}(?:\.\d{1,20})?$/, '1.5'],
  Coding: [/^[^\s#|]+(?:\|[^\s#]+)?#\S+$/, 'system(|version)#code'],
};

/** Operations that compare with the property's value; the others take codes, patterns or whether there is one. */
const comparing = new Set(['=', 'in', 'not-in']);

function checkFilter(
  { property, op, value }: JsonObject,
  system: string,
  properties: ReadonlyMap<JsonValue | undefined, JsonValue | undefined>,
  { run, depth }: { readonly run: Run; readonly depth: number },
): void {
  if (typeof value !== 'string' || typeof property !== 'string') return;
  if (system === snomed && property === 'constraint' && !isExpressionConstraint(value)) report(run, depth, 'filter-constraint');
  const declared = properties.get(property) ?? (property === 'notSelectable' || property === 'inactive' ? 'boolean' : undefined);
  const [pattern, form] = (typeof declared === 'string' && Object.hasOwn(forms, declared) ? forms[declared] : undefined) ?? [];
  if (pattern === undefined || form === undefined || typeof op !== 'string' || !comparing.has(op)) return;
  const values = op === '=' ? [value] : value.split(',');
  if (!values.every((one) => pattern.test(one.trim())))
    report(run, depth, 'filter-value', { parameters: { name: property, form } });
}

function enter(run: Run, depth: number, name: string, index: number): void {
  run.names[depth] = name;
  run.indexes[depth] = index;
}
