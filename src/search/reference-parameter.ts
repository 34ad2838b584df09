/**
 * The parameter of the index entries that say which resources of this server a resource refers to, whatever search parameters there are: what
 * referential integrity asks. No search parameter has this name.
 */
export const referenceParameter = '_reference';
