/**
 * JSON Schemas from the same definitions as the generated functions, for ajv as an independent judge of structure: closed properties,
 * JSON types, arrays, choices, cardinality. Not of text forms, codes or invariants.
 */
import type { Definitions, ElementDefinition } from '../../src/definitions/definitions.ts';

type Schema = Readonly<Record<string, unknown>>;

const numbers = new Set(['integer', 'unsignedInt', 'positiveInt', 'decimal']);

const element: Schema = { $ref: 'Element' };

/** One schema per type, each named by its type and referring to others by name. */
export function jsonSchemas(definitions: Definitions, typeNames: readonly string[]): readonly Schema[] {
  const isPrimitive = (code: string): boolean => definitions.type(code)?.kind === 'primitive-type';

  const objectSchema = (elements: readonly ElementDefinition[], resource: string | undefined, owner: string): Schema => {
    const properties: Record<string, unknown> = resource === undefined ? {} : { resourceType: { const: resource } };
    const all: unknown[] = [];
    for (const one of elements) {
      const names = one.choice
        ? one.types.map(({ code }) => [`${one.name}${code.charAt(0).toUpperCase()}${code.slice(1)}`, code] as const)
        : [[one.name, one.types[0]?.code ?? ''] as const];
      for (const [name, code] of names) {
        properties[name] = repeated(one, valueSchema(one, code, owner));
        if (isPrimitive(code) && one.name !== 'id' && one.path !== 'Extension.url') {
          properties[`_${name}`] = one.array
            ? { type: 'array', minItems: 1, items: { anyOf: [element, { type: 'null' }] } }
            : element;
        }
      }
      const present = names.flatMap(([name]) => [{ required: [name] }, { required: [`_${name}`] }]);
      if (one.min > 0) all.push({ anyOf: present });
      if (names.length > 1) all.push(onlyOne(names.map(([name]) => name)));
    }
    return {
      type: 'object',
      properties,
      additionalProperties: false,
      ...(resource === undefined ? { minProperties: 1 } : {}),
      ...(all.length > 0 ? { allOf: all } : {}),
    };
  };

  const valueSchema = (one: ElementDefinition, code: string, owner: string): Schema => {
    if (one.contentReference !== undefined) return { $ref: `${owner}#/$defs/${one.contentReference}` };
    if (one.children !== undefined) return { $ref: `${owner}#/$defs/${one.path}` };
    if (code === 'boolean') return { type: 'boolean' };
    if (numbers.has(code)) return { type: code === 'decimal' ? 'number' : 'integer' };
    if (isPrimitive(code)) return one.array ? { type: ['string', 'null'], minLength: 1 } : { type: 'string', minLength: 1 };
    // Inner resources are judged one by one by the test.
    return code === 'Resource' ? { type: 'object', required: ['resourceType'] } : { $ref: code };
  };

  return typeNames.map((name) => {
    const type = definitions.type(name);
    if (type === undefined) throw new Error(`${name} is no type.`);
    const defs: Record<string, Schema> = {};
    const collect = (elements: readonly ElementDefinition[]): void => {
      for (const one of elements) {
        if (one.children === undefined) continue;
        defs[one.path] = objectSchema(one.children, undefined, name);
        collect(one.children);
      }
    };
    collect(type.elements);
    return { $id: name, ...objectSchema(type.elements, type.kind === 'resource' ? name : undefined, name), $defs: defs };
  });
}

function repeated({ array, max }: ElementDefinition, items: Schema): Schema {
  if (!array) return items;
  return { type: 'array', minItems: 1, items, ...(Number.isFinite(max) ? { maxItems: max } : {}) };
}

/** At most one type of a choice, siblings counted with their values: each type forbids those after it. */
function onlyOne(names: readonly string[]): Schema {
  const some = (name: string): Schema => ({ anyOf: [{ required: [name] }, { required: [`_${name}`] }] });
  const rules = names
    .slice(0, -1)
    .map((name, at) => ({ not: { allOf: [some(name), { anyOf: names.slice(at + 1).map(some) }] } }));
  return { allOf: rules };
}
