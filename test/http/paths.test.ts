import { expect } from 'chai';
import { FhirError } from '../../src/fhir/outcome.ts';
import { parseAddress, parsePairs } from '../../src/http/paths.ts';

function statusOf(body: () => unknown): number | undefined {
  try {
    body();
    return undefined;
  } catch (error) {
    if (error instanceof FhirError) return error.status;
    throw error;
  }
}

describe('http/paths.ts', () => {
  const paths: readonly (readonly [url: string, segments: readonly string[]])[] = [
    ['/fhir', []],
    ['/fhir/', []],
    ['/fhir/Patient', ['Patient']],
    ['/fhir/Patient/', ['Patient']],
    ['/fhir/Patient/1/_history/2?x=1', ['Patient', '1', '_history', '2']],
    ['http://evil.example:80/fhir/Patient/1?a=/x', ['Patient', '1']],
    ['HTTPS://evil.example/fhir', []],
    // What a path trick becomes: parts that match nothing, never another path.
    ['/fhir//Patient/1', ['', 'Patient', '1']],
    ['/fhir/Patient/B%2f..%2fA', ['Patient', 'B/../A']],
    ['/fhir/Patient/../Patient/A', ['Patient', '..', 'Patient', 'A']],
    ['/fhir/Patient/A;jsessionid=1', ['Patient', 'A;jsessionid=1']],
    ['/fhir/Patient/%2541', ['Patient', '%41']],
  ];
  for (const [url, segments] of paths) {
    it(`reads ${url} as ${JSON.stringify(segments)}`, () => expect(parseAddress(url).segments).to.deep.equal(segments));
  }

  const bad: readonly (readonly [url: string, status: number])[] = [
    ['/fhir/Patient/%C0%AE%C0%AE', 400],
    ['/fhir/Patient/%', 400],
    ['/fhir/Patient?name=%E0%A4%A', 400],
    ['ftp://evil.example/fhir/Patient', 400],
    [`/fhir/Patient?name=${'x'.repeat(16 * 1024)}`, 414],
    [`/fhir/Patient?${'a&'.repeat(101)}`, 400],
  ];
  for (const [url, status] of bad) {
    it(`refuses ${url.slice(0, 40)} with ${status}`, () => expect(statusOf(() => parseAddress(url))).to.equal(status));
  }

  const queries: readonly (readonly [text: string, pairs: readonly (readonly [string, string])[]])[] = [
    ['', []],
    [
      'a=1&a=2&b=',
      [
        ['a', '1'],
        ['a', '2'],
        ['b', ''],
      ],
    ],
    ['name=de+Rossi%2BVerdi', [['name', 'de Rossi+Verdi']]],
    ['identifier=urn:oid:2.16|X=Y', [['identifier', 'urn:oid:2.16|X=Y']]],
    ['&&a', [['a', '']]],
    // Keys stay as they are: no nesting, no prototype.
    [
      'patient[$ne]=x&__proto__[a]=1',
      [
        ['patient[$ne]', 'x'],
        ['__proto__[a]', '1'],
      ],
    ],
  ];
  for (const [text, pairs] of queries) {
    it(`reads the query "${text}" in its order`, () => expect(parsePairs(text)).to.deep.equal(pairs));
  }
});
