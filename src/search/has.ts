/** Reverse chaining: https://hl7.org/fhir/R4/search.html#has */
import { invalidValue } from '../fhir/outcome.ts';
import { type ChainRequest, checkTarget, countLink, type ParseInner, referenceParameter } from './chain.ts';
import { and, type Criterion } from './criterion.ts';
import { referenceTargets } from './parameter-elements.ts';
import { didYouMean } from './suggest.ts';

/** Without anything behind it too: it is no unknown parameter, but written wrongly. */
export function isHas(name: string): boolean {
  return name.split(':', 1)[0] === '_has';
}

/** `_has:Observation:patient:code=…`: what stands behind the third colon may be a chain or another `_has`. */
export function parseHas(request: ChainRequest, parseInner: ParseInner): Criterion {
  const { type, value, settings } = request;
  const [source = '', code = '', ...rest] = request.name.split(':').slice(1);
  if (code === '' || rest.length === 0 || rest[0] === '') {
    throw invalidValue(
      "'_has' is written '_has:[type]:[reference parameter]:[parameter]', like '_has:Observation:patient:code'.",
      'http._has',
    );
  }
  const { definitions } = settings;
  if (!definitions.isResourceType(source)) {
    throw invalidValue(
      `'_has': '${source}' is not a resource type.${didYouMean(source, definitions.resourceTypes)}`,
      'http._has',
    );
  }
  const parameter = referenceParameter(source, code, settings);
  checkTarget(source, code, type, referenceTargets(definitions, source, parameter));
  const inner = parseInner({ type: source, name: rest.join(':'), value, links: countLink(request), settings });
  return { kind: 'reverse-chain', type: source, parameter: code, source: and(settings.border(source), inner) };
}
