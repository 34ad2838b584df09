/**
 * `_text` and `_content`: "The value of the parameter is a text-based search, which may involve searching multiple words with thesaurus and
 * proximity considerations, and logical operations such as AND, OR etc." https://hl7.org/fhir/R4/search.html#content
 */
import type { SearchParameter } from '../../definitions/definitions.ts';
import { limits } from '../../fhir/limits.ts';
import { tooCostly } from '../../fhir/outcome.ts';
import { and, type Criterion, not, or } from '../criterion.ts';
import { wordsOf } from '../fold.ts';
import { has, literal, refuse, type SearchTypeDefinition, type ValueRequest } from './definition.ts';

/** The part of a resource's text that a parameter searches; undefined for every other parameter. */
export function fullTextPart({ url }: SearchParameter): 'narrative' | 'everything' | undefined {
  if (url === 'http://hl7.org/fhir/SearchParameter/DomainResource-text') return 'narrative';
  return url === 'http://hl7.org/fhir/SearchParameter/Resource-content' ? 'everything' : undefined;
}

/** Words side by side must all be there; `AND`, `OR`, `NOT` and parentheses combine them, AND before OR; `diab*` is any word that starts so. */
export const fullText: SearchTypeDefinition = {
  code: 'string',
  modifiers: [],
  prefixes: [],
  index(node, { parameter, element }) {
    const words = [...wordsOf(String(node.value))].filter((word) => word.length <= wordCharactersMax);
    if (words.length === 0) return [];
    return [{ shape: 'words', parameter, element, words: ` ${words.slice(0, limits.fullTextWordsMax).join(' ')} ` }];
  },
  parse(request) {
    const tokens = literal(request, request.value).match(/[()]|[^()\s]+/g) ?? [];
    if (tokens.length > limits.fullTextTermsMax)
      throw tooCostly(`'${request.parameter.code}' takes at most ${limits.fullTextTermsMax} words and operators.`);
    const reader: Reader = { request, tokens, at: 0 };
    const criterion = readAny(reader);
    if (reader.at < tokens.length) throw unreadable(reader, "a ')' has no '('");
    return criterion;
  },
};

/** Longer ones are codes and encoded data, which nobody types. */
const wordCharactersMax = 64;

interface Reader {
  readonly request: ValueRequest;
  readonly tokens: readonly string[];
  at: number;
}

function readAny(reader: Reader): Criterion {
  const alternatives = [readAll(reader)];
  while (isOperator(reader, 'or')) {
    reader.at += 1;
    alternatives.push(readAll(reader));
  }
  return or(...alternatives);
}

function readAll(reader: Reader): Criterion {
  const parts = [readPart(reader)];
  while (reader.at < reader.tokens.length && reader.tokens[reader.at] !== ')' && !isOperator(reader, 'or')) {
    if (isOperator(reader, 'and')) reader.at += 1;
    parts.push(readPart(reader));
  }
  return and(...parts);
}

function readPart(reader: Reader): Criterion {
  const token = reader.tokens[reader.at];
  if (token === undefined || token === ')' || isOperator(reader, 'and') || isOperator(reader, 'or')) {
    throw unreadable(reader, 'a word is missing beside an operator or inside parentheses');
  }
  reader.at += 1;
  if (token.toLowerCase() === 'not') return not(readPart(reader));
  if (token !== '(') return wordCriterion(reader.request, token);
  const inner = readAny(reader);
  if (reader.tokens[reader.at] !== ')') throw unreadable(reader, "a '(' has no ')'");
  reader.at += 1;
  return inner;
}

function wordCriterion(request: ValueRequest, token: string): Criterion {
  if (token.includes('"'))
    throw refuse(request, 'phrases are not searched; leave the quotation marks out, and all words must be there.');
  if (/\*[^*]/.test(token)) throw refuse(request, "a '*' stands at the end of a word: 'diab*' is any word that starts so.");
  const words = [...wordsOf(token)];
  const starts = token.endsWith('*');
  if (words.length === 0) throw refuse(request, 'there is a part without any letter or digit, and nothing else is compared.');
  const last = words.at(-1) ?? '';
  if (starts && last.length < limits.containsCharactersMin) {
    throw refuse(request, `a '*' needs at least ${limits.containsCharactersMin} letters or digits before it.`);
  }
  return and(
    ...words.map((value) => has(request, { shape: 'words', match: starts && value === last ? 'start' : 'word', value })),
  );
}

function isOperator({ tokens, at }: Reader, name: 'and' | 'or'): boolean {
  return tokens[at]?.toLowerCase() === name;
}

function unreadable({ request }: Reader, fault: string) {
  return refuse(request, `${fault}; write it like '(fegato OR ossa) AND metastasi'.`);
}
