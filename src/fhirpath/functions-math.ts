/** http://hl7.org/fhirpath/N1/#math: those of its functions that invariants use; the rest are left to the library. */
import { type Call, type Code, collectionCode, type FunctionTable, singleton } from './code.ts';
import { roundDecimal } from './decimal-arithmetic.ts';
import { type Collection, empty, evaluationError, integerCollection, type Node, nodeOf } from './node.ts';

export const mathFunctions: FunctionTable = {
  ceiling: { arity: [0, 0], compile: (call) => onNumber(call, (value) => integerCollection(Math.ceil(value))) },
  floor: { arity: [0, 0], compile: (call) => onNumber(call, (value) => integerCollection(Math.floor(value))) },
  truncate: { arity: [0, 0], compile: (call) => onNumber(call, (value) => integerCollection(Math.trunc(value))) },
  round: { arity: [0, 1], compile: round },
  precision: { arity: [0, 0], compile: (call) => onNode(call, precision) },
};

function onNode({ source, name }: Call, compute: (node: Node) => Collection): Code {
  return collectionCode(undefined, (self, scope) => {
    const node = singleton(source.run(self, scope), `${name}()`);
    return node === undefined ? empty : compute(node);
  });
}

function onNumber(call: Call, compute: (value: number, node: Node) => Collection): Code {
  return onNode(call, (node) => {
    if (typeof node.value !== 'number') throw evaluationError(`${call.name}() needs a number`);
    return compute(node.value, node);
  });
}

function round(call: Call): Code {
  const places = call.arguments.length > 0 ? call.argument(0) : undefined;
  return collectionCode(['System.Decimal'], (self, scope) => {
    const node = singleton(call.source.run(self, scope), 'round()');
    const wanted = places === undefined ? 0 : singleton(places.run(self, scope), 'round()')?.value;
    if (node === undefined || wanted === undefined) return empty;
    if (typeof node.value !== 'number' || typeof wanted !== 'number') throw evaluationError('round() needs numbers');
    const text = roundDecimal(node.digits ?? String(node.value), wanted);
    return text === undefined ? empty : [nodeOf('System.Decimal', Number(text), undefined, text)];
  });
}

/** Digits behind the point of a number; digits of a date or time, without its zone. http://hl7.org/fhirpath/#precision--integer */
function precision({ value, digits }: Node): Collection {
  if (typeof value === 'number') return integerCollection((digits ?? String(value)).split('.')[1]?.length ?? 0);
  if (typeof value !== 'string') return empty;
  return integerCollection(value.replace(/(?:Z|[+-]\d\d:\d\d)$/, '').replace(/\D/g, '').length);
}
