/** One client that asks one shape again and again, on a connection kept open. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { type Answer, exchange } from '../load.ts';
import type { Fascicolo } from '../servers.ts';

export interface ShapeFigures {
  readonly name: string;
  readonly requests: number;
  /** Milliseconds, as the client sees them. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** The server's processor time for one answer, all its threads together, on average. */
  readonly processorMs: number;
  /** Answers that refused the search as too-costly. */
  readonly refused: number;
  /** Matches and what comes with them, in one answer, on average. */
  readonly entries: number;
}

export class Client {
  readonly #server: Fascicolo;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #headers: Readonly<Record<string, string>>;

  constructor(server: Fascicolo) {
    this.#server = server;
    this.#headers = { authorization: `Bearer ${server.token}`, accept: 'application/fhir+json' };
  }

  /** Every path once to warm up, then `rounds` times each. */
  async measure(name: string, paths: readonly string[], rounds: number): Promise<ShapeFigures> {
    for (const path of paths) await this.get(path);
    const asked = Array.from({ length: rounds }, () => paths).flat();
    const times: number[] = [];
    let [refused, entries] = [0, 0];
    const before = processorMs(this.#server.pid);
    for (const path of asked) {
      const started = performance.now();
      const { status, body } = await this.get(path);
      times.push(performance.now() - started);
      const text = body.toString();
      if (status === 200) entries += text.split('"search":{"mode"').length - 1;
      else if (text.includes('"code":"too-costly"')) refused += 1;
      else throw new Error(`GET ${path}: ${status}: ${text.slice(0, 500)}`);
    }
    const used = processorMs(this.#server.pid) - before;
    return {
      name,
      requests: asked.length,
      p50Ms: percentile(times, 0.5),
      p95Ms: percentile(times, 0.95),
      processorMs: round(used / asked.length),
      refused,
      entries: round(entries / asked.length),
    };
  }

  get(path: string): Promise<Answer> {
    return exchange(this.#server.origin, this.#agent, { method: 'GET', path, headers: this.#headers });
  }

  put(path: string, body: string): Promise<Answer> {
    const headers = { ...this.#headers, 'content-type': 'application/fhir+json' };
    return exchange(this.#server.origin, this.#agent, { method: 'PUT', path, headers, body });
  }

  close(): void {
    this.#agent.destroy();
  }
}

export function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
}

/** Processor time of a process so far; NaN where there is no /proc. */
function processorMs(pid: number): number {
  const [user, system] = procFile(pid, 'stat').split(') ')[1]?.split(' ').slice(11, 13) ?? [];
  // Linux counts in hundredths of a second there, whatever the kernel's own clock.
  return (Number(user) + Number(system)) * 10;
}

/** Anonymous memory of a process in MB: what it holds itself, without the files it has mapped. NaN where there is no /proc. */
export function anonymousMb(pid: number): number {
  return Math.round(Number(/^RssAnon:\s+(\d+) kB$/m.exec(procFile(pid, 'status'))?.[1]) / 1024);
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
