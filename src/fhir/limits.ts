/** Every limit on what a client may ask, in one place. Each refusal names the limit it met. */

export const limits = {
  /** Bytes of a request body sent to `[base]` (batch, transaction) and to Binary; over it: 413. */
  bundleBodyBytesMax: 50 * 1024 * 1024,
  /** Bytes of any other request body; over it: 413. */
  bodyBytesMax: 10 * 1024 * 1024,
  /** Nesting of JSON objects and arrays; over it: 400. */
  jsonDepthMax: 64,
  /** Bytes of an Authorization header's token; over it: 401. */
  tokenBytesMax: 10 * 1024,
  /** Characters of a token's scope claim, and scopes in it; over them: 401. */
  scopeCharactersMax: 8 * 1024,
  scopesMax: 200,
  /** Characters of a URL's query. */
  queryCharactersMax: 16 * 1024,
  /** Entries of one batch or transaction. */
  bundleEntriesMax: 10_000,
  /** Matches on a page when `_count` is absent. */
  pageSizeDefault: 20,
  /** Matches on a page at most, whatever `_count` says. */
  pageSizeMax: 1_000,
  /** Search parameters in one query. */
  searchParametersMax: 100,
  /** Comma-separated values of one search parameter. */
  searchValuesMax: 500,
  /** Links of one chain, and nesting of `_has`. */
  chainDepthMax: 3,
  /** Resources of one chain step's inner search; over it: too-costly. */
  chainResourcesMax: 20_000,
  /** Index entries that one search may look at, where no index fits it; over it: too-costly. */
  searchRowsMax: 1_000_000,
  /** Resources that includes may add to one page; over it the page says that some are left out. */
  includesMax: 1_000,
  /** Parameters times resources that one reverse include may look through; over it: too-costly. */
  includeTestsMax: 20_000,
  /** Rounds of `_include:iterate`. */
  includeDepthMax: 3,
  /** Keys of `_sort`. */
  sortKeysMax: 4,
  /** Characters that `:contains` needs at least. */
  containsCharactersMin: 3,
  /** Elements that one evaluation of a FHIRPath expression may visit; over it the expression counts as not evaluable. */
  expressionStepsMax: 2_000_000,
  /** Resources of one document that `$document` makes; over it: too-costly. */
  documentResourcesMax: 1_000,
  /** Observations that one `$lastn` may look through; over it: too-costly. */
  lastnObservationsMax: 20_000,
  /** Distinct profiles, tags or security labels that `$meta` lists for a type or the system; over it: too-costly. */
  metaLabelsMax: 1_000,
  /** Issues in one OperationOutcome; one more tells that there were more. */
  issuesMax: 200,
  /** Times a write is planned again after another writer came first. */
  commitAttemptsMax: 8,
} as const;
