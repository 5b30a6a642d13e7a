import { setFlagsFromString } from "node:v8";

/**
 * Keeps the heap of a process that runs for long close to what is in use. Called before anything else is loaded: a
 * young generation that has grown stays large.
 *
 * V8 lets its young generation grow to two times 64 MiB, and the heap to several times what is in use, as long as there
 * is work; and gives neither back to a process that is at rest afterwards. A controller works hard once, when it
 * starts, and rests from then on. All flags are looked at when they matter, so they need no flag of the process.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=20");
  // What its threads use while they compile leaves holes in malloc's memory, which are not given back.
  setFlagsFromString("--no-maglev");
  giveBackAtRest();
}

const lookMs = 1000;
/** V8 waits 8 s before it collects what a process at rest does not need, and collects up to twice. */
const restLooks = { from: 3, to: 33 };

/**
 * V8 collects for size, page by page and beside the program, when a process is at rest and this flag is set; while there
 * is work, the flag would cost a fifth more processor time.
 */
function giveBackAtRest(): void {
  let before = process.cpuUsage();
  let looks = 0;
  let isForSize = false;
  const look = (): void => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    looks = user + system > (lookMs * 1000) / 10 ? 0 : looks + 1;
    const atRest = looks >= restLooks.from && looks < restLooks.to;
    if (atRest !== isForSize) setFlagsFromString(atRest ? "--optimize-for-size" : "--no-optimize-for-size");
    isForSize = atRest;
  };
  setInterval(look, lookMs).unref();
}
