/** Progress of long work, on stderr: a bar on a terminal, elsewhere a line every ten seconds. */

export interface ProgressSettings {
  readonly label: string;
  /** How many steps there are in all. */
  readonly total: number;
  /** Steps that were done before; default: none. */
  readonly from?: number;
  /** What a step is: `patients`. */
  readonly unit: string;
  readonly stream: NodeJS.WriteStream;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Progress {
  /** Steps done so far; `extra` is shown behind the count. */
  update(done: number, extra?: string): void;
  /** Clears the bar. */
  end(): void;
}

const barWidth = 20;
const redrawMs = 100;
const lineEveryMs = 10_000;
const etaAfterMs = 3000;

export function openProgress(settings: ProgressSettings): Progress {
  const { stream, now } = settings;
  const started = now();
  const interval = stream.isTTY ? redrawMs : lineEveryMs;
  let shownAt = stream.isTTY ? Number.NEGATIVE_INFINITY : started;
  return {
    update: (done, extra = '') => {
      const time = now();
      if (time - shownAt < interval && done < settings.total) return;
      shownAt = time;
      const line = formatProgress(settings, done, time - started, extra);
      stream.write(stream.isTTY ? `\r\u001b[2K${line}` : `${line}\n`);
    },
    end: () => {
      if (stream.isTTY) stream.write('\r\u001b[2K');
    },
  };
}

/** `Seeding  [######--------------] 6/20 patients  71/s  0:01 left`. */
export function formatProgress(
  { label, total, unit, from = 0 }: Pick<ProgressSettings, 'label' | 'total' | 'unit' | 'from'>,
  done: number,
  elapsedMs: number,
  extra: string,
): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * barWidth);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`;
  const rate = elapsedMs > 0 ? (done - from) / (elapsedMs / 1000) : 0;
  const count = (value: number) => value.toLocaleString('en-US');
  const parts = [label, bar, `${count(done)}/${count(total)} ${unit}`];
  if (extra !== '') parts.push(extra);
  if (rate > 0) parts.push(`${count(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))}/s`);
  if (elapsedMs >= etaAfterMs && rate > 0 && done < total) parts.push(`${formatDuration((total - done) / rate)} left`);
  return parts.join('  ');
}

/** Seconds as `0:09` or `1:02:03`. */
function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const pad = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}
