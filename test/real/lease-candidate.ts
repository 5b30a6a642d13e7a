/**
 * A process that takes part in an election and writes while it leads, as fast as the server lets it: the term and its
 * own name, into one ConfigMap, without any condition, so that a write of somebody who no longer leads would be seen.
 */
import { createClient, createLeaderElection, accessOf, systemClock, type Resource } from "@fairlead/kube";
import { readAccess } from "../../scripts/real/access.ts";

const [name = "", namespace = "", timings = ""] = process.argv.slice(2);
const { plane } = readAccess();
const client = createClient(accessOf({ name: "real", server: plane.url, ca: plane.certificate, token: plane.token }));
const configMaps: Resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
const election = createLeaderElection(client, {
  name: "lease-test",
  namespace,
  identity: name,
  timings: JSON.parse(timings) as { leaseDurationMs: number; renewDeadlineMs: number; retryPeriodMs: number },
  clock: systemClock,
  random: Math.random,
});

// Connected, so that what is measured is the election.
await client.find(configMaps, { namespace, name: "fence" });
process.stdout.write("ready\n");

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
// The clock's timers alone would not keep the process.
const alive = setInterval(() => {}, 1_000);

await election.run(async ({ signal, term, held }) => {
  for (let count = 1; held(); count++) {
    const data = { term: String(term), writer: name, count: String(count) };
    const options = { type: "merge", signal, deadlineMs: 1_000 } as const;
    await client.patch(configMaps, { namespace, name: "fence" }, { data }, options).catch(() => undefined);
  }
}, stop.signal);
clearInterval(alive);
await client.close();
