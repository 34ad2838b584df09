/** The Ministry's example bundles: no error, and warnings that each name a rule. They are read where they are, never copied here. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseJson } from '../../src/fhir/json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/fhir/types.ts';
import type { Validator } from '../../src/validation/validate.ts';
import { sharedData } from '../support/shared-data.ts';
import { errorsOf, openTestValidator } from '../support/validation.ts';

function entriesOf(bundle: JsonValue): readonly JsonObject[] {
  const entries = isJsonObject(bundle) ? bundle['entry'] : undefined;
  return Array.isArray(entries) ? entries.filter(isJsonObject) : [];
}

interface Listed {
  readonly rules: Readonly<Record<string, string>>;
  readonly bundles: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

const listed = JSON.parse(readFileSync(new URL('ministry-warnings.json', import.meta.url), 'utf8')) as Listed;

describe('The Ministry bundles', () => {
  const folder = sharedData('ministry');
  let validator: Validator;
  before(function () {
    if (folder === undefined) {
      console.log('      (skipped: the shared data folder with the Ministry bundles is not there)');
      this.skip();
    }
    validator = openTestValidator({ mode: 'fse' });
  });

  for (const file of folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const bundle = parseJson(readFileSync(join(folder ?? '', file), 'utf8'));

    it(`${file} has no error as a whole`, () => {
      expect(errorsOf(validator, bundle)).to.deep.equal([]);
    });

    it(`${file} has no error in any entry`, () => {
      const entries = entriesOf(bundle);
      expect(entries.length).to.be.greaterThan(10);
      for (const [index, { resource }] of entries.entries()) {
        expect(errorsOf(validator, resource ?? null, { at: `Bundle.entry[${index}].resource` })).to.deep.equal([]);
      }
    });

    it(`${file} gets the warnings that are listed, each of a rule whose source is named`, () => {
      const found: Record<string, string[]> = {};
      for (const { severity, id, rule: stated, expression } of validator.validate(bundle, { recommendations: false })) {
        if (severity !== 'warning') continue;
        const rule = id === 'publish' ? `publish ${stated}` : String(id);
        found[rule] = [...(found[rule] ?? []), String(expression)].sort();
      }
      expect(found).to.deep.equal(listed.bundles[file.replace('.json', '')]);
      expect(Object.keys(found).filter((rule) => listed.rules[rule] === undefined)).to.deep.equal([]);
    });

    it(`${file} is warned of what the gateway will ask for before publishing`, () => {
      const publish = validator.validate(bundle).filter(({ id }) => id === 'publish');
      expect(publish.length).to.be.greaterThan(5);
      expect(new Set(publish.map(({ severity }) => severity))).to.deep.equal(new Set(['warning']));
    });
  }
});
