/** Jobs and their files in MongoDB, where every server over the database finds them. */
import { Binary, type Collection, type Document } from 'mongodb';
import { fileNamePattern, type Job, type JobStore } from '../job-store.ts';
import { type Database, openDatabase } from './database.ts';
import { answering } from './errors.ts';

/** The record as JSON text: what clients ask may hold any member name. */
interface JobDocument {
  readonly _id: string;
  readonly revision: number;
  readonly record: string;
}

interface PieceDocument {
  readonly job: string;
  readonly file: string;
  /** Where the piece begins in its file. */
  readonly at: number;
  readonly data: Binary;
}

/** Connections of their own, so that long work does not keep requests waiting for one. */
export async function openMongoJobs(uri: string): Promise<JobStore> {
  const database = await openDatabase(uri, Date.now);
  try {
    await piecesOf(database).createIndexes([{ name: 'place', key: { job: 1, file: 1, at: 1 }, unique: true }]);
    return new MongoJobs(database);
  } catch (error) {
    await database.client.close();
    throw error;
  }
}

const jobsOf = ({ db }: Database): Collection<JobDocument> => db.collection<JobDocument>('jobs');
const piecesOf = ({ db }: Database): Collection<PieceDocument> => db.collection<PieceDocument>('jobFiles');

class MongoJobs implements JobStore {
  readonly exclusive = false;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async insert(job: Job): Promise<void> {
    await answering(() => jobsOf(this.#database).insertOne(documentOf(job)));
  }

  async read(id: string): Promise<Job | undefined> {
    const found = await answering(() => jobsOf(this.#database).findOne({ _id: { $eq: id } }));
    return found === null ? undefined : jobOf(found);
  }

  async list(): Promise<readonly Job[]> {
    return answering(async () => {
      // In this order: a job is there before its pieces, so pieces that are there without it are what a removal that was cut off has left.
      const withPieces = await piecesOf(this.#database).distinct('job');
      const jobs = (await jobsOf(this.#database).find({}).toArray()).map(jobOf);
      const known = new Set(jobs.map(({ id }) => id));
      const left = withPieces.filter((id) => !known.has(id));
      if (left.length > 0) await piecesOf(this.#database).deleteMany({ job: { $in: left } });
      return jobs;
    });
  }

  async replace(job: Job): Promise<Job | undefined> {
    const next = { ...job, revision: job.revision + 1 };
    const replaced = await answering(() =>
      jobsOf(this.#database).replaceOne({ _id: { $eq: job.id }, revision: job.revision }, documentOf(next)),
    );
    return replaced.matchedCount === 1 ? next : undefined;
  }

  async remove(id: string): Promise<void> {
    await answering(async () => {
      // The record first: an append that comes in between finds it gone and takes its pieces back.
      await jobsOf(this.#database).deleteOne({ _id: { $eq: id } });
      await piecesOf(this.#database).deleteMany({ job: { $eq: id } });
    });
  }

  async append(id: string, file: string, offset: number, bytes: Uint8Array): Promise<void> {
    if (!fileNamePattern.test(file)) throw new Error('A file of a job has no such name.');
    await answering(async () => {
      const pieces = piecesOf(this.#database);
      await pieces.deleteMany({ job: { $eq: id }, file: { $eq: file }, at: { $gte: offset } });
      for (let start = 0; start < bytes.length; start += pieceBytes) {
        const data = new Binary(bytes.subarray(start, start + pieceBytes));
        await pieces.insertOne({ job: id, file, at: offset + start, data });
      }
      if ((await jobsOf(this.#database).findOne({ _id: { $eq: id } }, { projection: { _id: 1 } })) !== null) return;
      await pieces.deleteMany({ job: { $eq: id } });
      throw new Error('The job is gone.');
    });
  }

  async *readFile(
    id: string,
    file: string,
    { start, end }: { readonly start: number; readonly end: number },
  ): AsyncGenerator<Uint8Array> {
    const range: Document = { $gt: start - pieceBytes, $lt: end };
    const pieces = piecesOf(this.#database)
      .find({ job: { $eq: id }, file: { $eq: file }, at: range })
      .sort({ at: 1 })
      .batchSize(2);
    let reached = start;
    for await (const { at, data } of pieces) {
      const bytes = data.value();
      if (at + bytes.length <= reached) continue;
      const piece = bytes.subarray(Math.max(0, reached - at), end - at);
      reached += piece.length;
      yield piece;
    }
    if (reached < end) throw new Error(`The file ${file} of a job is shorter than its record says.`);
  }

  close(): Promise<void> {
    return this.#database.client.close();
  }
}

function documentOf(job: Job): JobDocument {
  return { _id: job.id, revision: job.revision, record: JSON.stringify(job) };
}

function jobOf({ record }: JobDocument): Job {
  return JSON.parse(record) as Job; // Only `documentOf` writes it.
}

/** Below the 16 MB of a document, and small enough for a handful to be in memory. */
const pieceBytes = 4 * 1024 * 1024;
