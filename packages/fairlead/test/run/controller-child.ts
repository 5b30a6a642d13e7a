/** The workloads controller in a process of its own, which a test kills: `node controller-child.ts URL TOKEN CA-FILE`. */
import { readFileSync } from "node:fs";
import { accessOf, createClient, createInformers, systemClock } from "@fairlead/kube";
import { startManager } from "../../src/run/manager.ts";
import { workloadsController } from "../../src/run/workloads/controller.ts";
import { memoryLog } from "./memory-log.ts";

const [server, token, file] = process.argv.slice(2) as [string, string, string];
const client = createClient(accessOf({ name: "embedded", server, token, ca: readFileSync(file, "utf8") }));
await startManager({
  clusters: [{ name: "embedded", client, informers: createInformers(client, { clock: systemClock }) }],
  controllers: [workloadsController()],
  clock: systemClock,
  random: Math.random,
  log: memoryLog().log,
  instance: "child",
});
