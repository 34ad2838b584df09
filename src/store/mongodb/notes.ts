/** Texts that the server keeps beside the resources. */
import type { Db } from 'mongodb';
import { notesOf } from './document.ts';
import { isDuplicate } from './errors.ts';

export async function readNote(db: Db, name: string): Promise<string | undefined> {
  return (await notesOf(db).findOne({ _id: { $eq: name } }))?.text;
}

/** False when the note is not what is expected. */
export async function writeNote(db: Db, name: string, text: string, expected: string | undefined): Promise<boolean> {
  if (expected === undefined) return insertNote(db, name, text);
  const { matchedCount } = await notesOf(db).updateOne({ _id: { $eq: name }, text: { $eq: expected } }, { $set: { text } });
  return matchedCount === 1;
}

async function insertNote(db: Db, name: string, text: string): Promise<boolean> {
  try {
    await notesOf(db).insertOne({ _id: name, text });
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}
