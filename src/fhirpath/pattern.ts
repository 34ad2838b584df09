/**
 * Regular expressions that profiles bring, matched in one pass over the text: time grows with the text, never exponentially, whatever the
 * pattern. JavaScript's own RegExp backtracks: HL7's published pattern of base64Binary takes minutes on a hundred characters.
 * http://hl7.org/fhirpath/N1/#matchesregex-string-boolean
 */
import { evaluationError } from './node.ts';
import { type Pattern, parsePattern } from './pattern-syntax.ts';

const instructionsMax = 10_000;
const replacedCharactersMax = 10_000;
const decisionsMax = 8;
/** An open repetition counts as this many decisions, so that there can be but one. */
const openRepetition = 5;

type Instruction =
  | { readonly kind: 'character'; readonly fits: (codePoint: number) => boolean }
  | { readonly kind: 'assertion'; readonly assertion: '^' | '$' | 'b' | 'B' }
  /** Goes on at both places, given relative to itself. */
  | { readonly kind: 'split'; readonly first: number; readonly second: number }
  | { readonly kind: 'jump'; readonly by: number }
  | { readonly kind: 'match' };

/** Tells as it goes how many alternatives it follows, so that the caller can stop it by throwing. */
export type PatternTest = (subject: string, spend: (steps: number) => void) => boolean;

/**
 * A test whether any part of a text matches, or, with `whole`, all of it. Throws an Error for a pattern that is refused: one that is no
 * regular expression, or that looks around or back.
 */
export function compilePattern(text: string, whole = false): PatternTest {
  const pattern = parsePattern(text);
  if (isQuick(pattern)) return quickTest(text, whole);
  const program = assemble(pattern);
  return (subject, spend) => search(program, subject, whole, spend);
}

/**
 * Replaces what matches; `$1` stands for a group, and an empty pattern replaces nothing. Groups need RegExp, so only patterns are taken
 * that it runs in bounded time: with few ways to match, at most one of them an open repetition.
 */
export function compileReplacement(text: string): (subject: string, substitution: string) => string {
  if (text === '') return (subject) => subject;
  if (decisions(parsePattern(text)) > decisionsMax) {
    throw new Error(`the regular expression ${JSON.stringify(text)} has too many ways to match for a replacement`);
  }
  const expression = regExp(text, 'g');
  return (subject, substitution) => {
    if (subject.length > replacedCharactersMax) throw evaluationError('replaceMatches() is used on too long a text');
    return subject.replace(expression, substitution);
  };
}

/** RegExp needs but one pass for what begins at the text's beginning and has few ways to match. */
function isQuick(pattern: Pattern): boolean {
  const first = pattern.kind === 'sequence' ? pattern.parts[0] : undefined;
  return first?.kind === 'assertion' && first.assertion === '^' && decisions(pattern) <= decisionsMax;
}

function quickTest(text: string, whole: boolean): PatternTest {
  const expression = regExp(whole ? `^(?:${text})$` : text, '');
  return (subject, spend) => {
    spend(subject.length + 1);
    return expression.test(subject);
  };
}

/** How often a match must choose between going on in two ways, at worst: each choice may double the time. */
function decisions(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'sequence':
      return pattern.parts.reduce((sum, part) => sum + decisions(part), 0);
    case 'choice':
      return pattern.options.reduce((sum, option) => sum + decisions(option), pattern.options.length - 1);
    case 'repeat': {
      const inner = decisions(pattern.part);
      if (pattern.fewest === pattern.most) return inner * pattern.fewest;
      if (inner > 0) return Number.POSITIVE_INFINITY;
      return Math.min(pattern.most - pattern.fewest, openRepetition);
    }
    default:
      return 0;
  }
}

function regExp(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, `su${flags}`);
  } catch {
    // Some published patterns escape what the Unicode syntax would have unescaped: `\@`.
    return new RegExp(source, `s${flags}`);
  }
}

function assemble(pattern: Pattern): readonly Instruction[] {
  const program = [...instructions(pattern), { kind: 'match' } as const];
  if (program.length > instructionsMax) throw new Error('a regular expression repeats too much');
  return program;
}

function instructions(pattern: Pattern): Instruction[] {
  switch (pattern.kind) {
    case 'character':
      return [{ kind: 'character', fits: characterTest(pattern.source) }];
    case 'assertion':
      return [pattern];
    case 'sequence':
      return limited(pattern.parts.flatMap(instructions));
    case 'choice':
      return alternatives(pattern.options.map(instructions));
    case 'repeat':
      return repeated(instructions(pattern.part), pattern.fewest, pattern.most);
  }
}

/** Each option but the last is tried beside the next one, and jumps behind the last. */
function alternatives(options: readonly (readonly Instruction[])[]): Instruction[] {
  const end = options.reduce((sum, option) => sum + option.length, 2 * (options.length - 1));
  const program: Instruction[] = [];
  for (const [index, option] of options.entries()) {
    const last = index === options.length - 1;
    if (!last) program.push({ kind: 'split', first: 1, second: option.length + 2 });
    for (const instruction of option) program.push(instruction);
    if (!last) program.push({ kind: 'jump', by: end - program.length });
  }
  return limited(program);
}

function repeated(part: readonly Instruction[], fewest: number, most: number): Instruction[] {
  const copies = most === Number.POSITIVE_INFINITY ? fewest + 1 : most;
  if (copies * (part.length + 1) > instructionsMax) throw new Error('a regular expression repeats too much');
  const needed = Array.from({ length: fewest }, () => part).flat();
  if (most === Number.POSITIVE_INFINITY) {
    return [...needed, { kind: 'split', first: 1, second: part.length + 2 }, ...part, { kind: 'jump', by: -part.length - 1 }];
  }
  const optional = Array.from({ length: most - fewest }, (_, index): Instruction[] => {
    const left = most - fewest - index;
    return [{ kind: 'split', first: 1, second: left * (part.length + 1) }, ...part];
  });
  return [...needed, ...optional.flat()];
}

function limited(program: Instruction[]): Instruction[] {
  if (program.length > instructionsMax) throw new Error('a regular expression repeats too much');
  return program;
}

const asciiCount = 128;

/** ASCII is looked up, the rest asked of RegExp one character at a time, which is always quick. */
function characterTest(source: string): (codePoint: number) => boolean {
  const expression = regExp(`^${source}$`, '');
  const ascii = Array.from({ length: asciiCount }, (_, code) => expression.test(String.fromCharCode(code)));
  return (codePoint) => ascii[codePoint] ?? expression.test(String.fromCodePoint(codePoint));
}

/** The places in the program that a search is at, each once. */
interface Places {
  readonly list: number[];
  /** The step at which a place was last entered. */
  readonly entered: Int32Array;
}

function search(program: readonly Instruction[], subject: string, whole: boolean, spend: (steps: number) => void): boolean {
  const places: Places = { list: [], entered: new Int32Array(program.length).fill(-1) };
  let current: readonly number[] = [0];
  for (let at = 0; at <= subject.length; ) {
    places.list.length = 0;
    for (const place of current) enter(program, place, subject, at, places);
    if (!whole) enter(program, 0, subject, at, places);
    if (isMatch(program, places.list) && (!whole || at === subject.length)) return true;
    spend(places.list.length + 1);
    const codePoint = subject.codePointAt(at) ?? 0;
    current = advance(program, places.list, codePoint);
    if (whole && current.length === 0) return false;
    at += codePoint > 0xffff ? 2 : 1;
  }
  return false;
}

function isMatch(program: readonly Instruction[], list: readonly number[]): boolean {
  return list.some((place) => program[place]?.kind === 'match');
}

/** Follows everything that takes no character. A stack, because a pattern may lead from place to place a thousand times. */
function enter(program: readonly Instruction[], start: number, subject: string, at: number, places: Places): void {
  const open = [start];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (places.entered[place] === at) continue;
    places.entered[place] = at;
    const instruction = program[place];
    if (instruction?.kind === 'split') open.push(place + instruction.second, place + instruction.first);
    else if (instruction?.kind === 'jump') open.push(place + instruction.by);
    else if (instruction?.kind !== 'assertion') places.list.push(place);
    else if (holds(instruction.assertion, subject, at)) open.push(place + 1);
  }
}

function advance(program: readonly Instruction[], list: readonly number[], codePoint: number): number[] {
  const next: number[] = [];
  for (const place of list) {
    const instruction = program[place];
    if (instruction?.kind === 'character' && instruction.fits(codePoint)) next.push(place + 1);
  }
  return next;
}

function holds(assertion: '^' | '$' | 'b' | 'B', subject: string, at: number): boolean {
  if (assertion === '^') return at === 0;
  if (assertion === '$') return at === subject.length;
  return (isWord(subject, at - 1) !== isWord(subject, at)) === (assertion === 'b');
}

function isWord(subject: string, at: number): boolean {
  return /\w/.test(subject.charAt(at));
}
