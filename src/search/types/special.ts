/** https://hl7.org/fhir/R4/search.html#special: "the way this parameter works is unique to the parameter and described with the parameter". */
import type { SearchParameter } from '../../definitions/definitions.ts';
import { isJsonObject } from '../../fhir/types.ts';
import { type Criterion, or } from '../criterion.ts';
import { splitUnescaped } from '../escape.ts';
import type { RangeEntry } from '../index-entry.ts';
import { literal, refuse, type SearchTypeDefinition, type ValueRequest } from './definition.ts';

/** The one special parameter that is a property of a resource; the other, `_filter`, is a language of its own. */
const near = 'http://hl7.org/fhir/SearchParameter/Location-near';

export function isSpecialSupported(parameter: SearchParameter): boolean {
  return parameter.url === near;
}

/**
 * `Location?near=[latitude]|[longitude]|[distance]|[units]`, WGS84. "Servers may search using various techniques that might have differing
 * accuracies": here, the box around the circle.
 */
export const special: SearchTypeDefinition = {
  code: 'special',
  modifiers: [],
  prefixes: [],
  index(node, place) {
    if (!isJsonObject(node.value)) return [];
    const { latitude, longitude } = node.value;
    if (typeof latitude !== 'number' || typeof longitude !== 'number') return [];
    const point = (part: number, value: number): RangeEntry => ({
      shape: 'range',
      parameter: `${place.parameter}$${part}`,
      element: place.element,
      low: value,
      high: value,
      unit: '',
    });
    return [point(1, latitude), point(2, longitude)];
  },
  parse(request) {
    const { latitude, longitude, distanceKm } = parseNear(request);
    const north = distanceKm / kmPerDegree;
    // Towards the poles a degree of longitude shrinks to nothing: around a pole every longitude is near.
    const farthest = Math.abs(latitude) + north;
    const east = farthest < 90 ? Math.min(180, north / Math.cos((farthest * Math.PI) / 180)) : 180;
    const [west, end] = [longitude - east, longitude + east];
    const boxes: (readonly [number, number])[] = [[west, end]];
    if (west < -180) boxes.push([west + 360, 180]);
    if (end > 180) boxes.push([-180, end - 360]);
    return or(...boxes.map(([from, to]) => boxCriterion(request, [latitude - north, latitude + north], [from, to])));
  },
};

const kmPerDegree = 111.2;
const kmPerUnit: Readonly<Record<string, number>> = { km: 1, m: 0.001, '[mi_i]': 1.609344, '[nmi_i]': 1.852 };
/** "If the distance is omitted, then the server can use its own discretion as to what distances should be considered near" */
const distanceDefaultKm = 10;

function parseNear(request: ValueRequest): { latitude: number; longitude: number; distanceKm: number } {
  const parts = splitUnescaped(request.value, '|').map((part) => literal(request, part));
  const [latitudeText = '', longitudeText = '', distanceText = '', unitText = ''] = parts;
  const [latitude, longitude] = [coordinate(latitudeText, 90), coordinate(longitudeText, 180)];
  const unit = kmPerUnit[unitText === '' ? 'km' : unitText];
  const distance = distanceText === '' ? distanceDefaultKm : coordinate(distanceText, 1_000_000) * (unit ?? Number.NaN);
  if (parts.length > 4 || Number.isNaN(latitude + longitude + distance) || distance < 0) {
    const units = Object.keys(kmPerUnit).join(', ');
    throw refuse(
      request,
      `the value is '[latitude]|[longitude]|[distance]|[units]' in decimal degrees, like '41.9|12.5|5|km'; units are ${units}.`,
    );
  }
  return { latitude, longitude, distanceKm: distance };
}

function coordinate(text: string, max: number): number {
  const value = /^-?\d{1,9}(?:\.\d{1,15})?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  return Math.abs(value) <= max ? value : Number.NaN;
}

type Bounds = readonly [low: number, high: number];

function boxCriterion(request: ValueRequest, latitudes: Bounds, longitudes: Bounds): Criterion {
  const part = ([low, high]: Bounds) => ({ shape: 'range', comparison: 'eq', low, high, unit: '' }) as const;
  return { kind: 'has', parameter: request.key, test: { shape: 'tuple', parts: [part(latitudes), part(longitudes)] } };
}
