/** The restricted FHIRPath of discriminators. https://hl7.org/fhir/R4/profiling.html#discriminator */

export type DiscriminatorStep =
  | { readonly kind: 'child'; readonly name: string }
  | { readonly kind: 'extension'; readonly url: string }
  | { readonly kind: 'type'; readonly name: string }
  | { readonly kind: 'resolve' };

const stepPattern =
  /^(?:(\$this)|resolve\(\)|extension\('([^']+)'\)|(?:ofType|as)\(([A-Za-z]+)\)|([A-Za-z][A-Za-z0-9]*)(?:\[x\])?)(?:\.|$)/;

/** Reads a path such as `$this`, `code.coding.code`, `extension('url').value`, `resolve().type`. Throws an Error for anything else. */
export function parseDiscriminator(path: string): readonly DiscriminatorStep[] {
  const steps: DiscriminatorStep[] = [];
  for (let rest = path; rest !== ''; ) {
    const match = stepPattern.exec(rest);
    if (match === null)
      throw new Error(`The discriminator path "${path}" is not in the subset of FHIRPath that discriminators may use.`);
    const [text, self, url, type, name] = match;
    if (url !== undefined) steps.push({ kind: 'extension', url });
    else if (type !== undefined) steps.push({ kind: 'type', name: type });
    else if (name !== undefined) steps.push({ kind: 'child', name });
    else if (self === undefined) steps.push({ kind: 'resolve' });
    rest = rest.slice(text.length);
  }
  return steps;
}
