/**
 * The tables of the embedded store. Every version is one row of `version`, written once and never changed; `resource` says which one is
 * current. Index rows (`ix_…`) exist for current, undeleted resources only, so that a row found is a resource found.
 */
import type { Database } from 'better-sqlite3';

/** Raised by every change of the tables; a database with a higher one was made by a newer server. */
export const schemaVersion = 2;

/**
 * `rid` names a resource, `seq` a version in the store-wide order of commits. `p` names a search parameter of a type (`parameter`), `term`
 * a system or unit (0: none), `n` the element an entry came from. Nothing in a key is NULL.
 */
const tables = `
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;

CREATE TABLE resource(
  rid INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  seq INTEGER NOT NULL,      -- the current version
  live INTEGER NOT NULL,     -- the last undeleted version
  vid INTEGER NOT NULL,      -- versions so far
  lu INTEGER NOT NULL,       -- lastUpdated of the current version, ms
  deleted INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX resource_id ON resource(type, id);
CREATE INDEX resource_lu ON resource(type, lu, id) WHERE deleted = 0;

CREATE TABLE version(
  seq INTEGER PRIMARY KEY,
  rid INTEGER NOT NULL,
  vid INTEGER NOT NULL,
  tag TEXT,                  -- the version id where it is not vid (versions from elsewhere)
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  lu INTEGER NOT NULL,
  method TEXT NOT NULL,
  deleted INTEGER NOT NULL,
  compartments TEXT NOT NULL, -- JSON array of members
  hash BLOB NOT NULL,        -- SHA-256 of the text
  body ANY                   -- the text, or deflated; NULL when deleted
) STRICT;
CREATE UNIQUE INDEX version_rid ON version(rid, vid);
CREATE INDEX version_lu ON version(lu);
CREATE INDEX version_type ON version(type, lu);
CREATE INDEX version_deleted ON version(type, lu) WHERE deleted = 1;
CREATE TABLE past_entries(seq INTEGER PRIMARY KEY, entries BLOB NOT NULL) STRICT; -- deflated JSON, of versions without index rows
CREATE TABLE compartment(
  member TEXT NOT NULL, type TEXT NOT NULL, seq INTEGER NOT NULL, rid INTEGER NOT NULL,
  PRIMARY KEY(member, type, seq, rid)
) WITHOUT ROWID, STRICT;

CREATE TABLE parameter(
  p INTEGER PRIMARY KEY, type TEXT NOT NULL, code TEXT NOT NULL, shape TEXT NOT NULL,
  UNIQUE(type, code, shape)
) STRICT;
CREATE TABLE term(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
INSERT INTO term(id, text) VALUES (0, '');

CREATE TABLE ix_token(
  p INTEGER NOT NULL, code TEXT NOT NULL, term INTEGER NOT NULL, rid INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(p, code, term, rid, n)
) WITHOUT ROWID, STRICT;
CREATE INDEX ix_token_rid ON ix_token(rid, p);

CREATE TABLE ix_string(
  p INTEGER NOT NULL, value TEXT NOT NULL, exact TEXT NOT NULL, rid INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(p, value, exact, rid, n)
) WITHOUT ROWID, STRICT;
CREATE INDEX ix_string_exact ON ix_string(p, exact);
CREATE INDEX ix_string_rid ON ix_string(rid, p);
CREATE TABLE string_value(sid INTEGER PRIMARY KEY, p INTEGER NOT NULL, value TEXT NOT NULL, UNIQUE(p, value)) STRICT;
CREATE TABLE trigram(
  p INTEGER NOT NULL, gram TEXT NOT NULL, sid INTEGER NOT NULL,
  PRIMARY KEY(p, gram, sid)
) WITHOUT ROWID, STRICT;

CREATE TABLE ix_range(
  p INTEGER NOT NULL, term INTEGER NOT NULL, width INTEGER NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
  rid INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(p, term, width, low, high, rid, n)
) WITHOUT ROWID, STRICT;
CREATE INDEX ix_range_low ON ix_range(p, term, low);
CREATE INDEX ix_range_rid ON ix_range(rid, p);

CREATE TABLE ix_reference(
  p INTEGER NOT NULL, target TEXT NOT NULL, rid INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(p, target, rid, n)
) WITHOUT ROWID, STRICT;
CREATE INDEX ix_reference_rid ON ix_reference(rid, p);

CREATE TABLE ix_uri(
  p INTEGER NOT NULL, value TEXT NOT NULL, rid INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY(p, value, rid, n)
) WITHOUT ROWID, STRICT;
CREATE INDEX ix_uri_rid ON ix_uri(rid, p);

CREATE TABLE ix_words(
  wid INTEGER PRIMARY KEY, p INTEGER NOT NULL, words TEXT NOT NULL, rid INTEGER NOT NULL, n INTEGER NOT NULL
) STRICT;
CREATE INDEX ix_words_rid ON ix_words(rid, p);
-- Which words a row of ix_words has, by wid; neither their places nor the text.
CREATE VIRTUAL TABLE word USING fts5(body, content='', contentless_delete=1, detail=none, tokenize='ascii');
`;

/** Makes the tables in an empty database; otherwise checks that this server understands them. Throws an Error with a sentence. */
export function prepareSchema(database: Database): void {
  const { found } = database.prepare("SELECT count(*) AS found FROM sqlite_schema WHERE name = 'meta'").get() as {
    found: number;
  };
  if (found === 0) {
    database.pragma('page_size = 8192');
    database.pragma('journal_mode = WAL');
    database.transaction(() => {
      database.exec(tables);
      database.prepare("INSERT INTO meta(name, value) VALUES ('schema', ?)").run(String(schemaVersion));
    })();
    return;
  }
  const row = database.prepare("SELECT value FROM meta WHERE name = 'schema'").get() as { value: string } | undefined;
  const version = Number(row?.value);
  if (version === schemaVersion) return;
  throw new Error(sentenceAbout(version, database.name));
}

function sentenceAbout(version: number, name: string): string {
  if (version > schemaVersion)
    return `The database ${name} has schema version ${version}, made by a newer Fascicolo; this one understands up to ${schemaVersion}. Start the newer version, or restore a backup.`;
  if (version >= 1)
    return `The database ${name} has schema version ${version}, made by an older Fascicolo; this one needs ${schemaVersion}. Start with an empty DATA_DIR and load the resources again.`;
  return `The database ${name} has no schema version that Fascicolo knows. Is it a Fascicolo database?`;
}
