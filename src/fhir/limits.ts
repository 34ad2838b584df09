/** Every limit on what a client may ask, in one place. Each refusal names the limit it met. */

export const limits = {
  /**
   * Bytes of a request body sent to `[base]` (batch, transaction) and to Binary, as a resource or as content; over it: 413. Characters of what the
   * entries of one Bundle have read at which no more of them are carried out.
   */
  bundleBodyBytesMax: 50 * 1024 * 1024,
  /** Bytes of any other request body; over it: 413. */
  bodyBytesMax: 10 * 1024 * 1024,
  /** Nesting of JSON objects and arrays; over it: 400. */
  jsonDepthMax: 64,
  /** Objects, arrays, members and items of a JSON body; over it: 413. FHIR JSON of 50 MB has about half as many. */
  jsonValuesMax: 4_000_000,
  /** Nesting of XML elements, a narrative's included; over it: 400. */
  xmlDepthMax: 256,
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
  /**
   * Characters of the resources on a page, of a search, a history or `$everything`: the one that reaches them is the page's last, whatever
   * `_count` says. The same for what includes add to it.
   */
  pageCharactersMax: 16 * 1024 * 1024,
  /** Search parameters in one query. */
  searchParametersMax: 100,
  /** Comma-separated values of one search parameter. */
  searchValuesMax: 500,
  /** Links of one chain, and nesting of `_has`. */
  chainDepthMax: 3,
  /** Resources of one chain step's inner search; over it: too-costly. */
  chainResourcesMax: 20_000,
  /** Index entries that one page of a search may look at, where no index fits it (embedded store); over it: too-costly. Some fifty milliseconds. */
  searchRowsMax: 20_000,
  /** Index entries that an accurate total may look at (embedded store); over it: too-costly. */
  totalRowsMax: 1_000_000,
  /** Milliseconds of one query of a search (MongoDB); over it: too-costly. */
  searchTimeMsMax: 10_000,
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
  /** Characters of a resource's text that `_text` and `_content` look at, and distinct words of them that are found; what is behind is not. */
  fullTextCharactersMax: 200_000,
  fullTextWordsMax: 2_000,
  /** Words, operators and parentheses of one `_text` or `_content`; over it: too-costly. */
  fullTextTermsMax: 50,
  /** Comparisons in one `_filter`, and parentheses and brackets inside each other; over them: too-costly. */
  filterTermsMax: 100,
  filterDepthMax: 20,
  /** Elements that one evaluation of a FHIRPath expression may visit; over it the expression counts as not evaluable. */
  expressionStepsMax: 2_000_000,
  /** Elements that all FHIRPath expressions of one validation may visit together; over it, those left are said not to be checked. */
  validationStepsMax: 10_000_000,
  /** Elements of a profile that is sent to be stored, and constraints on them; over them it is refused. */
  profileElementsMax: 3_000,
  profileConstraintsMax: 500,
  /** Conformance resources of the store that are in effect at once, and characters of their JSON; what is over them is stored only. */
  storedDefinitionsMax: 5_000,
  storedDefinitionsCharactersMax: 30_000_000,
  /** Codes in one answer of $expand; over it: too-costly, unless pages are asked for. */
  expansionCodesMax: 10_000,
  /** Codes that the definition of one value set may look at; over it the set counts as not complete. */
  valueSetStepsMax: 1_000_000,
  /** Resources of one document that `$document` makes; over it: too-costly. */
  documentResourcesMax: 1_000,
  /** Observations that one `$lastn` may look through; over it: too-costly. */
  lastnObservationsMax: 20_000,
  /** Distinct profiles, tags or security labels that `$meta` lists for a type or the system; over it: too-costly. */
  metaLabelsMax: 1_000,
  /** Operations in one patch; over it: too-costly. */
  patchOperationsMax: 1_000,
  /** Values that the operations of one patch may look through or copy, all together; over it: too-costly. */
  patchPartsMax: 1_000_000,
  /** Jobs (bulk export, import) that one server works on at a time; the others wait. */
  jobsRunningMax: 2,
  /** Jobs of one client that are not finished; over it: 429. */
  jobsUnfinishedMax: 4,
  /** Jobs of one client whose results are kept; over it: 429. */
  jobsKeptMax: 50,
  /** Attempts of a job without any progress; with the last it has failed. */
  jobFailuresMax: 3,
  /** How long a finished job and its files are kept, in milliseconds. */
  jobKeptMs: 24 * 3_600_000,
  /** How long the source of a job may take to arrive, in milliseconds. */
  jobReceiveMsMax: 15 * 60_000,
  /** Bytes of a job's source, unpacked; over it: 413. */
  jobSourceBytesMax: 1024 * 1024 * 1024,
  /** Bytes of a job's file that are in memory before they are saved. */
  jobPieceBytes: 4 * 1024 * 1024,
  /** Resources on a page that `$export` reads, and characters of their texts at which it ends early. */
  exportPageSize: 200,
  exportPageCharacters: 4 * 1024 * 1024,
  /** Bytes of one file of `$export`, more or less; then the next one begins. */
  exportFileBytes: 256 * 1024 * 1024,
  /** Patients whose records `$export` asks for in one search. */
  exportPatientsMax: 50,
  /** Patients that one `$export` may name in the parameter `patient`; over it: too-costly. */
  exportPatientsNamedMax: 10_000,
  /** Resources outside the patients' records (practitioners, organizations) that one `$export` follows references to; the rest is told of. */
  exportReferencedMax: 200_000,
  /** Deletions in one Bundle of `$export`. */
  exportDeletionsMax: 500,
  /** Lines of `$import` that are written together, and bytes of one line; over the latter it is refused. */
  importBatchLines: 100,
  importLineBytesMax: 10 * 1024 * 1024,
  /** Rounds of `$import` over lines that refer to later ones; those that still wait are refused. */
  importRoundsMax: 20,
  /** Issues in one OperationOutcome; one more tells that there were more. */
  issuesMax: 200,
  /** Matches that one conditional delete may ask to delete with `_count`. */
  conditionalDeletesMax: 1_000,
  /** Search parameters beside R4's own; one more is refused as a business rule. */
  ownSearchParametersMax: 1_000,
  /** Times a write is planned before it is given up because others keep coming first: 409. */
  commitAttemptsMax: 20,
} as const;
