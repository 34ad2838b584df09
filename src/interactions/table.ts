/** Every interaction this server knows, with its shape: what routes, Bundle entries, the capability statement and dispatch read. https://hl7.org/fhir/R4/http.html#summary */
import type { Permission } from '../access/access-context.ts';
import type { InteractionCode, Level } from '../fhir/types.ts';

export interface InteractionRow {
  readonly code: InteractionCode;
  readonly level: Level;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Segments behind the base: literals, or `[type]`, `[id]`, `[compartment]`, `[vid]`, `$[operation]`, `[job]`, `[file]`. */
  readonly path: readonly string[];
  /**
   * The letters a scope needs for it (table 1.2a of SMART's v2 scopes): all of them. A conditional form needs `s` besides.
   * Empty: none of its own, as for capabilities, and for a Bundle, whose entries are judged one by one.
   */
  readonly permissions: readonly Permission[];
  /** The body is a form of search parameters, not a resource. */
  readonly form?: true;
}

const system = [] as const;
const type = ['[type]'] as const;
const instance = ['[type]', '[id]'] as const;
const members = ['[compartment]', '[id]', '[type]'] as const;
const allMembers = ['[compartment]', '[id]', '*'] as const;

/** Earlier rows win. `batch` shares its shape with `transaction`: the Bundle's type decides (`bundle-entries.ts`, `bundleInteraction`). */
export const interactionTable: readonly InteractionRow[] = [
  { code: 'capabilities', level: 'system', method: 'GET', path: ['metadata'], permissions: [] },
  { code: 'transaction', level: 'system', method: 'POST', path: system, permissions: [] },
  { code: 'batch', level: 'system', method: 'POST', path: system, permissions: [] },
  { code: 'search-system', level: 'system', method: 'GET', path: system, permissions: ['s'] },
  {
    code: 'search-system',
    level: 'system',
    method: 'POST',
    path: ['_search'],
    permissions: ['s'],
    form: true,
  },
  { code: 'history-system', level: 'system', method: 'GET', path: ['_history'], permissions: ['s'] },
  { code: 'operation', level: 'system', method: 'GET', path: ['$[operation]'], permissions: [] },
  { code: 'operation', level: 'system', method: 'POST', path: ['$[operation]'], permissions: [] },
  { code: 'job', level: 'system', method: 'GET', path: ['_jobs', '[job]'], permissions: [] },
  { code: 'job', level: 'system', method: 'DELETE', path: ['_jobs', '[job]'], permissions: [] },
  { code: 'job', level: 'system', method: 'GET', path: ['_jobs', '[job]', '[file]'], permissions: [] },
  { code: 'search-type', level: 'type', method: 'GET', path: type, permissions: ['s'] },
  {
    code: 'search-type',
    level: 'type',
    method: 'POST',
    path: [...type, '_search'],
    permissions: ['s'],
    form: true,
  },
  { code: 'create', level: 'type', method: 'POST', path: type, permissions: ['c'] },
  { code: 'update', level: 'type', method: 'PUT', path: type, permissions: ['u', 's'] },
  { code: 'patch', level: 'type', method: 'PATCH', path: type, permissions: ['u', 's'] },
  { code: 'delete', level: 'type', method: 'DELETE', path: type, permissions: ['d', 's'] },
  { code: 'history-type', level: 'type', method: 'GET', path: [...type, '_history'], permissions: ['s'] },
  { code: 'operation', level: 'type', method: 'GET', path: [...type, '$[operation]'], permissions: [] },
  { code: 'operation', level: 'type', method: 'POST', path: [...type, '$[operation]'], permissions: [] },
  { code: 'read', level: 'instance', method: 'GET', path: instance, permissions: ['r'] },
  { code: 'update', level: 'instance', method: 'PUT', path: instance, permissions: ['u'] },
  { code: 'patch', level: 'instance', method: 'PATCH', path: instance, permissions: ['u'] },
  { code: 'delete', level: 'instance', method: 'DELETE', path: instance, permissions: ['d'] },
  {
    code: 'history-instance',
    level: 'instance',
    method: 'GET',
    path: [...instance, '_history'],
    permissions: ['r'],
  },
  {
    code: 'vread',
    level: 'instance',
    method: 'GET',
    path: [...instance, '_history', '[vid]'],
    permissions: ['r'],
  },
  {
    code: 'operation',
    level: 'instance',
    method: 'GET',
    path: [...instance, '$[operation]'],
    permissions: [],
  },
  {
    code: 'operation',
    level: 'instance',
    method: 'POST',
    path: [...instance, '$[operation]'],
    permissions: [],
  },
  { code: 'search-type', level: 'instance', method: 'GET', path: members, permissions: ['s'] },
  { code: 'search-type', level: 'instance', method: 'POST', path: [...members, '_search'], permissions: ['s'], form: true },
  { code: 'search-system', level: 'instance', method: 'GET', path: allMembers, permissions: ['s'] },
  { code: 'search-system', level: 'instance', method: 'POST', path: [...allMembers, '_search'], permissions: ['s'], form: true },
  {
    code: 'search-system',
    level: 'instance',
    method: 'POST',
    path: ['[compartment]', '[id]', '_search'],
    permissions: ['s'],
    form: true,
  },
];

/** A row that a path and method met, with what the path holds. */
export interface Match {
  readonly row: InteractionRow;
  readonly type?: string;
  readonly id?: string;
  readonly compartment?: string;
  readonly versionId?: string;
  readonly operation?: string;
  readonly job?: string;
  readonly file?: string;
}

/** What a path means: the row of the method, and the methods the path has. No methods: the path has no meaning here (404). */
export interface PathMatch {
  readonly match?: Match;
  readonly allow: readonly string[];
}

/**
 * Finds the interaction of a path below the base, given as segments, each decoded once (`['Patient', '1', '_history']`).
 * HEAD is looked up as GET. Whether the type exists and the id is well formed is dispatch's to say.
 */
export function matchPath(
  method: string,
  segments: readonly string[],
  isOffered: (interaction: InteractionCode, type?: string) => boolean = () => true,
): PathMatch {
  const rows = interactionTable.flatMap((row) => {
    const values = bind(row.path, segments);
    return values === undefined || !isOffered(row.code, values.type) ? [] : [{ row, ...values }];
  });
  const wanted = method === 'HEAD' ? 'GET' : method;
  const match = rows.find((found) => found.row.method === wanted);
  const allow = [...new Set(rows.flatMap(({ row }) => (row.method === 'GET' ? ['GET', 'HEAD'] : [row.method])))];
  return match === undefined ? { allow } : { match, allow };
}

type Values = Omit<Match, 'row'>;

const variables: Readonly<Record<string, { readonly name: keyof Values; readonly pattern: RegExp }>> = {
  '[type]': { name: 'type', pattern: /^[A-Z][A-Za-z]{0,63}$/ },
  '[compartment]': { name: 'compartment', pattern: /^[A-Z][A-Za-z]{0,63}$/ },
  '[id]': { name: 'id', pattern: /^[^$_]/ },
  '[vid]': { name: 'versionId', pattern: /^[^$_]/ },
  '[job]': { name: 'job', pattern: /^[A-Za-z0-9-]{1,64}$/ },
  '[file]': { name: 'file', pattern: /^[A-Za-z0-9][A-Za-z0-9.-]{0,79}$/ },
  '$[operation]': { name: 'operation', pattern: /^\$[A-Za-z][A-Za-z0-9-]{0,63}$/ },
};

function bind(path: readonly string[], segments: readonly string[]): Values | undefined {
  if (path.length !== segments.length) return undefined;
  const values: { -readonly [name in keyof Values]: Values[name] } = {};
  for (const [index, part] of path.entries()) {
    const segment = segments[index] ?? '';
    const variable = variables[part];
    if (variable === undefined) {
      if (part !== segment) return undefined;
    } else {
      if (!variable.pattern.test(segment)) return undefined;
      values[variable.name] = variable.name === 'operation' ? segment.slice(1) : segment;
    }
  }
  return values;
}
