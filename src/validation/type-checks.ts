/** The checks of base R4: one generated function per type, made when a resource first needs it. https://hl7.org/fhir/R4/validation.html */
import type { Definitions, ElementDefinition, TypeDefinition } from '../definitions/definitions.ts';
import type { JsonValue } from '../fhir/types.ts';
import { bindingRule } from './bindings.ts';
import { canonicalRule } from './canonicals.ts';
import { generateType, type Linker } from './generate.ts';
import { compileInvariants } from './invariants.ts';
import { type Check, elementName, type Rule, report } from './issues.ts';
import { echo } from './messages.ts';
import * as objectChecks from './object-checks.ts';
import { isAbsolute } from './primitive-text.ts';
import { primitiveChecks } from './primitives.ts';
import { referenceRule } from './references.ts';
import { nativeRules, type ObjectRule } from './type-rules.ts';

/** A type's check, behind one step so that types can refer to each other before they are made. */
interface Cell {
  check: Check;
}

export interface TypeCheckHooks {
  /** Checks a resource within another: contained, or inline in a Bundle or Parameters. */
  readonly inner: Check;
  /** Rules of the server about datatypes, by type name: identifiers, code formats. */
  readonly rules: Readonly<Record<string, readonly ObjectRule[]>>;
}

/** The check of each resource and complex type, by name. */
export function openTypeChecks(definitions: Definitions, hooks: TypeCheckHooks): (type: string) => Check {
  const cells = new Map<string, Cell>();
  const cellOf = (name: string): Cell => {
    const known = cells.get(name);
    if (known !== undefined) return known;
    const cell: Cell = {
      check: (value, run, depth) => {
        cell.check = compileType(name, context);
        return cell.check(value, run, depth);
      },
    };
    cells.set(name, cell);
    return cell;
  };
  const rulesOf = (path: string): readonly ObjectRule[] => {
    const inherited = definitions.lineage(path).flatMap((name) => nativeRules[name] ?? []);
    return [...inherited, ...(hooks.rules[path] ?? [])];
  };
  const lib = { ...objectChecks, resource: hooks.inner };
  const context: CompileContext = { definitions, cellOf, rulesOf, lib };
  return (type) => cellOf(type).check;
}

interface CompileContext {
  readonly definitions: Definitions;
  readonly cellOf: (name: string) => Cell;
  readonly rulesOf: (path: string) => readonly ObjectRule[];
  readonly lib: object;
}

function compileType(name: string, context: CompileContext): Check {
  const type = context.definitions.type(name);
  if (type === undefined) throw new Error(`${name} is not a type of the definitions.`);
  const links: unknown[] = [];
  const body = generateType(type, linkerOf(type, links, context));
  const heads = links.map((_, place) => `const l${place} = links[${place}];`).join(' ');
  // The source holds only names that `generate.ts` has checked, and strings it has quoted.
  const make = new Function('lib', 'links', `'use strict'; ${heads}\n${body}`) as (
    lib: object,
    links: readonly unknown[],
  ) => Check;
  return make(context.lib, links);
}

function linkerOf(type: TypeDefinition, links: unknown[], { definitions, cellOf, rulesOf }: CompileContext): Linker {
  const places = new Map<unknown, string>();
  const constant = (value: unknown): string => {
    const known = places.get(value) ?? `l${links.push(value) - 1}`;
    places.set(value, known);
    return known;
  };
  return {
    constant,
    type: (name) => constant(cellOf(name)),
    primitive: (name) => (primitiveChecks[name] === undefined ? undefined : constant(primitiveChecks[name])),
    elementRules: (element, typeCode) => elementRules(element, typeCode, definitions).map(constant),
    objectRules: (path) => (path === type.name ? objectRules(type, { definitions, rulesOf }).map(constant) : []),
  };
}

/** The type FHIRPath sees at an element: its own path where it has a body of its own. */
function focusTypeOf({ children, contentReference, path }: ElementDefinition, typeCode: string): string {
  return contentReference ?? (children === undefined ? typeCode : path);
}

/** All rules about an element beyond the type of its value. */
export function elementRules(element: ElementDefinition, typeCode: string, definitions: Definitions): readonly Rule[] {
  const target = element.types.find(({ code }) => code === typeCode)?.targetProfiles;
  const rules = [
    element.binding === undefined ? undefined : bindingRule(element.binding, typeCode, definitions),
    typeCode === 'Reference' ? referenceRule(target, definitions) : undefined,
    limitRule(element),
    element.name === 'id' && typeCode === 'string' ? elementIdRule : undefined,
    typeCode === 'canonical' ? canonicalRule(target, element.path, definitions) : undefined,
    isDefiningUrl(element, definitions) ? definingUrlRule : undefined,
    ...compileInvariants(element.constraints, focusTypeOf(element, typeCode), definitions).map(
      (invariant): Rule =>
        (value, run, depth) => {
          if (value !== undefined) invariant(value as JsonValue, undefined, run, depth); // Values come from JSON.
        },
    ),
  ];
  return rules.filter((rule) => rule !== undefined);
}

/** All rules about a whole object of a type: its function calls them on objects only. */
function objectRules(
  { name, constraints, binding }: TypeDefinition,
  { definitions, rulesOf }: Pick<CompileContext, 'definitions' | 'rulesOf'>,
): readonly unknown[] {
  const invariants = compileInvariants(constraints, name, definitions).map(
    (invariant): Rule =>
      (value, run, depth) =>
        invariant(value as JsonValue, undefined, run, depth), // Values come from JSON.
  );
  const bound = binding === undefined ? undefined : bindingRule(binding, name, definitions);
  return [...rulesOf(name), ...(bound === undefined ? [] : [bound]), ...invariants];
}

function limitRule({ maxLength, minValue, maxValue }: ElementDefinition): Rule | undefined {
  if (maxLength === undefined && minValue === undefined && maxValue === undefined) return undefined;
  return (value, run, depth) => {
    const element = elementName(run, depth);
    if (typeof value === 'string' && maxLength !== undefined && value.length > maxLength) {
      report(run, depth, 'text-too-long', { parameters: { element, length: value.length, max: maxLength } });
    }
    if (typeof value !== 'number') return;
    if (minValue !== undefined && value < minValue) {
      report(run, depth, 'value-below', { parameters: { element, value: echo(value), limit: minValue } });
    }
    if (maxValue !== undefined && value > maxValue) {
      report(run, depth, 'value-above', { parameters: { element, value: echo(value), limit: maxValue } });
    }
  };
}

/** "the id … SHALL be unique within the resource" https://hl7.org/fhir/R4/element.html#id */
const elementIdRule: Rule = (value, run, depth) => {
  // The snapshot and the differential of a StructureDefinition each have an element of the same id, as R4 wants it.
  if (typeof value !== 'string' || run.environment.resource.resourceType === 'StructureDefinition') return;
  const { elementIds } = run;
  if (elementIds.has(value)) report(run, depth, 'element-id-duplicate');
  elementIds.add(value);
};

/** "url … SHALL be a URL", "globally unique": what others refer to can't be relative. https://hl7.org/fhir/R4/structuredefinition-definitions.html */
const definingUrlRule: Rule = (value, run, depth) => {
  if (typeof value === 'string' && !isAbsolute(value))
    report(run, depth, 'canonical-absolute', { parameters: { element: elementName(run, depth) } });
};

/** Whether an element is the canonical URL by which a resource is referred to. */
function isDefiningUrl({ path, name }: ElementDefinition, definitions: Definitions): boolean {
  const [type = '', ...rest] = path.split('.');
  if (name !== 'url' || rest.length !== 1) return false;
  const owner = definitions.type(type);
  return owner?.kind === 'resource' && owner.elements.some((element) => element.name === 'experimental');
}
