/** For tests that hostile input costs a bounded effort: the processor's time, which other programs on the machine don't use up. */

/** Milliseconds that this process has kept a processor busy. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
