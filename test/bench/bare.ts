/**
 * The yardstick: bare Express or bare node:http that takes and gives the same payloads and does nothing else.
 * `bare.ts express|http <file>`: GET answers the file's text, POST parses the body and answers the file's text. Prints its port.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';

const [kind, file] = process.argv.slice(2);
const text = readFileSync(file ?? '', 'utf8');

function answer(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method !== 'GET') JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(200, { 'content-type': 'application/fhir+json' }).end(text);
  });
}

function expressApp(): express.Express {
  const app = express();
  app.use(answer);
  return app;
}

const server = createServer(kind === 'express' ? expressApp() : answer);
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port)); // Listening on TCP: the address has a port.
process.on('SIGTERM', () => process.exit(0));
