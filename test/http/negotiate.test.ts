import { expect } from 'chai';
import { FhirError } from '../../src/fhir/outcome.ts';
import { checkAccept, checkContentType } from '../../src/http/negotiate.ts';

function statusOf(body: () => void): number {
  try {
    body();
    return 200;
  } catch (error) {
    if (error instanceof FhirError) return error.status;
    throw error;
  }
}

describe('http.html#mime-type', () => {
  const accepts: readonly (readonly [accept: string | undefined, status: number])[] = [
    [undefined, 200],
    ['*/*', 200],
    ['application/fhir+json', 200],
    ['Application/FHIR+JSON; charset=UTF-8', 200],
    ['application/json', 200],
    ['text/json', 200],
    ['application/*', 200],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 200],
    ['application/fhir+xml, application/fhir+json;q=0.5', 200],
    ['application/fhir+json; fhirVersion=4.0', 200],
    ['application/fhir+json; fhirVersion="4.0"', 200],
    ['application/fhir+json; fhirVersion=3.0', 406],
    ['application/fhir+json;q=0, */*', 406],
    ['application/fhir+xml', 406],
    ['text/html', 406],
    ['application/fhir+json;q=0', 406],
    ['nonsense', 406],
  ];
  for (const [accept, status] of accepts) {
    it(`Accept: ${accept ?? '(absent)'} is ${status}`, () => {
      expect(statusOf(() => checkAccept(accept === undefined ? {} : { accept }, []))).to.equal(status);
    });
  }

  const formats: readonly (readonly [format: string, status: number])[] = [
    ['json', 200],
    ['application/json', 200],
    ['application/fhir json', 200],
    ['text/json', 200],
    ['xml', 406],
    ['application/fhir xml', 406],
    ['', 406],
  ];
  for (const [format, status] of formats) {
    it(`_format=${format} overrides Accept: ${status}`, () => {
      const accept = status === 200 ? 'application/fhir+xml' : 'application/fhir+json';
      expect(statusOf(() => checkAccept({ accept }, [['_format', format]]))).to.equal(status);
    });
  }

  const contents: readonly (readonly [type: string | undefined, form: boolean, status: number])[] = [
    ['application/fhir+json', false, 200],
    ['application/fhir+json; charset=utf-8; fhirVersion=4.0', false, 200],
    ['application/json', false, 200],
    ['application/fhir+json; charset=ISO-8859-1', false, 415],
    ['application/fhir+json; fhirVersion=5.0', false, 415],
    ['application/fhir+xml', false, 415],
    ['text/plain', false, 415],
    ['application/x-www-form-urlencoded', false, 415],
    ['application/x-www-form-urlencoded', true, 200],
    ['application/x-www-form-urlencoded; charset=UTF-8', true, 200],
    ['application/fhir+json', true, 415],
    [undefined, false, 415],
  ];
  for (const [type, form, status] of contents) {
    it(`Content-Type: ${type ?? '(absent)'} for ${form ? 'a form' : 'a resource'} is ${status}`, () => {
      expect(statusOf(() => checkContentType(type === undefined ? {} : { 'content-type': type }, form))).to.equal(status);
    });
  }
});
