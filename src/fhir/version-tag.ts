/** Weak entity tags of versions: `W/"3"`. https://hl7.org/fhir/R4/http.html#versioning */

export function formatVersionTag(versionId: string): string {
  return `W/"${versionId}"`;
}

/**
 * Reads `If-Match` and `If-None-Match`: the version ids listed, `*` for any.
 * Strong tags are read as weak ones, because clients send them. Undefined when the text is no list of tags.
 */
export function parseVersionTags(header: string): readonly string[] | undefined {
  const tags = header.split(',').map((part) => part.trim());
  const ids = tags.map((tag) => (tag === '*' ? '*' : /^(?:W\/)?"([A-Za-z0-9\-.]{1,64})"$/.exec(tag)?.[1]));
  return ids.every((id) => id !== undefined) ? ids : undefined;
}
