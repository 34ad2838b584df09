import { expect } from 'chai';
import { parseScope, parseScopes } from '../../src/access/smart-scopes.ts';

const isResourceType = (name: string) => ['Patient', 'Observation', 'Immunization'].includes(name);

function shown(text: string): string | undefined {
  const scope = parseScope(text, isResourceType);
  return scope === undefined ? undefined : `${scope.level}/${scope.type}.${[...scope.permissions].join('')}`;
}

describe('SMART App Launch STU 2.2, scopes-and-launch-context.html#scopes-for-requesting-fhir-resources', () => {
  const read: readonly (readonly [scope: string, meaning: string])[] = [
    ['patient/Observation.rs', 'patient/Observation.rs'],
    ['user/*.cruds', 'user/*.cruds'],
    ['system/Immunization.c', 'system/Immunization.c'],
    ['system/*.cs', 'system/*.cs'],
    // Version 1: ".read → .rs, .write → .cud, .* → .cruds".
    ['patient/Patient.read', 'patient/Patient.rs'],
    ['patient/*.write', 'patient/*.cud'],
    ['patient/*.*', 'patient/*.cruds'],
  ];
  for (const [scope, meaning] of read) {
    it(`reads ${scope} as ${meaning}`, () => expect(shown(scope)).to.equal(meaning));
  }

  const dropped: readonly (readonly [scope: string, why: string])[] = [
    ['patient/Observation.sr', 'letters out of order'],
    ['patient/Observation.dus', 'letters out of order'],
    ['patient/Observation.rr', 'a letter twice'],
    ['patient/Observation.reads', 'neither a word of version 1 nor letters'],
    ['patient/Observation.READ', 'upper case'],
    ['patient/Observation.', 'no letters'],
    ['patient/Observation', 'no permissions'],
    ['patient/Observation.rs?category=laboratory', 'granular scopes are not supported, and must not widen'],
    ['patient/*.rs?', 'a question mark without parameters'],
    ['patient/observation.rs', 'type names are case-sensitive'],
    ['patient/Unicorn.rs', 'no type of R4'],
    ['patient/.rs', 'no type'],
    ['patient/Observation.r.s', 'two dots'],
    ['patient//Observation.rs', 'two slashes'],
    ['patients/Observation.rs', 'no such level'],
    ['Patient/Observation.rs', 'levels are lower case'],
    ['/Observation.rs', 'no level'],
    ['openid', 'no FHIR scope'],
    ['launch/patient', 'no FHIR scope'],
    ['https://fhir.example/patient/Observation.rs', 'a URI'],
    ['__proto__/*.rs', 'no such level'],
    ['patient/*.*s', 'a star among letters'],
    ['', 'nothing'],
  ];
  for (const [scope, why] of dropped) {
    it(`grants nothing for "${scope}": ${why}`, () => expect(shown(scope)).to.equal(undefined));
  }

  it('keeps what it understands and leaves out the rest', () => {
    const scopes = parseScopes('openid  patient/Observation.rs patient/Observation.dus launch', isResourceType);
    expect(scopes?.map(({ level, type }) => `${level}/${type}`)).to.deep.equal(['patient/Observation']);
  });

  it('reads 200 scopes, and not one more', () => {
    const scopes = (count: number) => Array.from({ length: count }, () => 'system/*.r').join(' ');
    expect(parseScopes(scopes(200), isResourceType)).to.have.length(200);
    expect(parseScopes(scopes(201), isResourceType)).to.equal(undefined);
  });

  it('reads no more than 8192 characters', () => {
    expect(parseScopes(`${'x'.repeat(8_181)} system/*.r`, isResourceType)).to.have.length(1);
    expect(parseScopes(`${'x'.repeat(8_182)} system/*.r`, isResourceType)).to.equal(undefined);
  });
});
