/** Random resources of ten types that refer to each other, name the same people, and lack elements now and then. */
import type { JsonObject, JsonValue, Resource } from '../../../src/fhir/types.ts';
import type { Random } from '../../support/random.ts';
import * as pool from './pools.ts';

export function randomResource(random: Random, type: pool.PoolType, id: string): Resource {
  const common = { resourceType: type, id, ...randomMeta(random), ...maybe(random, 0.5, () => ({ text: narrative(random) })) };
  return { ...common, ...makers[type](random) };
}

type Maker = (random: Random) => JsonObject;

const makers: Readonly<Record<pool.PoolType, Maker>> = {
  Patient: (random) => ({
    ...list(
      'identifier',
      random.many(2, () => identifier(random)),
    ),
    ...list(
      'name',
      random.many(2, () => humanName(random)),
    ),
    ...maybe(random, 0.8, () => ({ gender: random.pick(pool.genders) })),
    ...maybe(random, 0.8, () => ({ birthDate: random.pick(['1980-02-29', '1980', '2026-01-15', '2026-01']) })),
    ...maybe(random, 0.5, () => ({ active: random.chance(0.5) })),
    ...maybe(random, 0.5, () => ({ managingOrganization: reference(random, 'Organization') })),
    ...list(
      'generalPractitioner',
      random.many(2, () => reference(random, random.pick(['Practitioner', 'Organization']))),
    ),
    ...list(
      'telecom',
      random.many(1, () => ({ system: 'phone', value: random.pick(['+39 06 123', '06-123']) })),
    ),
    ...list(
      'address',
      random.many(1, () => ({ city: random.pick(pool.names), postalCode: random.pick(['00100', '10121']) })),
    ),
  }),
  Practitioner: (random) => ({
    ...list(
      'identifier',
      random.many(1, () => identifier(random)),
    ),
    ...list(
      'name',
      random.many(1, () => humanName(random)),
    ),
  }),
  Organization: (random) => ({
    ...list(
      'identifier',
      random.many(1, () => identifier(random)),
    ),
    ...maybe(random, 0.9, () => ({ name: random.pick(pool.names) })),
    ...maybe(random, 0.4, () => ({ partOf: reference(random, 'Organization') })),
  }),
  Encounter: (random) => ({
    status: random.pick(['finished', 'planned']),
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: random.pick(['AMB', 'IMP']) },
    ...maybe(random, 0.9, () => ({ subject: reference(random, 'Patient') })),
    ...maybe(random, 0.8, () => ({ period: period(random) })),
    ...maybe(random, 0.3, () => ({ length: quantity(random) })),
  }),
  Observation: (random) => ({
    status: random.pick(['final', 'amended', 'corrected']),
    code: concept(random),
    ...maybe(random, 0.9, () => ({ subject: reference(random, random.pick(['Patient', 'Location'])) })),
    ...maybe(random, 0.5, () => ({ encounter: reference(random, 'Encounter') })),
    ...list(
      'performer',
      random.many(2, () => reference(random, random.pick(['Practitioner', 'Patient', 'Organization']))),
    ),
    ...random.pick<Maker>([
      () => ({}),
      () => ({ effectiveDateTime: random.pick(pool.dates) }),
      () => ({ effectivePeriod: period(random) }),
    ])(random),
    ...random.pick<Maker>([
      () => ({}),
      () => ({ valueQuantity: quantity(random) }),
      () => ({ valueCodeableConcept: concept(random) }),
      () => ({ valueString: sentence(random) }),
    ])(random),
    ...list(
      'component',
      random.many(3, () => ({ code: concept(random), ...maybe(random, 0.9, () => ({ valueQuantity: quantity(random) })) })),
    ),
    ...list(
      'note',
      random.many(1, () => ({ text: sentence(random) })),
    ),
  }),
  Condition: (random) => ({
    ...maybe(random, 0.9, () => ({
      clinicalStatus: { coding: [{ system: pool.conditionClinical, code: random.pick(pool.clinicalCodes) }] },
    })),
    ...maybe(random, 0.9, () => ({ code: concept(random) })),
    ...maybe(random, 0.9, () => ({ subject: reference(random, 'Patient') })),
    ...random.pick<Maker>([
      () => ({}),
      () => ({ onsetDateTime: random.pick(pool.dates) }),
      () => ({ onsetAge: { ...quantity(random), code: 'a' } }),
      () => ({ onsetString: sentence(random) }),
    ])(random),
  }),
  DocumentReference: (random) => ({
    status: random.pick(['current', 'superseded']),
    ...maybe(random, 0.8, () => ({ type: concept(random) })),
    ...maybe(random, 0.9, () => ({ subject: reference(random, 'Patient') })),
    ...maybe(random, 0.8, () => ({ date: '2026-01-15T10:30:00.000+01:00' })),
    ...list(
      'relatesTo',
      random.many(2, () => ({ code: random.pick(['replaces', 'appends']), target: reference(random, 'DocumentReference') })),
    ),
    content: [{ attachment: { contentType: random.pick(['text/xml', 'text/xml; charset=utf-8', 'application/pdf']) } }],
  }),
  List: (random) => ({
    status: 'current',
    mode: 'working',
    ...maybe(random, 0.6, () => ({ subject: reference(random, 'Patient') })),
    ...list(
      'entry',
      random.many(4, () => ({ item: reference(random, random.pick(pool.types)) })),
    ),
  }),
  Location: (random) => ({
    ...maybe(random, 0.9, () => ({ name: random.pick(pool.names) })),
    ...maybe(random, 0.8, () => {
      const [latitude, longitude] = random.pick(pool.places);
      return { position: { latitude: latitude + random.below(3) / 100, longitude } };
    }),
  }),
  RiskAssessment: (random) => ({
    status: 'final',
    ...maybe(random, 0.9, () => ({ subject: reference(random, 'Patient') })),
    ...list(
      'prediction',
      random.many(2, () => ({ probabilityDecimal: Number(random.pick(['0.3', '0.25', '1', '5.4'])) })),
    ),
  }),
};

function randomMeta(random: Random): JsonObject {
  const profiles = random.many(2, () => random.pick(pool.uris));
  const tags = random.many(1, () => ({ system: random.pick(pool.systems), code: random.pick(pool.codes) }));
  return profiles.length + tags.length === 0 ? {} : { meta: { ...list('profile', profiles), ...list('tag', tags) } };
}

function identifier(random: Random): JsonObject {
  const type = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: random.pick(['NI', 'TAX']) }] };
  return {
    ...maybe(random, 0.3, () => ({ type })),
    ...random.pick<Maker>([
      () => ({ system: random.pick(pool.taxSystems), value: random.pick(pool.taxCodes) }),
      () => ({ system: random.pick(pool.systems), value: random.pick(pool.codes) }),
      () => ({ value: random.pick(pool.codes) }),
    ])(random),
  };
}

function humanName(random: Random): JsonObject {
  return {
    ...maybe(random, 0.9, () => ({ family: random.pick(pool.names) })),
    ...list(
      'given',
      random.many(2, () => random.pick(pool.names)),
    ),
    ...maybe(random, 0.2, () => ({ text: `${random.pick(pool.names)} ${random.pick(pool.names)}` })),
  };
}

function concept(random: Random): JsonObject {
  const coding = random.many(2, () => ({
    ...maybe(random, 0.9, () => ({ system: random.pick(pool.systems) })),
    code: random.pick(pool.codes),
    ...maybe(random, 0.3, () => ({ display: sentence(random) })),
  }));
  return { ...list('coding', coding), ...(coding.length === 0 || random.chance(0.3) ? { text: sentence(random) } : {}) };
}

function quantity(random: Random): JsonObject {
  const unit = random.pick(pool.units);
  return {
    value: Number(random.pick(pool.amounts)),
    ...maybe(random, 0.15, () => ({ comparator: random.pick(['<', '<=', '>', '>=']) })),
    ...maybe(random, 0.4, () => ({ unit })),
    ...maybe(random, 0.85, () => ({ system: random.pick([pool.ucum, pool.ucum, 'urn:oid:2.16.840.1.113883.6.8']), code: unit })),
  };
}

function period(random: Random): JsonObject {
  const [start, end] = [random.pick(pool.dates), random.pick(pool.dates)];
  return { ...maybe(random, 0.8, () => ({ start })), ...maybe(random, 0.6, () => ({ end })) };
}

function reference(random: Random, type: string): JsonObject {
  const to = `${type}/${random.below(pool.perType + 2)}`;
  return random.pick<Maker>([
    () => ({ reference: to }),
    () => ({ reference: to }),
    () => ({ reference: to }),
    () => ({ reference: `http://localhost:8080/fhir/${to}` }),
    () => ({ reference: `${to}/_history/1` }),
    () => ({ reference: `http://other.example/fhir/${to}` }),
    () => ({ reference: '#p' }),
    () => ({ type, identifier: identifier(random) }),
  ])(random);
}

function narrative(random: Random): JsonObject {
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml"><p>${sentence(random)}</p></div>` };
}

function sentence(random: Random): string {
  return [random.pick(pool.words), ...random.many(4, () => random.pick(pool.words))].join(' ');
}

function maybe(random: Random, share: number, make: () => JsonObject): JsonObject {
  return random.chance(share) ? make() : {};
}

function list(name: string, items: readonly JsonValue[]): JsonObject {
  return items.length === 0 ? {} : { [name]: items };
}
