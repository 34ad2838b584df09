/** The figures of the search benchmark for readers, and what of the bounds they miss. */
import type { ShapeFigures } from './measure-shape.ts';
import type { SizeFigures } from './search-bench.ts';
import { readShapes } from './shapes.ts';

/** p50 at the largest size, of that at the smallest, for searches of one patient's data. */
const growthMax = 3;
/** Milliseconds that the 95th percentile of a first page may take. */
const p95Max = 50;
const anonymousMbMax = 400;

export function formatTable(results: Readonly<Record<string, SizeFigures>>): string {
  const labels = Object.keys(results);
  const first = Object.values(results)[0];
  if (first === undefined) return '';
  const names = [...first.shapes, ...first.paging].map(({ name }) => name);
  const cells = (name: string) => labels.map((label) => cellOf(figuresOf(results[label], name)).padStart(22));
  const lines = [
    `${'milliseconds: p50 / p95'.padEnd(44)}${labels.map((label) => label.padStart(22)).join('')}`,
    ...names.map((name) => `${name.padEnd(44)}${cells(name).join('')}`),
    ...labels.map((label) => aboutSize(label, results[label])),
    ...missedOf(results),
  ];
  return lines.join('\n');
}

function aboutSize(label: string, figures: SizeFigures | undefined): string {
  const { load, anonymousMb } = figures ?? { load: { resources: 0, perSecond: 0 }, anonymousMb: 0 };
  return `${label}: ${load.resources} resources, loaded at ${load.perSecond}/s; anonymous memory ${anonymousMb} MB at most`;
}

function missedOf(results: Readonly<Record<string, SizeFigures>>): readonly string[] {
  const sizes = Object.entries(results);
  const slow = sizes.flatMap(([label, { shapes }]) =>
    shapes
      .filter(({ p95Ms, refused, requests }) => p95Ms > p95Max && refused < requests)
      .map(({ name, p95Ms }) => `missed: ${label}: "${name}" takes ${p95Ms} ms at p95, more than ${p95Max}`),
  );
  const [smallest, largest] = [sizes[0]?.[1], sizes.at(-1)?.[1]];
  const bound = new Set(readShapes().flatMap(({ name, patientBound }) => (patientBound === true ? [name] : [])));
  const growing = (largest?.shapes ?? []).flatMap(({ name, p50Ms }) => {
    const before = figuresOf(smallest, name)?.p50Ms ?? p50Ms;
    const times = Math.round((p50Ms / before) * 10) / 10;
    return bound.has(name) && times > growthMax ? [`missed: "${name}" takes ${times} times as long at the largest size`] : [];
  });
  const large = sizes
    .filter(([, { anonymousMb }]) => anonymousMb > anonymousMbMax)
    .map(([label, { anonymousMb }]) => `missed: ${label}: ${anonymousMb} MB of anonymous memory, more than ${anonymousMbMax}`);
  return [...slow, ...growing, ...large];
}

function figuresOf(size: SizeFigures | undefined, name: string): ShapeFigures | undefined {
  return [...(size?.shapes ?? []), ...(size?.paging ?? [])].find((figures) => figures.name === name);
}

function cellOf(figures: ShapeFigures | undefined): string {
  if (figures === undefined) return '';
  if (figures.refused === figures.requests) return `too-costly (${figures.p95Ms})`;
  return `${figures.p50Ms} / ${figures.p95Ms}${figures.refused > 0 ? ` (${figures.refused} refused)` : ''}`;
}
