/** A closed-loop load: so many clients, each with one request under way, on kept-alive connections. */
import { Agent, request } from 'node:http';

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Load {
  readonly origin: string;
  readonly requests: number;
  readonly clients: number;
  /** The status every answer must have; another one ends the benchmark. */
  readonly status: number;
  call(index: number): Call;
}

export interface Figures {
  readonly requests: number;
  readonly clients: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** Of one answer, on average. */
  readonly responseBytes: number;
}

/** Sends the load, after a tenth of it as warm-up. */
export async function measure(load: Load): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.clients });
  const warmUp = Math.ceil(load.requests / 10);
  await send(load, agent, 0, warmUp);
  const started = performance.now();
  const { times, bytes } = await send(load, agent, warmUp, load.requests);
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return {
    requests: load.requests,
    clients: load.clients,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    perSecond: Math.round(load.requests / seconds),
    responseBytes: Math.round(bytes / load.requests),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

async function send(
  load: Load,
  agent: Agent,
  offset: number,
  count: number,
): Promise<{ times: readonly number[]; bytes: number }> {
  const times: number[] = [];
  let next = 0;
  let bytes = 0;
  const client = async () => {
    while (next < count) {
      const index = offset + next;
      next += 1;
      const started = performance.now();
      const size = await checked(load, agent, load.call(index));
      bytes += size;
      times.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: load.clients }, client));
  return { times, bytes };
}

async function checked(load: Load, agent: Agent, call: Call): Promise<number> {
  const { status, body } = await exchange(load.origin, agent, call);
  if (status === load.status) return body.length;
  throw new Error(`${call.method} ${call.path}: ${status}, not ${load.status}: ${body.toString().slice(0, 500)}`);
}

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** One request and the whole of its answer. */
export function exchange(origin: string, agent: Agent, call: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${origin}${call.path}`, { agent, method: call.method, headers: call.headers ?? {} }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(call.body);
  });
}
