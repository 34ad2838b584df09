/** The package of the FSE profiles, by its own examples: each rule is met by one and broken by another, and the manifest says where. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parseJson } from '../../src/fhir/json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/fhir/types.ts';
import { objectsOf } from '../../src/validation/profile-element.ts';
import { readServerRules } from '../../src/validation/server-rules.ts';
import type { ValidationIssue, Validator } from '../../src/validation/validate.ts';
import { errorsOf, isError, openTestValidator } from '../support/validation.ts';

const folder = fileURLToPath(new URL('../../profiles/fse', import.meta.url));

interface Expected {
  readonly severity: string;
  readonly id: string;
  readonly expression: string;
  readonly rule: string;
}

interface Example {
  readonly file: string;
  readonly profile: string;
  readonly issues: readonly Expected[];
}

function read(file: string): JsonObject {
  const value = parseJson(readFileSync(join(folder, file), 'utf8'));
  if (!isJsonObject(value)) throw new Error(`${file} is no object.`);
  return value;
}

const { examples } = JSON.parse(readFileSync(join(folder, 'examples', 'manifest.json'), 'utf8')) as { examples: Example[] };
const resources = readdirSync(folder).filter((name) => /^[A-Z].*\.json$/.test(name));

/** The rule that an issue speaks of: in the second layer it stands behind the layer's id. */
const ruleOf = ({ id, rule }: ValidationIssue) => rule ?? id;
const format = (severity: string, id: string | undefined, rule: string | undefined, expression: string | undefined) =>
  `${severity} ${id}${id === 'publish' ? `:${rule}` : ''} ${expression}`;

const kinds = ['min', 'max', 'binding', 'pattern', 'fixed', 'type'] as const;

interface ProfileRule {
  /** The key of a constraint, or profile, element and kind. */
  readonly name: string;
  readonly profile: string;
  /** Of the element that must be there for the rule to say anything. */
  readonly path: string;
}

/** What an element of a differential asks for. */
function rulesOfElement(profile: string, element: JsonObject): readonly ProfileRule[] {
  const { id, path, sliceName } = element;
  const keys = objectsOf(element['constraint']).map(({ key }) => String(key));
  // What tells slices apart is their slicing's, not a rule; `valueCode` of the slice for a type neither.
  const discriminates = /:[^.]+\.system$/.test(String(id)) || (sliceName !== undefined && String(path).endsWith('[x]'));
  const said = kinds.filter((kind) => Object.keys(element).some((name) => name === kind || name.startsWith(`${kind}Code`)));
  const asked = said.filter((kind) => !(kind === 'min' && element['min'] === 0) && !discriminates);
  const names = [...keys, ...asked.map((kind) => `${profile} ${id} ${kind}`)];
  return names.map((name) => ({ name, profile, path: String(path) }));
}

/** Whether a resource has something at a path of elements: `MedicationRequest.medication[x].coding`. */
function hasAt(value: JsonValue | undefined, names: readonly string[]): boolean {
  const [name, ...rest] = names;
  if (Array.isArray(value)) return value.some((item: JsonValue) => hasAt(item, names));
  if (name === undefined || !isJsonObject(value)) return name === undefined && value !== undefined;
  const own = Object.keys(value).filter((key) => (name.endsWith('[x]') ? key.startsWith(name.slice(0, -3)) : key === name));
  return own.some((key) => hasAt(value[key], rest));
}

function profileRules(): readonly ProfileRule[] {
  const profiles = resources.filter((name) => name.startsWith('StructureDefinition-fse-')).map(read);
  return profiles.flatMap(({ id, differential }) => {
    const elements = isJsonObject(differential) ? objectsOf(differential['element']) : [];
    return elements.flatMap((element) => rulesOfElement(String(id), element));
  });
}

const valueFaults: Readonly<Record<string, readonly string[]>> = {
  'codice-fiscale': ['identifier-codice-fiscale-form', 'identifier-codice-fiscale-check', 'identifier-codice-fiscale-date'],
  'luhn-11': ['identifier-luhn-form', 'identifier-luhn-check'],
  aic: ['identifier-aic-form', 'identifier-aic-check'],
  pattern: ['identifier-pattern'],
};

/** Every value of a resource that has a system, with its place. */
function systemValues(value: JsonValue, found: JsonObject[] = []): readonly JsonObject[] {
  if (Array.isArray(value)) for (const item of value) systemValues(item, found);
  else if (isJsonObject(value)) {
    if (typeof value['system'] === 'string') found.push(value);
    for (const member of Object.values(value)) systemValues(member, found);
  }
  return found;
}

const canonical = 'https://fascicolo.example/fhir';
const pairRules = readServerRules().pairs.map(({ map }) => `pair ${map}`);

describe('The FSE package', () => {
  let validator: Validator;
  const issues = new Map<string, readonly ValidationIssue[]>();
  before(() => {
    validator = openTestValidator({ mode: 'fse' });
    for (const { file } of examples) issues.set(file, validator.validate(read(`examples/${file}`)));
  });

  it('lists each example in its manifest', () => {
    const files = readdirSync(join(folder, 'examples')).filter((name) => name !== 'manifest.json');
    expect(examples.map(({ file }) => file).sort()).to.deep.equal(files.sort());
  });

  for (const { file, profile, issues: expected } of examples) {
    it(`${file}: ${expected.length === 0 ? 'nothing to say' : expected.map(({ rule, id }) => rule || id).join(', ')}`, () => {
      const found = issues.get(file) ?? [];
      expect(found.filter((issue) => issue.source === 'base' && isError(issue))).to.deep.equal([]);
      const said = found.filter(({ source, code }) => source !== 'base' && code !== 'informational');
      expect(said.map((issue) => format(issue.severity, issue.id, ruleOf(issue), issue.expression)).sort()).to.deep.equal(
        expected.map(({ severity, id, rule, expression }) => format(severity, id, layered(id, rule), expression)).sort(),
      );
      expect(read(`StructureDefinition-${profile}.json`)['type']).to.equal(read(`examples/${file}`)['resourceType']);
    });
  }
  const layered = (id: string, rule: string) => (id === 'publish' && rule.startsWith('pair ') ? 'code-pair' : rule);

  it('breaks each rule of its profiles in an example', () => {
    const broken = new Set(examples.flatMap((example) => example.issues.map(({ rule }) => rule)));
    const rules = profileRules().map(({ name }) => name);
    expect(rules.length).to.be.greaterThan(80);
    expect([...rules, ...pairRules].filter((rule) => !broken.has(rule))).to.deep.equal([]);
  });

  it('meets each rule of its profiles in an example that has the element of which the rule speaks', () => {
    const unmet = profileRules().filter(
      ({ name, profile, path }) =>
        !examples.some(
          (example) =>
            example.profile === profile &&
            !example.issues.some(({ rule }) => rule === name) &&
            hasAt(read(`examples/${example.file}`), path.split('.').slice(1)),
        ),
    );
    expect(unmet.map(({ name }) => name)).to.deep.equal([]);
  });

  it('imposes each profile on an example that claims nothing', () => {
    const unclaimed = examples.filter(({ file }) => read(`examples/${file}`)['meta'] === undefined);
    const said = new Set(unclaimed.flatMap(({ file }) => (issues.get(file) ?? []).map(({ profile }) => profile)));
    const imposed = readServerRules().impose.filter(({ profile }) => profile.startsWith(canonical));
    expect(imposed.map(({ profile }) => profile).filter((profile) => !said.has(profile))).to.deep.equal([]);
  });

  it('names only rules that there are', () => {
    const known = new Set([...profileRules().map(({ name }) => name), ...pairRules]);
    const named = examples.flatMap((example) => example.issues.map(({ rule }) => rule));
    const others = named.filter((rule) => !known.has(rule) && !/^(identifier-|element-missing$|code-extensible$)/.test(rule));
    expect(others).to.deep.equal([]);
  });

  it('meets each profile without a word in an example', () => {
    const profiles = resources
      .filter((name) => name.startsWith('StructureDefinition-fse-'))
      .map((name) => String(read(name)['id']));
    const met = new Set(examples.filter((example) => example.issues.length === 0).map(({ profile }) => profile));
    expect(profiles.filter((profile) => !met.has(profile))).to.deep.equal([]);
  });

  for (const { systems, check, name } of readServerRules().values) {
    it(`shows ${name?.en ?? check} right and wrong`, () => {
      const wrong = new Set<string | undefined>();
      let right = 0;
      for (const { file } of examples) {
        const found = issues.get(file) ?? [];
        const values = systemValues(read(`examples/${file}`)).filter(({ system }) => systems.includes(String(system)));
        const faults = found.filter(({ id }) => id?.startsWith('identifier-'));
        if (values.some(({ value, code }) => value !== undefined || code !== undefined) && faults.length === 0) right += 1;
        if (values.length > 0) for (const { id } of faults) wrong.add(id);
      }
      expect(right).to.be.greaterThan(0);
      for (const fault of valueFaults[check] ?? []) expect([...wrong]).to.include(fault);
    });
  }

  it('consists of resources that are valid themselves', () => {
    const base = openTestValidator();
    for (const name of resources) expect(errorsOf(base, read(name)), name).to.deep.equal([]);
  });

  it('says every rule in Italian too', () => {
    for (const name of resources.filter((file) => file.startsWith('StructureDefinition-'))) {
      const { differential } = read(name);
      const elements = isJsonObject(differential) ? objectsOf(differential['element']) : [];
      for (const { key, _human } of elements.flatMap((element) => objectsOf(element['constraint']))) {
        expect(JSON.stringify(_human), String(key)).to.include('"valueCode":"it"');
      }
    }
    const [issue] = validator
      .validate({ resourceType: 'Organization', identifier: [{ value: '1' }] }, { language: 'it' })
      .filter(({ id }) => id === 'fse-org-name');
    expect(issue?.text).to.equal('La struttura dovrebbe avere un nome.');
  });

  it('holds no ATC and no SNOMED CT code, and LOINC codes only with the notice that LOINC asks for', () => {
    for (const name of resources.filter((file) => /^(CodeSystem|ValueSet|ConceptMap)-/.test(file))) {
      const text = readFileSync(join(folder, name), 'utf8');
      expect(text, name).not.to.match(/"code": "(J07[A-Z0-9]*|[0-9]{8,18})"/);
      expect(text, name).not.to.match(/snomed\.info|whocc\.no/);
      if (/"[0-9]{4,6}-[0-9]"/.test(text)) expect(text, name).to.include('LOINC is copyright');
    }
  });

  it('is a FHIR package: its manifest and index name what is there', () => {
    const { name, version, canonical: stated, fhirVersions } = read('package.json');
    expect([name, version, stated, fhirVersions]).to.deep.equal(['it.fascicolo.fse', '0.1.0', canonical, ['4.0.1']]);
    const index = objectsOf(read('.index.json')['files']);
    expect(index.map(({ filename }) => filename)).to.deep.equal([...resources].sort());
    for (const { filename, resourceType, id, url, version: stated } of index) {
      const resource = read(String(filename));
      expect([resourceType, id, url, stated]).to.deep.equal([resource['resourceType'], resource['id'], resource['url'], version]);
      expect(filename).to.equal(`${resourceType}-${id}.json`);
    }
    const guide = read('ImplementationGuide-it.fascicolo.fse.json');
    const listed = isJsonObject(guide['definition']) ? objectsOf(guide['definition']['resource']) : [];
    expect(listed).to.have.lengthOf(resources.length - 1 + examples.length);
  });
});
