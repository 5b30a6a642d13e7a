/**
 * Imported by every process that runs tests. Two faults that node:test lets pass become failures here:
 * a rejection that nobody handled after its test had ended, and a handle (server, socket, timer, child) left open,
 * which would keep the process alive for ever.
 */
import { writeSync } from "node:fs";
import { after } from "node:test";
import { inspect } from "node:util";

/** How long handles may take to close after the last test: sockets in TIME_WAIT, children that were told to stop. */
const graceMs = 3_000;
/** How long what was printed may take to be read, on a machine that is busy with other suites. */
const outputMs = 15_000;

process.on("unhandledRejection", (reason) => {
  process.exitCode = 1;
  process.once("exit", () => (process.exitCode = 1));
  writeSync(2, `✖ a promise was rejected and nobody handled it\n    ${inspect(reason).replaceAll("\n", "\n    ")}\n`);
});

// `node --test` itself runs no test in its own process unless told so, and a hook there would start a second run.
const onlySpawns = process.execArgv.includes("--test") && !process.execArgv.includes("--test-isolation=none");
if (!onlySpawns) {
  after(() => {
    // Unreferenced: it fires only when something else keeps the process alive.
    const look = (patienceMs: number): void => {
      setTimeout(() => {
        const open = process.getActiveResourcesInfo();
        // Its own output on its way to a busy reader: what a test left open would be there besides.
        if (patienceMs > 0 && open.every((name) => name === "PipeWrap") && open.length <= 2) {
          look(patienceMs - graceMs);
          return;
        }
        const names = open.join(", ");
        writeSync(
          2,
          `✖ the tests have ended but something stays open: ${names} (run the files one by one to find it)\n`,
        );
        process.exit(1);
      }, graceMs).unref();
    };
    look(outputMs);
  });
}
