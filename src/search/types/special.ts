/** https://hl7.org/fhir/R4/search.html#special: "the way this parameter works is unique to the parameter and described with the parameter". */
import type { SearchParameter } from '../../definitions/definitions.ts';
import { isJsonObject } from '../../fhir/types.ts';
import type { PartTest } from '../criterion.ts';
import { splitUnescaped } from '../escape.ts';
import type { RangeEntry } from '../index-entry.ts';
import { has, literal, refuse, type SearchTypeDefinition, type ValueRequest } from './definition.ts';

/** The one special parameter that is a property of a resource; the other, `_filter`, is a language of its own. */
const near = 'http://hl7.org/fhir/SearchParameter/Location-near';

export function isSpecialSupported(parameter: SearchParameter): boolean {
  return parameter.url === near;
}

/**
 * `Location?near=[latitude]|[longitude]|[distance]|[units]`, WGS84, on a sphere. A place is its point on the unit sphere in space: a distance
 * along the ground is one straight through it, which needs no case for poles and the date line, and has a box around it that an index finds.
 */
export const special: SearchTypeDefinition = {
  code: 'special',
  modifiers: [],
  prefixes: [],
  index(node, place) {
    if (!isJsonObject(node.value)) return [];
    const { latitude, longitude } = node.value;
    if (typeof latitude !== 'number' || typeof longitude !== 'number') return [];
    return pointOf(latitude, longitude).map(
      (coordinate, axis): RangeEntry => ({
        shape: 'range',
        parameter: `${place.parameter}$${axis + 1}`,
        element: place.element,
        low: coordinate,
        high: coordinate,
        unit: '',
      }),
    );
  },
  parse(request) {
    const { latitude, longitude, distanceKm } = parseNear(request);
    const center = pointOf(latitude, longitude);
    // The straight line between two points this far apart on the ground; half around the Earth nothing is farther.
    const radius = 2 * Math.sin(Math.min(distanceKm / earthRadiusKm, Math.PI) / 2) + rounding;
    const parts = center.map(
      (at): PartTest => ({ shape: 'range', comparison: 'eq', low: at - radius, high: at + radius, unit: '' }),
    );
    return has(request, { shape: 'tuple', parts, within: { center, radius } });
  },
};

/** The mean radius of WGS84's ellipsoid: (2a + b) / 3. */
const earthRadiusKm = 6371.0088;
/** A tenth of a millimetre: more than the coordinates lose, so that a place is near itself. */
const rounding = 1.5e-11;

function pointOf(latitude: number, longitude: number): readonly number[] {
  const [north, east] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  return [Math.cos(north) * Math.cos(east), Math.cos(north) * Math.sin(east), Math.sin(north)];
}

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
