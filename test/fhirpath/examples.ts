/** The R4 examples package as test input: resources, and every place in them that has constraints. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Constraint, Definitions, ElementDefinition } from '../../src/definitions/definitions.ts';
import type { JsonValue, Resource } from '../../src/fhir/types.ts';
import { pushElement, resourceType } from '../../src/fhirpath/navigate.ts';
import type { Environment, Node } from '../../src/fhirpath/node.ts';
import { type TypeModel, typeModel } from '../../src/fhirpath/type-model.ts';

const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));
const definitional = /^(?:StructureDefinition|SearchParameter|ValueSet|CodeSystem|ConceptMap|OperationDefinition)-/;
const charactersMax = 100_000;

export interface Example {
  readonly file: string;
  readonly resource: Resource;
}

/** The same few hundred every time: each second clinical example, and each fortieth of the definitions, which are thousands. */
export function sampleExamples(): readonly Example[] {
  const files = readdirSync(folder).filter((name) => /^[A-Z]\w+-.*\.json$/.test(name));
  const clinical = files.filter((name) => !definitional.test(name)).filter((_, index) => index % 2 === 0);
  const definitions = files.filter((name) => definitional.test(name)).filter((_, index) => index % 40 === 0);
  return [...clinical, ...definitions]
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))
    .filter(({ text }) => text.length <= charactersMax)
    .map(({ file, text }) => ({ file, resource: JSON.parse(text) as Resource }));
}

export interface Place {
  readonly constraint: Constraint;
  readonly focus: Node;
  readonly environment: Environment;
}

/** Every constraint of R4 that applies somewhere in a resource, with the element it applies to. */
export function constrainedPlaces(resource: Resource, definitions: Definitions): readonly Place[] {
  const places: Place[] = [];
  visit({ type: resource.resourceType, value: resource }, { resource, rootResource: resource });
  return places;

  function visit(focus: Node, environment: Environment): void {
    const model = typeModel(definitions);
    for (const constraint of definitions.type(focus.type)?.constraints ?? []) places.push({ constraint, focus, environment });
    for (const element of elementsOf(focus.type, definitions)) {
      for (const child of childrenOf(focus, element, model)) {
        for (const constraint of element.constraints) places.push({ constraint, focus: child, environment });
        if (typeof child.value === 'object') visit(child, environmentOf(child.value, element, environment, definitions));
      }
    }
  }
}

function childrenOf(focus: Node, { name }: ElementDefinition, model: TypeModel): readonly Node[] {
  const found: Node[] = [];
  pushElement(focus, model.element(focus.type, name) ?? { slots: [] }, found);
  return found;
}

function environmentOf(value: JsonValue, element: ElementDefinition, outer: Environment, definitions: Definitions): Environment {
  if (!definitions.isResourceType(resourceType(value))) return outer;
  const resource = value as Resource; // It has a resourceType.
  return { resource, rootResource: element.name === 'contained' ? outer.rootResource : resource };
}

function elementsOf(type: string, definitions: Definitions): readonly ElementDefinition[] {
  const [root = '', ...names] = type.split('.');
  const elements = definitions.type(root)?.elements ?? [];
  return names.reduce<readonly ElementDefinition[]>(
    (inner, name) => inner.find((element) => element.name === name)?.children ?? [],
    elements,
  );
}
