/** The embedded store's searches start from an index range that bounds them, whatever SQLite thinks of its statistics. */
import type { Database } from 'better-sqlite3';
import { expect } from 'chai';
import { FhirError } from '../../src/fhir/outcome.ts';
import { and, type Criterion, not, or, type Test } from '../../src/search/criterion.ts';
import { databaseFile, openReader } from '../../src/store/embedded/connection.ts';
import { type Effort, usualEffort } from '../../src/store/embedded/effort.ts';
import { openEmbedded } from '../../src/store/embedded/embedded.ts';
import { readHistory } from '../../src/store/embedded/history.ts';
import { Names } from '../../src/store/embedded/names.ts';
import { Search } from '../../src/store/embedded/search.ts';
import { SqliteDatabase } from '../../src/store/embedded/sqlite.ts';
import { Statements } from '../../src/store/embedded/statements.ts';
import { Versions } from '../../src/store/embedded/versions.ts';
import type { HistoryScope, StoreQuery } from '../../src/store/store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import {
  ascending,
  compartment,
  creation,
  descending,
  has,
  hasText,
  hasToken,
  queryOf,
  range,
  reference,
  text,
  token,
  uri,
} from './contract-fixtures.ts';

const folder = temporaryFolder('fascicolo-plans-');
const observations = 400;

const asked = (comparison: 'eq' | 'ge' | 'le' | 'ap' | 'sa', low: number, unit = '') =>
  ({ shape: 'range', comparison, low, high: low + 999, unit }) as const;
const target = (name: string): Test => ({ shape: 'reference', target: name });
const byIdentifier: Criterion = {
  kind: 'chain',
  parameter: 'subject',
  types: ['Patient'],
  target: hasToken('identifier', '1', 'urn:cf'),
};

/** A shape of query, and what of its plan shows that the right index leads. */
const shapes: readonly (readonly [string, Criterion, RegExp])[] = [
  ['token with system', hasToken('code', 'c1', 'urn:s'), /SEARCH x USING PRIMARY KEY \(p=\? AND code=\? AND term=\?\)/],
  ['token', hasToken('code', 'c1'), /SEARCH x USING PRIMARY KEY \(p=\? AND code=\?\)/],
  [
    'several tokens',
    or(...['c1', 'c2', 'c3'].map((code) => hasToken('code', code, 'urn:s'))),
    /SEARCH x USING PRIMARY KEY \(p=\? AND code=\? AND term=\?\)/,
  ],
  ['string', hasText('name', 'prefix', 'name1'), /SEARCH x USING PRIMARY KEY \(p=\? AND value>\? AND value<\?\)/],
  ['string:exact', hasText('name', 'exact', 'Name1'), /SEARCH x USING COVERING INDEX ix_string_exact \(p=\? AND exact=\?\)/],
  ['string:contains', hasText('name', 'contains', 'ame12'), /SEARCH g USING PRIMARY KEY \(p=\? AND gram=\?\)/],
  ['date', has('date', asked('eq', 5000)), /SEARCH x USING PRIMARY KEY \(p=\? AND term=\? AND width=\? AND low>\? AND low<\?\)/],
  [
    'period overlapping',
    has('date', asked('ap', 5000)),
    /SEARCH x USING PRIMARY KEY \(p=\? AND term=\? AND width=\? AND low>\? AND low<\?\)/,
  ],
  [
    'quantity with unit',
    has('value', asked('eq', 5, '|mg')),
    /SEARCH x USING PRIMARY KEY \(p=\? AND term=\? AND width=\? AND low>\? AND low<\?\)/,
  ],
  ['reference', has('subject', target('Patient/1')), /SEARCH x USING PRIMARY KEY \(p=\? AND target=\?\)/],
  ['uri', has('url', { shape: 'uri', match: 'exact', value: 'http://a/1' }), /SEARCH x USING PRIMARY KEY \(p=\? AND value=\?\)/],
  [
    'uri:below',
    has('url', { shape: 'uri', match: 'below', value: 'http://a/1' }),
    /SEARCH x USING PRIMARY KEY \(p=\? AND value>\? AND value<\?\)/,
  ],
  [
    'uri:above',
    has('url', { shape: 'uri', match: 'above', value: 'http://a/1/2/3' }),
    /SEARCH x USING PRIMARY KEY \(p=\? AND value=\?\)/,
  ],
  [
    'composite',
    has('pair', { shape: 'tuple', parts: [{ shape: 'token', code: 'x' }, asked('eq', 5)] }),
    /SEARCH y EXISTS USING COVERING INDEX ix_token_rid \(rid=\? AND p=\?/,
  ],
  ['_id', { kind: 'id', ids: ['1', '2'] }, /SEARCH resource USING COVERING INDEX resource_id \(type=\? AND id=\?\)/],
  [
    '_lastUpdated',
    { kind: 'last-updated', comparison: 'ge', low: 1, high: 1 },
    /SEARCH resource USING COVERING INDEX resource_lu \(type=\? AND lu>\?\)/,
  ],
  ['compartment', compartment('Patient/1'), /SEARCH compartment USING PRIMARY KEY \(member=\? AND type=\?\)/],
  ['chain', byIdentifier, /SEARCH x USING PRIMARY KEY \(p=\? AND target=\?\)/],
  [
    'token and reference and not',
    and(hasToken('status', 'final'), has('subject', target('Patient/1')), not(hasToken('code', 'c2'))),
    /SEARCH x USING PRIMARY KEY \(p=\? AND target=\?\)/,
  ],
  [
    'token or string',
    or(hasToken('code', 'c1'), hasText('name', 'prefix', 'name2')),
    /SEARCH x USING PRIMARY KEY \(p=\? AND code=\?\)/,
  ],
];

/** Reading a whole table or index, or all of one parameter or type. Subqueries and lists of values may be scanned. */
const unbounded = [
  /^SCAN (?!d$|m$|w$|c$|t$|\(subquery|CONSTANT|\d+ CONSTANT|\d+-ROW)/,
  /\((p=\?|type=\?|member=\?|p=\? AND term=\?)\)$/,
];

describe('embedded store: plans', () => {
  let statements: string[] = [];
  let reader: Database;
  let explainer: Database;
  let versions: Versions;

  before(async () => {
    const dataDir = folder();
    const store = await openEmbedded({ dataDir });
    await store.transact(Array.from({ length: observations }, (_, index) => observation(index)));
    await store.transact(
      Array.from({ length: 40 }, (_, index) =>
        creation(`Patient/${index}`, { entries: [token('identifier', 'urn:cf', `${index}`)] }),
      ),
    );
    await store.close();
    reader = openReader(databaseFile(dataDir), { verbose: (statement) => statements.push(String(statement)) });
    explainer = new SqliteDatabase(databaseFile(dataDir), { readonly: true });
    const prepared = new Statements(reader);
    versions = new Versions(prepared, new Names(prepared));
  });
  after(() => {
    reader.close();
    explainer.close();
  });

  /** The steps of every plan of the statements that the body runs, each behind its statement. */
  function plansOf(body: () => unknown): readonly { readonly statement: string; readonly step: string }[] {
    statements = [];
    body();
    return statements
      .filter((statement) => !/^(BEGIN|COMMIT)/.test(statement))
      .flatMap((statement) => {
        const rows = explainer.prepare(`EXPLAIN QUERY PLAN ${statement}`).all() as { detail: string }[]; // SQLite's columns.
        return rows.map(({ detail }) => ({ statement, step: detail }));
      });
  }

  const search = (query: StoreQuery, effort: Effort = usualEffort) => new Search(versions, effort).search(query);

  for (const [title, criterion, leading] of shapes) {
    for (const [order, sort] of [
      ['by id', []],
      ['newest first', [descending('date', 'range')]],
    ] as const) {
      it(`${title}, ${order}: bounded by an index`, () => {
        const query = queryOf(['Observation'], { criterion, sort, count: 10, total: 'accurate' });
        const plans = plansOf(() => expect(search(query).items).to.not.have.length(0));
        expect(
          plans.map(({ step }) => step).some((step) => leading.test(step)),
          plans.map(({ step }) => step).join('\n'),
        ).to.equal(true);
        // Only the capped count of a conjunct that does not lead may be wide; it ends at its cap.
        for (const { statement, step } of plans.filter(({ step }) => unbounded.some((pattern) => pattern.test(step)))) {
          expect(statement, step).to.match(/^SELECT count\(\*\) AS n FROM \(SELECT 1 FROM \(.*\) LIMIT 2000\.0\)$/s);
        }
      });
    }
  }

  it('date=ge…&date=le… is one window of the index', () => {
    const criterion = and(has('date', asked('ge', 200_000)), has('date', asked('le', 203_000)));
    const effort = { ...usualEffort, gatherMax: 30 };
    const plans = plansOf(() => {
      const { items } = search(queryOf(['Observation'], { criterion, sort: [descending('date', 'range')], count: 10 }), effort);
      expect(items.map(({ key }) => key.id)).to.deep.equal(['203', '202', '201', '200']);
    });
    // Each half alone is too wide to be gathered: had they not become one window, the index of the sort key would have been walked.
    expect(plans.some(({ statement }) => statement.startsWith('WITH m AS MATERIALIZED'))).to.equal(true);
  });

  it('a reverse chain follows the references of what it finds', () => {
    const criterion: Criterion = {
      kind: 'reverse-chain',
      type: 'Observation',
      parameter: 'subject',
      source: hasToken('code', 'c1'),
    };
    const plans = plansOf(() => expect(search(queryOf(['Patient'], { criterion, count: 10 })).items).to.have.length(1));
    expect(plans.filter(({ step }) => unbounded.some((pattern) => pattern.test(step)))).to.deep.equal([]);
    expect(
      plans.some(({ step }) => /SEARCH x USING COVERING INDEX ix_reference_rid \(rid=\? AND p=\? AND target>\?/.test(step)),
    ).to.equal(true);
  });

  for (const [title, sort, walked] of [
    ['-date', descending('date', 'range'), /SEARCH x USING COVERING INDEX ix_range_low \(p=\? AND term=\? AND low>\?\)/],
    ['name', ascending('name', 'string'), /SEARCH x USING PRIMARY KEY \(p=\? AND value/],
    ['-subject', descending('subject', 'reference'), /SEARCH x USING PRIMARY KEY \(p=\? AND target/],
    ['-url', descending('url', 'uri'), /SEARCH x USING PRIMARY KEY \(p=\? AND value/],
    ['-_lastUpdated', descending('_lastUpdated', 'range'), /SEARCH x USING COVERING INDEX resource_lu \(type=\?/],
    ['_id', ascending('_id', 'token'), /SEARCH x USING COVERING INDEX resource_id \(type=\? AND id/],
  ] as const) {
    it(`what many resources meet, sorted by ${title}: walks that index and asks each resource by its number`, () => {
      const criterion = and(hasToken('status', 'final'), byIdentifier, not(hasText('name', 'prefix', 'nobody')));
      const effort = {
        gatherMax: 2,
        gatherLateMax: 12,
        stepFirst: 8,
        stepMax: 64,
        walkMax: 1e6,
        rowsMax: 1e6,
        totalRowsMax: 1e6,
      };
      const plans = plansOf(() => search(queryOf(['Observation'], { criterion, sort: [sort], count: 3 }), effort));
      const steps = plans.map(({ step }) => step);
      expect(
        steps.some((step) => walked.test(step)),
        steps.join('\n'),
      ).to.equal(true);
      expect(
        steps.filter((step) => /^SEARCH [xy]\d EXISTS|^SEARCH y/.test(step) && !/\(rid=\? AND p=\?/.test(step)),
      ).to.deep.equal([]);
      expect(steps.filter((step) => /^SCAN (?!\(subquery|CONSTANT|d$|m$)/.test(step))).to.deep.equal([]);
    });
  }

  describe('what many resources meet in part, few in whole', () => {
    const effort = { gatherMax: 5, gatherLateMax: 500, stepFirst: 4, stepMax: 16, walkMax: 32, rowsMax: 1e6, totalRowsMax: 1e6 };
    const query = queryOf(['Observation'], {
      criterion: and(hasToken('status', 'final'), hasToken('code', 'c1')),
      sort: [descending('date', 'range')],
      count: 20,
    });
    const names = (effort: Effort) => search(query, effort).items.map(({ key }) => key.id);

    it('a walk that gets long is given up for gathering, behind where it stands', () => {
      const usual = names(usualEffort);
      expect(usual).to.have.length(10);
      const plans = plansOf(() => expect(names(effort)).to.deep.equal(usual));
      const last = (start: string) => plans.findLastIndex(({ statement }) => statement.startsWith(start));
      expect(last('SELECT DISTINCT r.seq')).to.be.greaterThan(-1);
      expect(last('WITH m AS MATERIALIZED')).to.be.greaterThan(last('SELECT DISTINCT r.seq'));
    });

    it('a search that looks at too many rows is refused as too costly, and says what to do', () => {
      for (const refused of [
        () => search(query, { ...effort, walkMax: 1e6, rowsMax: 100 }),
        () => search({ ...query, count: 0, total: 'accurate' }, { ...effort, totalRowsMax: 8 }),
      ]) {
        expect(refused)
          .to.throw(FhirError, /more than|looked at/)
          .with.property('status', 422);
      }
      expect(search({ ...query, count: 0, total: 'estimate' }, { ...effort, totalRowsMax: 8 }).total).to.be.within(5, 400);
    });
  });

  const everyone: Criterion = { kind: 'all' };
  const mixed = or(and({ kind: 'type', types: ['Observation'] }, compartment('Patient/1')), { kind: 'type', types: ['Patient'] });
  for (const [title, scope, allowed, leading] of [
    ['system', { kind: 'system' }, everyone, /SEARCH v USING INDEX version_lu \(lu>\?/],
    ['type', { kind: 'type', type: 'Patient' }, everyone, /SEARCH v USING INDEX version_type \(type=\? AND lu>\?/],
    ['instance', { kind: 'instance', key: { type: 'Patient', id: '1' } }, everyone, /SEARCH v USING INDEX version_rid \(rid=\?/],
    ['system of one compartment', { kind: 'system' }, compartment('Patient/1'), /SEARCH c USING PRIMARY KEY \(member=\?\)/],
    [
      'type of one compartment',
      { kind: 'type', type: 'Observation' },
      compartment('Patient/1'),
      /SEARCH c USING PRIMARY KEY \(member=\? AND type=\?\)/,
    ],
    [
      'system of a compartment and shared types',
      { kind: 'system' },
      mixed,
      /SEARCH v USING INDEX version_type \(type=\? AND lu>\?/,
    ],
  ] as const satisfies readonly (readonly [string, HistoryScope, Criterion, RegExp])[]) {
    it(`history of the ${title}: bounded by an index`, () => {
      const plans = plansOf(() => readHistory(versions, scope, allowed, { count: 5, since: 5, at: { low: 0, high: 8e15 } }));
      const steps = plans.map(({ step }) => step);
      expect(
        steps.some((step) => leading.test(step)),
        steps.join('\n'),
      ).to.equal(true);
      expect(steps.filter((step) => /^SCAN (?!\(subquery|CONSTANT)/.test(step))).to.deep.equal([]);
    });
  }
});

function observation(index: number) {
  const patient = `Patient/${index % 40}`;
  const entries = [
    token('code', 'urn:s', `c${index % 40}`),
    token('status', '', 'final'),
    text('name', `name${index % 40}`, `Name${index % 40}`),
    range('date', index * 1000, index * 1000 + 999),
    range('value', index),
    range('value', index, index, '|mg'),
    reference('subject', patient),
    uri('url', `http://a/${index}`),
    token('pair$1', '', 'x', 1),
    range('pair$2', index, index, '', 1),
  ];
  return creation(`Observation/${index}`, { entries, compartments: [patient] });
}
