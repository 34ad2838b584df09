/** The language of an answer's sentences. https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4 */
import type { Language } from '../fhir/types.ts';

const spoken: readonly Language[] = ['en', 'it'];

/** The language that `Accept-Language` wants most of those spoken here; English when it wants none of them, or nothing. */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  if (acceptLanguage === undefined) return 'en';
  let best: { readonly language: Language; readonly weight: number } = { language: 'en', weight: 0 };
  for (const part of acceptLanguage.split(',')) {
    const [tag = '', parameter = ''] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const language = tag === '*' ? 'en' : spoken.find((name) => tag === name || tag.startsWith(`${name}-`));
    const weight = parameter.startsWith('q=') ? Number(parameter.slice(2)) : 1;
    if (language !== undefined && weight > best.weight) best = { language, weight };
  }
  return best.language;
}
