/** Message id and parameters to a sentence, in the reader's language. */
import { type MessageId, messagesEn } from './messages-en.ts';
import { messagesIt } from './messages-it.ts';

export type Language = 'en' | 'it';

export type { MessageId } from './messages-en.ts';

/** A text, a number, a list ("a, b or c"), or another message that stands within the sentence. */
export type Parameter = string | number | readonly string[] | { readonly message: MessageId };

export type Parameters = Readonly<Record<string, Parameter>>;

const catalogues: Readonly<Record<Language, Readonly<Record<MessageId, string>>>> = { en: messagesEn, it: messagesIt };

const listsShown = 16;

/** The sentence of a message, its `{placeholders}` filled in. */
export function formatMessage(id: MessageId, parameters: Parameters, language: Language): string {
  const template = catalogues[language][id];
  if (!template.includes('{')) return template;
  return template.replace(/\{([a-zA-Z]+)\}/g, (_, name: string) => formatParameter(parameters[name], language));
}

function formatParameter(parameter: Parameter | undefined, language: Language): string {
  if (parameter === undefined) return '…';
  if (typeof parameter === 'string') return parameter;
  if (typeof parameter === 'number') return String(parameter);
  if ('message' in parameter) return catalogues[language][parameter.message];
  const shown = parameter.length > listsShown ? [...parameter.slice(0, listsShown), '…'] : parameter;
  return new Intl.ListFormat(language === 'en' ? 'en-GB' : 'it', { type: 'disjunction' }).format(shown);
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
