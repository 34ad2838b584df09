import { expect } from 'chai';
import { FhirError } from '../../src/fhir/outcome.ts';
import {
  type AnswerFormat,
  contentFormat,
  type Format,
  namesFhir,
  negotiate,
  negotiateAnyhow,
} from '../../src/http/negotiate.ts';
import type { InteractionRow } from '../../src/interactions/table.ts';

function outcomeOf<T>(body: () => T): T | number {
  try {
    return body();
  } catch (error) {
    if (error instanceof FhirError) return error.status;
    throw error;
  }
}

/** The media type answered in, without `; charset=utf-8`; or the status of the refusal. */
function answered(body: () => AnswerFormat): string | number {
  const found = outcomeOf(body);
  return typeof found === 'number' ? found : found.contentType.replace('; charset=utf-8', '');
}

const json = 'application/fhir+json';
const xml = 'application/fhir+xml';

describe('http.html#mime-type: "server-driven content negotiation"', () => {
  const accepts: readonly (readonly [accept: string | undefined, answer: string | number])[] = [
    [undefined, json],
    ['*/*', json],
    [json, json],
    [xml, xml],
    ['Application/FHIR+JSON; charset=UTF-8', json],
    ['application/*', json],
    // "the server SHOULD respond with the requested mime type"
    ['application/json', 'application/json'],
    ['text/json', 'text/json'],
    ['application/xml', 'application/xml'],
    ['text/xml', 'text/xml'],
    // The names before STU 3.
    ['application/json+fhir', json],
    ['application/xml+fhir', xml],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'application/xml'],
    [`${xml}, ${json};q=0.5`, xml],
    [`${xml};q=0.5, ${json}`, json],
    [`${xml};q=0.3, application/json;q=0.6`, 'application/json'],
    [`${xml}, ${json}`, xml],
    [`${json}, ${xml}`, json],
    [`*/*, ${xml}`, xml],
    [`*/*;q=0.1, ${xml};q=0.2`, xml],
    [`${json};q=0, */*`, xml],
    [`${json};q=0, application/*;q=0`, 406],
    [`${json};q=0`, 406],
    [`${json};q=2`, 406],
    ['text/html', 406],
    ['text/turtle', 406],
    ['nonsense', 406],
    ['', 406],
    [`${json}; fhirVersion=4.0`, `${json}; fhirVersion=4.0`],
    [`${json}; fhirVersion="4.0"`, `${json}; fhirVersion=4.0`],
    [`${xml};fhirVersion=4.0`, `${xml}; fhirVersion=4.0`],
    [`${json}; fhirVersion=3.0`, 406],
    [`${json}; fhirVersion=5.0, ${xml}; fhirVersion=4.0`, `${xml}; fhirVersion=4.0`],
    [`${json}; charset=ISO-8859-1`, 406],
  ];
  for (const [accept, answer] of accepts) {
    it(`Accept: ${accept ?? '(absent)'} is ${answer}`, () => {
      expect(answered(() => negotiate(accept === undefined ? {} : { accept }, []))).to.equal(answer);
    });
  }

  const formats: readonly (readonly [format: string, answer: string | number])[] = [
    ['json', json],
    ['JSON', json],
    ['xml', xml],
    ['application/json', 'application/json'],
    ['application/xml', 'application/xml'],
    ['text/json', 'text/json'],
    ['text/xml', 'text/xml'],
    // In a query `+` stands for a space.
    ['application/fhir json', json],
    ['application/fhir xml', xml],
    ['application/fhir+xml', xml],
    ['application/fhir xml; fhirVersion=4.0', `${xml}; fhirVersion=4.0`],
    ['application/fhir xml; fhirVersion=3.0', 406],
    ['html', 406],
    ['ttl', 406],
    ['', 406],
  ];
  for (const [format, answer] of formats) {
    it(`_format=${format} overrides Accept: ${answer}`, () => {
      for (const accept of [json, xml, 'text/html'])
        expect(answered(() => negotiate({ accept }, [['_format', format]]))).to.equal(answer);
    });
  }

  const brought: readonly (readonly [accept: string | undefined, brought: Format, answer: string])[] = [
    [undefined, 'xml', xml],
    ['*/*', 'xml', xml],
    ['application/*', 'xml', xml],
    [undefined, 'json', json],
    [json, 'xml', json],
    [`*/*;q=0.1, ${json}`, 'xml', json],
  ];
  for (const [accept, format, answer] of brought) {
    it(`after a body in ${format}, Accept: ${accept ?? '(absent)'} is ${answer}`, () => {
      expect(answered(() => negotiate(accept === undefined ? {} : { accept }, [], format))).to.equal(answer);
    });
  }

  it('a refusal is given in any case: in what is asked for, else in JSON', () => {
    expect(negotiateAnyhow({ accept: xml }, []).contentType).to.equal(`${xml}; charset=utf-8`);
    expect(negotiateAnyhow({ accept: 'image/png' }, []).contentType).to.equal(`${json}; charset=utf-8`);
    expect(negotiateAnyhow({ accept: json }, [['_format', 'xml']]).contentType).to.equal(`${xml}; charset=utf-8`);
  });

  it('_pretty is true or false', () => {
    expect(outcomeOf(() => negotiate({}, [['_pretty', 'true']]).pretty)).to.equal(true);
    expect(outcomeOf(() => negotiate({}, [['_pretty', 'false']]).pretty)).to.equal(false);
    expect(outcomeOf(() => negotiate({}, [['_pretty', 'yes']]))).to.equal(400);
  });

  const named: readonly (readonly [accept: string | undefined, query: string | undefined, named: boolean])[] = [
    [undefined, undefined, false],
    ['*/*', undefined, false],
    ['application/json', undefined, false],
    ['application/pdf, application/*', undefined, false],
    [json, undefined, true],
    [`application/pdf, ${xml};q=0.1`, undefined, true],
    [`${json};q=0, */*`, undefined, false],
    ['application/pdf', 'json', true],
    ['application/pdf', 'application/xml', true],
    [json, 'application/pdf', false],
  ];
  for (const [accept, query, expected] of named) {
    it(`Accept: ${accept ?? '(absent)'}${query === undefined ? '' : ` and _format=${query}`} ${expected ? 'asks' : 'does not ask'} for FHIR by name`, () => {
      expect(namesFhir(accept === undefined ? {} : { accept }, query === undefined ? [] : [['_format', query]])).to.equal(
        expected,
      );
    });
  }
});

describe('http.html#mime-type: the body', () => {
  const resource: Pick<InteractionRow, 'form' | 'code'> = { code: 'create' };
  const form = { code: 'search-type', form: true } as const;
  const patch = { code: 'patch' } as const;
  const contents: readonly (readonly [type: string | undefined, row: typeof resource, format: Format | number])[] = [
    [json, resource, 'json'],
    ['application/json', resource, 'json'],
    [xml, resource, 'xml'],
    ['application/xml', resource, 'xml'],
    ['Text/XML; charset="UTF-8"', resource, 'xml'],
    [`${json}; charset=utf-8; fhirVersion=4.0`, resource, 'json'],
    [`${json}; charset=ISO-8859-1`, resource, 415],
    [`${xml}; charset=windows-1252`, resource, 415],
    [`${json}; fhirVersion=5.0`, resource, 415],
    [`${xml}; fhirVersion=3.0`, resource, 415],
    ['application/json-patch+json', resource, 415],
    ['text/plain', resource, 415],
    ['application/x-www-form-urlencoded', resource, 415],
    [undefined, resource, 415],
    ['application/x-www-form-urlencoded', form, 'json'],
    ['application/x-www-form-urlencoded; charset=UTF-8', form, 'json'],
    ['application/x-www-form-urlencoded; charset=latin1', form, 415],
    [json, form, 415],
    ['application/json-patch+json', patch, 'json'],
    [xml, patch, 'xml'],
    ['text/plain', patch, 415],
  ];
  for (const [type, row, format] of contents) {
    it(`Content-Type: ${type ?? '(absent)'} for ${row.code} is ${format}`, () => {
      expect(outcomeOf(() => contentFormat(type === undefined ? {} : { 'content-type': type }, row))).to.equal(format);
    });
  }
});
