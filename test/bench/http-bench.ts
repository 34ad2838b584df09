/** Read, create, search, transaction and validation over HTTP, each beside bare Express and bare node:http with the same payload. */
import { rmSync } from 'node:fs';
import { seedPatient } from '../../seed/people.ts';
import { type Call, type Figures, measure } from './load.ts';
import { type Fascicolo, makeDataDir, startBare, startFascicolo } from './servers.ts';

const patients = 200;
const clients = 16;

export interface Row {
  readonly fascicolo: Figures;
  readonly express: Figures;
  readonly http: Figures;
  /** Requests per second, as a share of the yardstick's. */
  readonly ofExpress: number;
  readonly ofHttp: number;
}

interface Case {
  readonly name: string;
  readonly requests: number;
  readonly status: number;
  call(index: number): Call;
}

/** Loads fixed data into a new server and measures every case. */
export async function benchHttp(report: (line: string) => void): Promise<Readonly<Record<string, Row>>> {
  const dataDir = makeDataDir();
  const server = await startFascicolo(dataDir);
  const rows: Record<string, Row> = {};
  try {
    report(`loading ${patients} patients`);
    const ids = await loadPatients(server);
    for (const one of cases(server, ids)) {
      report(one.name);
      rows[one.name] = await measureCase(server, one);
    }
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true });
  }
  return rows;
}

async function measureCase(server: Fascicolo, one: Case): Promise<Row> {
  const sample = one.call(0);
  const response = await fetch(`${server.origin}${sample.path}`, {
    method: sample.method,
    headers: sample.headers ?? {},
    ...(sample.body === undefined ? {} : { body: sample.body }),
  });
  const payload = await response.text();
  const fascicolo = await measure({ ...one, origin: server.origin, clients });
  const yardstick = async (kind: 'express' | 'http') => {
    const bare = await startBare(kind, payload);
    const figures = await measure({ ...one, origin: bare.origin, clients, status: 200 });
    await bare.stop();
    return figures;
  };
  const [express, http] = [await yardstick('express'), await yardstick('http')];
  const share = (other: Figures) => Math.round((fascicolo.perSecond / other.perSecond) * 1000) / 1000;
  return { fascicolo, express, http, ofExpress: share(express), ofHttp: share(http) };
}

async function loadPatients(server: Fascicolo): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < patients; index += 1) {
    const response = await fetch(`${server.origin}/fhir`, {
      method: 'POST',
      headers: headers(server),
      body: JSON.stringify(seedPatient(index).bundle),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`Loading patient ${index}: ${response.status} ${text.slice(0, 500)}`);
    const id = /"location":"(?:[^"]*\/)?Patient\/([^"/]+)/.exec(text)?.[1];
    if (id === undefined) throw new Error(`The answer names no Patient: ${text.slice(0, 500)}`);
    ids.push(id);
  }
  return ids;
}

function headers(server: Fascicolo): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${server.token}`, 'content-type': 'application/fhir+json', accept: 'application/fhir+json' };
}

function cases(server: Fascicolo, ids: readonly string[]): readonly Case[] {
  const common = { headers: headers(server) };
  const id = (index: number) => ids[index % ids.length] ?? '';
  const post = (path: string, body: unknown): Call => ({ ...common, method: 'POST', path, body: JSON.stringify(body) });
  const prescription = (index: number) => ({
    resourceType: 'MedicationRequest',
    status: 'active',
    intent: 'order',
    subject: { reference: `Patient/${id(index)}` },
    authoredOn: '2026-11-20T09:00:00+01:00',
    medicationCodeableConcept: { text: 'Ramipril 5 mg compresse' },
    dosageInstruction: [{ text: '1 compressa al mattino' }],
    dispenseRequest: { quantity: { value: 1, unit: 'confezioni' } },
  });
  return [
    {
      name: 'read',
      requests: 6000,
      status: 200,
      call: (index) => ({ ...common, method: 'GET', path: `/fhir/Patient/${id(index)}` }),
    },
    { name: 'create', requests: 3000, status: 201, call: (index) => post('/fhir/MedicationRequest', prescription(index)) },
    {
      name: 'patient search',
      requests: 3000,
      status: 200,
      call: (index) => ({ ...common, method: 'GET', path: `/fhir/MedicationRequest?patient=${id(index)}&_sort=-authoredon` }),
    },
    { name: 'transaction', requests: 300, status: 200, call: (index) => post('/fhir', seedPatient(patients + index).bundle) },
    {
      name: 'validation',
      requests: 3000,
      status: 200,
      call: (index) => post('/fhir/MedicationRequest/$validate', prescription(index)),
    },
  ];
}
