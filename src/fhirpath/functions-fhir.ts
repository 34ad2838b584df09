/** FHIR's own functions. https://hl7.org/fhir/R4/fhirpath.html#functions */
import type { CodeSet } from '../definitions/definitions.ts';
import { isJsonObject } from '../fhir/types.ts';
import { type Call, type Code, collectionCode, type FunctionTable, singleton, truthCode } from './code.ts';
import { pushElement, resourceType } from './navigate.ts';
import { type Collection, evaluationError, type Node, nodeOf } from './node.ts';
import { resolveReference } from './resolve.ts';

export const fhirFunctions: FunctionTable = {
  extension: { arity: [1, 1], compile: extension },
  hasExtension: { arity: [1, 1], compile: (call) => truthCode(extension(call).exists) },
  hasValue: { arity: [0, 0], compile: hasValue },
  getValue: {
    arity: [0, 0],
    compile: ({ source }) => collectionCode(source.types, (self, scope) => withValue(source.run(self, scope))),
  },
  resolve: { arity: [0, 0], compile: resolve },
  conformsTo: { arity: [1, 1], compile: conformsTo },
  memberOf: { arity: [1, 1], compile: memberOf },
};

/** R4's own search parameters also use `hasExtension(url)`, which the specification forgot to list. */
function extension(call: Call): Code {
  const { source, model } = call;
  const argument = call.argument(0);
  return collectionCode(['Extension'], (self, scope) => {
    const url = singleton(argument.run(self, scope), `${call.name}()`)?.value;
    const found: Node[] = [];
    for (const node of source.run(self, scope)) {
      const members = model.element(node.type, 'extension');
      if (members !== undefined) pushElement(node, members, found);
    }
    return found.filter(({ value }) => isJsonObject(value) && value['url'] === url);
  });
}

/** "True if the input collection contains a single value which is a FHIR primitive, and it has a primitive value". */
function hasValue({ source }: Call): Code {
  return truthCode((self, scope) => {
    const items = source.run(self, scope);
    return items.length === 1 && withValue(items).length === 1;
  });
}

function withValue(items: Collection): Collection {
  return items.filter(({ value }) => value !== undefined && typeof value !== 'object');
}

function resolve({ source }: Call): Code {
  return collectionCode(undefined, (self, scope) =>
    source.run(self, scope).flatMap((node) => {
      const target = resolveReference(node.value, scope.environment);
      return target === undefined ? [] : [nodeOf(resourceType(target), target)];
    }),
  );
}

const typeUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** Answers for the profiles that are types; of others the validation knows more. */
function conformsTo(call: Call): Code {
  const { source, model } = call;
  const argument = call.argument(0);
  return truthCode((self, scope) => {
    const url = singleton(argument.run(self, scope), 'conformsTo()')?.value;
    const node = singleton(source.run(self, scope), 'conformsTo()');
    if (typeof url !== 'string' || node === undefined) return undefined;
    const types = url.startsWith(typeUrl) ? model.named(`FHIR.${url.slice(typeUrl.length)}`) : undefined;
    if (types === undefined) throw evaluationError(`conformsTo() does not know the profile ${url}`);
    return types.some((type) => model.isA(node.type, type));
  });
}

/** Answers from the value sets at hand; one that is not known, or not whole, leaves the expression without a result. */
function memberOf(call: Call): Code {
  const { source, definitions } = call;
  const argument = call.argument(0);
  return truthCode((self, scope) => {
    const canonical = singleton(argument.run(self, scope), 'memberOf()')?.value;
    const node = singleton(source.run(self, scope), 'memberOf()');
    if (typeof canonical !== 'string' || node === undefined) return undefined;
    const codes = definitions.valueSet(canonical);
    const found = codes !== undefined && isMember(node.value, codes);
    if (!found && codes?.complete !== true) throw evaluationError(`memberOf() does not know all codes of ${canonical}`);
    return found;
  });
}

/** A code, a Coding with its system, or a CodeableConcept with any such Coding. */
function isMember(value: Node['value'], codes: CodeSet): boolean {
  if (typeof value === 'string') return codes.has(value);
  if (!isJsonObject(value)) return false;
  const { coding, code, system } = value;
  if (Array.isArray(coding)) return coding.some((one) => isMember(one, codes));
  return typeof code === 'string' && typeof system === 'string' && codes.has(code, system);
}
