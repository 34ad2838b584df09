/** What a search parameter's expression points at, as far as its path says: element types, reference targets and bindings. */
import type { Binding, Definitions, ElementDefinition, SearchParameter, TypeDefinition } from '../definitions/definitions.ts';

/** One type of one element that a parameter covers. */
export interface ParameterElement {
  /** A FHIR type name. */
  readonly type: string;
  readonly binding?: Binding;
  /** For Reference and canonical: the resource types that may stand behind it. */
  readonly targets: readonly string[];
}

/** The elements a parameter covers in a resource type; empty when its expression is more than paths, `as`, `ofType` and `where`. */
export function parameterElements(
  definitions: Definitions,
  type: string,
  parameter: SearchParameter,
): readonly ParameterElement[] {
  const alternatives = splitUnion(parameter.expression ?? '').filter((text) => appliesTo(text, type));
  const found = alternatives.map((text) => elementsAt(definitions, type, text));
  return found.every((elements) => elements !== undefined) ? found.flat() : [];
}

/** The resource types that a reference parameter of a type may point at: what the element itself allows. */
export function referenceTargets(definitions: Definitions, type: string, parameter: SearchParameter): readonly string[] {
  const declared = parameter.target.filter((name) => definitions.isResourceType(name));
  const allowed = [...new Set(parameterElements(definitions, type, parameter).flatMap((element) => element.targets))];
  if (allowed.length === 0) return declared.length > 0 ? declared : definitions.resourceTypes;
  const both = allowed.filter((name) => declared.includes(name));
  return both.length > 0 ? both : allowed;
}

function splitUnion(expression: string): readonly string[] {
  if (!expression.includes('|')) return expression === '' ? [] : [expression];
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < expression.length; at += 1) {
    const character = expression[at];
    if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === '|' && depth === 0) {
      parts.push(expression.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, expression.slice(start)].map((part) => part.trim()).filter((part) => part !== '');
}

function appliesTo(text: string, type: string): boolean {
  const root = /^\(*\s*([A-Z]\w*)\b/.exec(text)?.[1];
  return root === undefined || root === type || root === 'Resource' || root === 'DomainResource';
}

interface Step {
  readonly name: string;
  readonly cast?: string;
  /** `where(resolve() is Patient)` */
  readonly target?: string;
}

const stepPattern =
  /^\.?(?:(as|ofType)\(\s*([\w.]+)\s*\)|where\(\s*resolve\(\)\s+is\s+(\w+)\s*\)|(where)\((?:[^()']|'[^']*'|\([^()]*\))*\)|\[\d+\]|([A-Za-z]\w*)(?![\w(]))/;

function parseSteps(text: string): readonly Step[] | undefined {
  if (/^[\w.]+$/.test(text)) return text.split('.').map((name) => ({ name }));
  // `(A.b as T).c` reads like `A.b.as(T).c`.
  let rest = text.replace(/^\(\s*([\w.]+)\s+as\s+([\w.]+)\s*\)/, '$1.as($2)').replace(/^([\w.]+)\s+as\s+([\w.]+)$/, '$1.as($2)');
  const steps: Step[] = [];
  while (rest !== '') {
    const match = stepPattern.exec(rest);
    if (match === null) return undefined;
    rest = rest.slice(match[0].length);
    addStep(steps, match);
  }
  return steps;
}

/** A name is a step of its own; what follows it says more of it. */
function addStep(steps: Step[], [, , cast, target, , name]: RegExpExecArray): void {
  if (name !== undefined) {
    steps.push({ name });
    return;
  }
  const last = steps.pop();
  if (last === undefined) return;
  steps.push({ ...last, ...(cast === undefined ? {} : { cast }), ...(target === undefined ? {} : { target }) });
}

function elementsAt(definitions: Definitions, type: string, text: string): readonly ParameterElement[] | undefined {
  const [root, ...steps] = parseSteps(text) ?? [];
  const definition = definitions.type(type);
  if (root === undefined || definition === undefined) return undefined;
  const path = /^[A-Z]/.test(root.name) ? steps : [root, ...steps];
  let owners: readonly Owner[] = [{ elements: definition.elements }];
  let found: readonly ParameterElement[] = [];
  for (const step of path) {
    const elements = owners.flatMap((owner) => owner.elements.filter((element) => element.name === step.name));
    if (elements.length === 0) return undefined;
    found = elements.flatMap((element) => typesOf(definitions, element, step));
    owners = elements.flatMap((element) => ownersOf(definitions, type, element, step));
  }
  return found;
}

interface Owner {
  readonly elements: readonly ElementDefinition[];
}

function typesOf(definitions: Definitions, element: ElementDefinition, step: Step): readonly ParameterElement[] {
  return element.types
    .filter((type) => step.cast === undefined || type.code.toLowerCase() === step.cast.toLowerCase())
    .map((type) => {
      const targets = step.target === undefined ? targetsOf(definitions, type.targetProfiles ?? []) : [step.target];
      return { type: type.code, targets, ...(element.binding === undefined ? {} : { binding: element.binding }) };
    });
}

function targetsOf(definitions: Definitions, profiles: readonly string[]): readonly string[] {
  const names = profiles.map((profile) => profile.slice(profile.lastIndexOf('/') + 1));
  return names.includes('Resource') ? definitions.resourceTypes : names.filter((name) => definitions.isResourceType(name));
}

function ownersOf(definitions: Definitions, resourceType: string, element: ElementDefinition, step: Step): readonly Owner[] {
  if (element.children !== undefined) return [{ elements: element.children }];
  if (element.contentReference !== undefined) {
    const children = childrenAt(definitions.type(resourceType), element.contentReference);
    return children === undefined ? [] : [{ elements: children }];
  }
  return element.types
    .filter((type) => step.cast === undefined || type.code === step.cast)
    .map((type) => definitions.type(type.code))
    .filter((definition) => definition !== undefined);
}

/** The children of the type, or of the element with a path: `Questionnaire.item`. */
export function childrenAt(definition: TypeDefinition | undefined, path: string): readonly ElementDefinition[] | undefined {
  let elements = definition?.elements;
  for (const name of path.split('.').slice(1)) elements = elements?.find((element) => element.name === name)?.children;
  return elements;
}
