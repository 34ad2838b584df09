/** New logical ids: UUID version 7, so that ids follow time and indexes grow at their end. https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7 */

/**
 * A maker of ids that never go backwards within this process, even when the clock does.
 * `now` is milliseconds since 1970; `random` gives that many random bytes.
 */
export function openLogicalIds(now: () => number, random: (bytes: number) => Uint8Array): () => string {
  let last = 0;
  let counter = 0;
  return () => {
    const time = now();
    if (time > last) {
      last = time;
      counter = 0;
    } else {
      counter += 1;
      // The counter has 12 bits (rand_a); when they are used up the next millisecond is borrowed.
      if (counter > 0xfff) {
        last += 1;
        counter = 0;
      }
    }
    const bytes = random(8);
    const tail = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const variant = ((Number.parseInt(tail[0] ?? '0', 16) & 0x3) | 0x8).toString(16);
    const stamp = last.toString(16).padStart(12, '0');
    const sequence = counter.toString(16).padStart(3, '0');
    return `${stamp.slice(0, 8)}-${stamp.slice(8)}-7${sequence}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`;
  };
}
