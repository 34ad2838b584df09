/** Runs the console blocks of a Markdown file as a person would: one shell, one command after the other. */
import { spawn } from 'node:child_process';

export interface Step {
  readonly command: string;
  /** What the document says it prints. */
  readonly expected: string;
}

/** The steps of all ```console blocks below a heading: lines that start with `$ ` are commands, what follows is their output. */
export function readSteps(markdown: string, heading: string): readonly Step[] {
  const from = markdown.indexOf(`\n${heading}\n`);
  const to = markdown.indexOf('\n## ', from + heading.length + 1);
  const section = markdown.slice(from, to < 0 ? undefined : to);
  const blocks = [...section.matchAll(/```console\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  return blocks.flatMap((block) => block.split(/^\$ /m).slice(1)).map(readStep);
}

function readStep(text: string): Step {
  const lines = text.trimEnd().split('\n');
  const last = lines.findIndex((line) => !line.endsWith('\\'));
  return { command: lines.slice(0, last + 1).join('\n'), expected: lines.slice(last + 1).join('\n') };
}

/** What each step really prints, stdout and stderr together. */
export async function runSteps(
  steps: readonly Step[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<readonly string[]> {
  const mark = '@@@ step @@@';
  const script = steps.map(({ command }) => `printf '\\n${mark}\\n'\n${command}\n`).join('');
  const shell = spawn('bash', ['-c', `exec 2>&1\n${script}`], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of shell.stdout) output += String(chunk);
  return output
    .split(`\n${mark}\n`)
    .slice(1)
    .map((text) => text.replace(/^npm warn .*\n/gm, '').trimEnd());
}

/** Hides what differs from run to run: ids, times, rates, tokens, ports. */
export function mask(text: string): string {
  return text
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<id>')
    .replace(/\beyJ[\w-]+(?:\.[\w-]+\.[\w-]+)?…?/g, '<token>')
    .replace(/localhost:\d+/g, 'localhost:<port>')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<instant>')
    .replace(/\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g, '<date>')
    .replace(/\d+(?:\.\d+)? (?=ms|s\b)/g, '<time> ')
    .replace(/ {2}\d[\d.,]*\/s\b/g, '')
    .replace(/\d+\/\d+ (?=pages)/g, '<pages> ')
    .replace(/\d+(?:\.\d+)? (?=MB|KB)/g, '<size> ');
}
