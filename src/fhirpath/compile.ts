/** From a syntax tree to a function, typed by the definitions. */
import type { Definitions } from '../definitions/definitions.ts';
import { type Call, type Code, collectionCode, constantCode, nothingCode, type Scope, singleton, spend } from './code.ts';
import { functionNamed } from './functions.ts';
import { ofType, unionCode } from './functions-filtering.ts';
import { isType } from './functions-utility.ts';
import { hasElement, pushElement, resourceType } from './navigate.ts';
import { empty, type Node, nodeOf } from './node.ts';
import { binaryCode, negation } from './operators.ts';
import { type Binary, type Call as CallSyntax, type Member, type Syntax, typeSpecifier } from './syntax.ts';
import { closedTypes, type Members, type TypeModel, typeModel } from './type-model.ts';

interface Context {
  readonly definitions: Definitions;
  readonly model: TypeModel;
  /** Refuse a name that no type at its place has. */
  readonly strict: boolean;
  /** The types that `$this` may have here; undefined when only the content tells. */
  readonly self: Code['types'];
}

export interface Focus {
  readonly type: string;
  readonly definitions: Definitions;
  /** Refuse an element that no type at its place has, where it would always be empty. */
  readonly strict: boolean;
}

/** Compiles a syntax tree. Throws an Error that says what cannot be meant: an unknown type, a wrong argument. */
export function compileSyntax(syntax: Syntax, { type, definitions, strict }: Focus): Code {
  const model = typeModel(definitions);
  return compile(syntax, { definitions, model, strict, self: closedTypes([type], model) });
}

/** The functions that an expression calls. */
export function functionNames(syntax: Syntax): readonly string[] {
  const inner = partsOf(syntax).flatMap(functionNames);
  return syntax.kind === 'call' ? [syntax.name, ...inner] : inner;
}

function partsOf(syntax: Syntax): readonly Syntax[] {
  switch (syntax.kind) {
    case 'member':
      return syntax.source === undefined ? [] : [syntax.source];
    case 'call':
      return syntax.source === undefined ? syntax.arguments : [syntax.source, ...syntax.arguments];
    case 'binary':
      return [syntax.left, syntax.right];
    case 'indexer':
      return [syntax.source, syntax.index];
    case 'type':
    case 'unary':
      return [syntax.operand];
    default:
      return [];
  }
}

function compile(syntax: Syntax, context: Context): Code {
  switch (syntax.kind) {
    case 'literal':
      return constantCode([nodeOf(syntax.type, syntax.value, undefined, syntax.digits)]);
    case 'empty':
      return nothingCode;
    case 'variable':
      return variable(syntax.name, context);
    case 'constant':
      return environmentConstant(syntax.name);
    case 'member':
      return member(syntax, context);
    case 'call':
      return call(syntax, context);
    case 'indexer':
      return indexer(compile(syntax.source, context), compile(syntax.index, context));
    case 'unary':
      return syntax.operator === '-' ? negation(compile(syntax.operand, context)) : compile(syntax.operand, context);
    case 'type':
      return typeOperation(compile(syntax.operand, context), syntax.operator, syntax.type, context.model);
    case 'binary':
      return binary(syntax, context);
  }
}

function variable(name: '$this' | '$index' | '$total', context: Context): Code {
  if (name === '$this') return focusCode(context);
  if (name === '$total') return collectionCode(undefined, (_, scope) => scope.total);
  return collectionCode(['System.Integer'], (_, scope) => [nodeOf('System.Integer', scope.index)]);
}

function focusCode({ self }: Context): Code {
  return collectionCode(
    self,
    (focus) => focus,
    (focus) => focus.length > 0,
  );
}

const urls: ReadonlyMap<string, string> = new Map([
  ['ucum', 'http://unitsofmeasure.org'],
  ['sct', 'http://snomed.info/sct'],
  ['loinc', 'http://loinc.org'],
]);

/** https://hl7.org/fhir/R4/fhirpath.html#variables */
function environmentConstant(name: string): Code {
  const url = urls.get(name) ?? prefixed(name);
  if (url !== undefined) return constantCode([nodeOf('System.String', url)]);
  if (name === 'resource') return resourceCode((scope) => scope.environment.resource);
  if (name === 'rootResource') return resourceCode((scope) => scope.environment.rootResource);
  if (name === 'context') return collectionCode(undefined, (_, scope) => scope.context);
  throw new Error(`%${name} is not known`);
}

function prefixed(name: string): string | undefined {
  if (name.startsWith('vs-')) return `http://hl7.org/fhir/ValueSet/${name.slice(3)}`;
  return name.startsWith('ext-') ? `http://hl7.org/fhir/StructureDefinition/${name.slice(4)}` : undefined;
}

function resourceCode(of: (scope: Scope) => Node['value']): Code {
  return collectionCode(undefined, (_, scope) => {
    const value = of(scope);
    return [nodeOf(resourceType(value), value)];
  });
}

/** A name: an element, or at the head of a path the type of the focus itself (`Patient.name`). */
function member({ source, name }: Member, context: Context): Code {
  if (source === undefined && isTypeName(name, context)) return typedFocus(name, context);
  return element(source === undefined ? focusCode(context) : compile(source, context), name, context);
}

function isTypeName(name: string, { model, self }: Context): boolean {
  if (model.named(`FHIR.${name}`) === undefined) return false;
  return self?.every((type) => model.element(type, name) === undefined) ?? /^[A-Z]/.test(name);
}

function typedFocus(name: string, context: Context): Code {
  const { model, self } = context;
  if (self?.every((type) => model.isA(type, name))) return focusCode(context);
  if (self?.every((type) => !model.isA(type, name))) return nothingCode;
  return ofType(focusCode(context), [name], model);
}

function element(source: Code, name: string, { model, strict }: Context): Code {
  if (source.constant?.length === 0) return nothingCode;
  const membersOf = memberFinder(name, source.types, model);
  const types = elementTypes(source.types, name, model);
  if (types?.length === 0) {
    if (strict) throw new Error(`${source.types?.join(' or ')} has no element ${name}`);
    return nothingCode;
  }
  return collectionCode(
    types,
    (self, scope) => {
      const found: Node[] = [];
      for (const node of source.run(self, scope)) {
        const members = membersOf(node.type);
        if (members !== undefined) pushElement(node, members, found);
      }
      spend(scope.meter, found.length);
      return found;
    },
    (self, scope) => {
      for (const node of source.run(self, scope)) {
        const members = membersOf(node.type);
        if (members !== undefined && hasElement(node, members)) return true;
      }
      return false;
    },
  );
}

/** Nodes of one collection are mostly of one type: the last answer is kept. */
function memberFinder(name: string, types: Code['types'], model: TypeModel): (type: string) => Members | undefined {
  let lastType = types?.[0] ?? '';
  let lastMembers = model.element(lastType, name);
  return (type) => {
    if (type !== lastType) {
      lastMembers = model.element(type, name);
      lastType = type;
    }
    return lastMembers;
  };
}

/** The types under a name; none when no type of the source has it. */
function elementTypes(sourceTypes: Code['types'], name: string, model: TypeModel): Code['types'] {
  if (sourceTypes === undefined) return undefined;
  const slots = sourceTypes.flatMap((type) => model.element(type, name)?.slots ?? []);
  return closedTypes(
    slots.map((slot) => slot.type),
    model,
  );
}

function call(syntax: CallSyntax, context: Context): Code {
  const definition = functionNamed(syntax.name);
  if (definition === undefined) throw new Error(`${syntax.name}() is not known`);
  const [fewest, most] = definition.arity;
  if (syntax.arguments.length < fewest || syntax.arguments.length > most)
    throw new Error(`${syntax.name}() has the wrong number of arguments`);
  const source = syntax.source === undefined ? focusCode(context) : compile(syntax.source, context);
  return definition.compile(callView(syntax, source, context));
}

function callView(syntax: CallSyntax, source: Code, context: Context): Call {
  const { definitions, model } = context;
  const at = (index: number): Syntax => syntax.arguments[index] ?? { kind: 'empty' };
  return {
    name: syntax.name,
    source,
    arguments: syntax.arguments,
    definitions,
    model,
    argument: (index) => compile(at(index), context),
    criteria: (index, types) => compile(at(index), { ...context, self: types }),
    typeArgument: (index) => namedTypes(typeSpecifier(at(index)), syntax.name, model),
  };
}

function namedTypes(specifier: string | undefined, operation: string, model: TypeModel): readonly string[] {
  const types = specifier === undefined ? undefined : model.named(specifier);
  if (types === undefined) throw new Error(`${operation} needs the name of a type, not ${specifier ?? 'an expression'}`);
  return types;
}

function indexer(source: Code, index: Code): Code {
  return collectionCode(source.types, (self, scope) => {
    const at = singleton(index.run(self, scope), 'an index')?.value;
    const node = typeof at === 'number' ? source.run(self, scope)[at] : undefined;
    return node === undefined ? empty : [node];
  });
}

function typeOperation(operand: Code, operator: 'is' | 'as', specifier: string, model: TypeModel): Code {
  const types = namedTypes(specifier, operator, model);
  return operator === 'is' ? isType(operand, types, model) : ofType(operand, types, model);
}

function binary(syntax: Binary, context: Context): Code {
  if (syntax.operator !== '|') return binaryCode(syntax.operator, compile(syntax.left, context), compile(syntax.right, context));
  const arms = unionArms(syntax).map((arm) => compile(arm, context));
  return unionCode(arms);
}

/** `a | b | c` is one union, not two. */
function unionArms(syntax: Syntax): readonly Syntax[] {
  return syntax.kind === 'binary' && syntax.operator === '|' ? [...unionArms(syntax.left), ...unionArms(syntax.right)] : [syntax];
}
