import { type MessageId, messagesEn } from './messages-en.ts';
export const messagesIt: Readonly<Record<MessageId, string>> = messagesEn;
