/** The house, checked: rooms import downwards only, no cycles, no long files, packages stay behind their doors. See src/README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../', import.meta.url));
const linesMax = 400;

/** What each room of `src/` may import, besides itself. `.` is the composition root: files directly under `src/`. */
const belowInteractions = [
  'fhir',
  'definitions',
  'fhirpath',
  'patch',
  'validation',
  'search',
  'store',
  'access',
  'jobs',
  'parameters',
];
const rooms: Readonly<Record<string, readonly string[]>> = {
  fhir: [],
  definitions: ['fhir'],
  fhirpath: ['fhir', 'definitions'],
  patch: ['fhir', 'fhirpath', 'definitions'],
  validation: ['fhir', 'fhirpath', 'definitions'],
  search: ['fhir', 'fhirpath', 'definitions'],
  store: ['fhir', 'search'],
  access: ['fhir', 'definitions', 'search'],
  jobs: ['fhir', 'store'],
  parameters: ['fhir', 'definitions', 'fhirpath', 'search', 'store', 'access'],
  interactions: belowInteractions,
  operations: [...belowInteractions, 'interactions'],
  http: ['fhir', 'definitions', 'access', 'interactions'],
  cli: [...belowInteractions, 'interactions', 'operations', 'http', '.'],
  '.': [...belowInteractions, 'interactions', 'operations', 'http', 'cli'],
};

/** Where a package may be imported: a room, or a folder in it. Node's own modules are free; packages not listed are refused. */
const doors: Readonly<Record<string, readonly string[]>> = {
  '@lhncbc/ucum-lhc': ['src/definitions/units.ts'],
  ajv: ['src/validation/', 'src/config.ts'],
  'better-sqlite3': ['src/store/embedded/'],
  express: ['src/http/'],
  'fhir-kit-client': ['seed/'],
  fhirpath: ['src/fhirpath/'],
  helmet: ['src/http/'],
  jose: ['src/access/'],
  jsonwebtoken: ['src/access/verify-token.ts'],
  mongodb: ['src/store/mongodb/'],
  saxes: ['src/http/xml/'],
};

interface Source {
  /** Relative to the project: `src/fhir/json.ts`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly string[];
}

function listSources(folder: string): readonly Source[] {
  const found = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readSource(join(entry.parentPath, entry.name)));
}

function readSource(file: string): Source {
  const text = readFileSync(file, 'utf8');
  const pattern =
    /(?:^|[\s;])(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|import\s*\(\s*['"]([^'"]+)['"]|^import\s*['"]([^'"]+)['"]|createRequire\([\w.]+\)\(['"]([^'"]+)['"]/gm;
  const imports = [...text.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
  const resolved = imports.map((name) => (name.startsWith('.') ? relative(root, resolve(dirname(file), name)) : name));
  return { path: relative(root, file), lines: text.trimEnd().split('\n').length, imports: resolved };
}

function roomOf(path: string): string {
  const [, room, rest] = path.split('/');
  return rest === undefined ? '.' : (room ?? '.');
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}

const sources = listSources('src');
const others = [...listSources('seed'), ...listSources('test')];

describe('the house', () => {
  it('has sources to look at', () => expect(sources.length).to.be.above(20));

  it(`has no file over ${linesMax} lines`, () => {
    const long = [...sources, ...others].filter((source) => source.lines > linesMax);
    expect(long.map((source) => `${source.path} has ${source.lines} lines`)).to.deep.equal([]);
  });

  it('has every source in a known room', () => {
    const unknown = sources.filter((source) => rooms[roomOf(source.path)] === undefined);
    expect(unknown.map((source) => source.path)).to.deep.equal([]);
  });

  it('imports downwards only, types included', () => {
    const upward = sources.flatMap((source) => {
      const room = roomOf(source.path);
      const inside = source.imports.filter((name) => name.startsWith('src/'));
      const wrong = inside.filter((name) => roomOf(name) !== room && !(rooms[room] ?? []).includes(roomOf(name)));
      return wrong.map((name) => `${source.path} imports ${name}`);
    });
    expect(upward).to.deep.equal([]);
  });

  it('never imports test or seed from src, nor main.ts from anywhere', () => {
    const wrong = [...sources, ...others].flatMap((source) =>
      source.imports
        .filter((name) => name === 'src/main.ts' || (source.path.startsWith('src/') && /^(?:test|seed)\//.test(name)))
        .map((name) => `${source.path} imports ${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('has no import cycle, types included', () => {
    expect(findCycle(sources)).to.equal(undefined);
  });

  it('keeps each package behind its door', () => {
    const wrong = [...sources, ...listSources('seed')].flatMap((source) =>
      source.imports
        .filter(
          (name) => /^[a-z@]/.test(name) && !name.startsWith('node:') && !name.startsWith('src/') && !name.startsWith('seed/'),
        )
        .filter((name) => !(doors[packageOf(name)] ?? []).some((door) => source.path.startsWith(door)))
        .map((name) => `${source.path} imports ${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('enters an adapter through store/open.ts or its own command alone', () => {
    const commands: Readonly<Record<string, string>> = { 'src/cli/backup.ts': 'src/store/embedded/backup.ts' };
    const adapters = /^src\/store\/(memory|embedded|mongodb)\//;
    const wrong = sources.flatMap((source) =>
      source.imports
        .filter((name) => adapters.test(name) && !adapters.test(source.path))
        .filter((name) => source.path !== 'src/store/open.ts' && commands[source.path] !== name)
        .map((name) => `${source.path} imports ${name}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('has the top level that was agreed', () => {
    const agreed = [
      'conformance',
      'Dockerfile',
      'LICENSE',
      'package-lock.json',
      'package.json',
      'profiles',
      'README.md',
      'seed',
      'src',
      'test',
      'tsconfig.json',
    ];
    const local = ['node_modules', 'dist', 'data'];
    const there = readdirSync(root).filter((name) => !name.startsWith('.') && !local.includes(name));
    expect(there.toSorted()).to.deep.equal(agreed.toSorted());
  });

  it('has no focused test', () => {
    const focused = others.filter((source) => /\b(?:it|describe)\.only\(/.test(readFileSync(join(root, source.path), 'utf8')));
    const self = relative(root, fileURLToPath(import.meta.url));
    expect(focused.map((source) => source.path).filter((path) => path !== self)).to.deep.equal([]);
  });
});

/** The first cycle found, as a readable path. */
function findCycle(all: readonly Source[]): string | undefined {
  const byPath = new Map(all.map((source) => [source.path, source]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(' -> ');
    if (done.has(path)) return undefined;
    for (const name of byPath.get(path)?.imports ?? []) {
      const cycle = byPath.has(name) ? visit(name, [...trail, path]) : undefined;
      if (cycle !== undefined) return cycle;
    }
    done.add(path);
    return undefined;
  };
  return all.map((source) => visit(source.path, [])).find((cycle) => cycle !== undefined);
}
