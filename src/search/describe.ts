/** What a criterion asks, in words and without its values, which may be personal data: for `_explain`. */
import type { Criterion, SortKey, Test } from './criterion.ts';

/** A sentence's part: `'code' by system and code and not ('status' by code)`. */
export function describeCriterion(criterion: Criterion): string {
  switch (criterion.kind) {
    case 'all':
      return 'everything';
    case 'none':
      return 'nothing';
    case 'and':
      return criterion.of.length === 0 ? 'everything' : joined(criterion.of, 'and');
    case 'or':
      return criterion.of.length === 0 ? 'nothing' : joined(criterion.of, 'or');
    case 'not':
      return `not (${describeCriterion(criterion.of)})`;
    case 'type':
      return criterion.types.length > shownMax
        ? `one of ${criterion.types.length} types`
        : `type ${criterion.types.join(' or ')}`;
    case 'id':
      return `one of ${criterion.ids.length} ids`;
    case 'last-updated':
      return `last update ${criterion.comparison}`;
    case 'compartment':
      return "a patient's own part";
    case 'has':
      return `'${criterion.parameter}' ${criterion.test === undefined ? 'is there' : describeTest(criterion.test)}`;
    case 'chain':
      return `'${criterion.parameter}' names a ${named(criterion.types)} with (${describeCriterion(criterion.target)})`;
    case 'reverse-chain':
      return `named in '${criterion.parameter}' of a ${criterion.type} with (${describeCriterion(criterion.source)})`;
  }
}

export function describeSort(sort: readonly SortKey[]): string {
  const keys = sort.map(({ parameter, descending }) => `'${parameter}' ${descending ? 'descending' : 'ascending'}`);
  return [...keys, 'id'].join(', ');
}

const shownMax = 4;

/** Alternatives that differ only in their values are one, with their number. */
function joined(parts: readonly Criterion[], word: 'and' | 'or'): string {
  const counts = new Map<string, number>();
  for (const part of parts) {
    const text = part.kind === 'and' || part.kind === 'or' ? `(${describeCriterion(part)})` : describeCriterion(part);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} values)`)).join(` ${word} `);
}

function describeTest(test: Test): string {
  switch (test.shape) {
    case 'token':
      return `by ${[test.system === undefined ? [] : 'system', test.code === undefined ? [] : 'code'].flat().join(' and ') || 'any token'}`;
    case 'string':
      return `by ${test.match} of text`;
    case 'range':
      return `by range ${test.comparison}${test.unit === '' ? '' : ' in a unit'}`;
    case 'reference':
      return 'by reference';
    case 'uri':
      return `by URI ${test.match}`;
    case 'words':
      return test.match === 'word' ? 'by word' : "by a word's start";
    case 'tuple':
      return `by ${test.parts.length} parts of one element${test.within === undefined ? '' : ' inside a sphere'}`;
  }
}

function named(types: readonly string[]): string {
  return types.length > shownMax ? `resource of ${types.length} types` : types.join(' or ');
}
