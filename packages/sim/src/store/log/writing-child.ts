/**
 * Writes to a store on disk until it is killed, for kill.proc.test.ts:
 *   writing-child.ts FOLDER
 * It prints the revision of each write once it is acknowledged. What it writes follows from the revision alone.
 */
import { writeSync } from "node:fs";
import { openStore } from "./open-store.ts";
import { writeNext } from "./writes.ts";

const { store } = openStore(process.argv[2]!, { rotateBytes: 20_000 });
for (;;) {
  writeNext(store);
  writeSync(1, `${store.revision}\n`);
}
