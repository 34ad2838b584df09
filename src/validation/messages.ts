/** Message id and parameters to a sentence, in the reader's language. */
import type { Language } from '../fhir/types.ts';
import { type MessageId, messagesEn } from './messages-en.ts';
import { messagesIt } from './messages-it.ts';

export type { Language } from '../fhir/types.ts';

export type { MessageId } from './messages-en.ts';

/** A text, a number, a list ("a, b or c"), or another message that stands within the sentence. */
export type Parameter = string | number | readonly string[] | { readonly message: MessageId };

export type Parameters = Readonly<Record<string, Parameter>>;

/** A sentence cut at its placeholders: text, name, text, name, …, text. */
type Template = readonly string[];

interface Catalogue {
  readonly templates: Readonly<Record<MessageId, Template>>;
  readonly list: Intl.ListFormat;
}

const catalogues: Readonly<Record<Language, Catalogue>> = { en: catalogue(messagesEn, 'en-GB'), it: catalogue(messagesIt, 'it') };

function catalogue(messages: Readonly<Record<MessageId, string>>, locale: string): Catalogue {
  const entries = Object.entries(messages).map(([id, text]) => [id, text.split(/\{([a-zA-Z]+)\}/)]);
  // The same ids, as Object.entries gave them.
  const templates = Object.fromEntries(entries) as Readonly<Record<MessageId, Template>>;
  return { templates, list: new Intl.ListFormat(locale, { type: 'disjunction' }) };
}

const listsShown = 16;

/** The sentence of a message, its `{placeholders}` filled in. */
export function formatMessage(id: MessageId, parameters: Parameters, language: Language): string {
  const { [id]: template } = catalogues[language].templates;
  let text = template[0] ?? '';
  for (let at = 1; at < template.length; at += 2)
    text += formatParameter(parameters[template[at] ?? ''], language) + template[at + 1];
  return text;
}

function formatParameter(parameter: Parameter | undefined, language: Language): string {
  if (parameter === undefined) return '…';
  if (typeof parameter === 'string') return parameter;
  if (typeof parameter === 'number') return String(parameter);
  if ('message' in parameter) return formatMessage(parameter.message, {}, language);
  const shown = parameter.length > listsShown ? [...parameter.slice(0, listsShown), '…'] : parameter;
  return catalogues[language].list.format(shown);
}

/**
 * A code, date or type name as a message may repeat it. Anything that could be a person's words is not repeated:
 * a name, a sentence, an identifier with spaces.
 */
export function echo(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return `"${value}"`;
  return typeof value === 'string' && /^[\w.:/+|#%*^'[\]{}-]{1,80}$/.test(value) ? `"${value}"` : '"…"';
}

/** What kind of JSON a value is, as a message that stands within another. */
export function kindOf(value: unknown): { readonly message: MessageId } {
  if (value === null || value === undefined) return { message: 'kind-null' };
  if (Array.isArray(value)) return { message: 'kind-array' };
  if (typeof value === 'string') return { message: 'kind-text' };
  if (typeof value === 'number') return { message: 'kind-number' };
  return { message: typeof value === 'boolean' ? 'kind-boolean' : 'kind-object' };
}
