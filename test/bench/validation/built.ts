/** The built code, which is what runs in service: what tsx makes of the sources is slower. */

type Load = typeof import('../../../src/definitions/load.ts');
type Json = typeof import('../../../src/fhir/json.ts');
type Validate = typeof import('../../../src/validation/validate.ts');
type Rules = typeof import('../../../src/validation/server-rules.ts');

export type Built = Load & Json & Validate & Rules;

export async function loadBuilt(): Promise<Built> {
  const modules = ['definitions/load', 'fhir/json', 'validation/validate', 'validation/server-rules'];
  const loaded = await Promise.all(
    modules.map((name) => import(new URL(`../../../dist/src/${name}.js`, import.meta.url).href) as Promise<object>),
  );
  return Object.assign({}, ...loaded) as Built; // The modules named, compiled from the same sources.
}
