import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { CliContext } from "../context.ts";
import type { RunningFleet } from "./start-fleet.ts";
import type { Story } from "./story.ts";

/** Where the clusters and what runs in them can be reached. */
export function showAddresses(context: CliContext, fleet: RunningFleet): void {
  const { stdout } = context.process;
  const width = Math.max(...fleet.members.map(({ name }) => name.length));
  for (const { name, cluster } of fleet.members) {
    stdout.write(`${name.padEnd(width)}  ${cluster.url}\n`);
    for (const { namespace, service, url } of cluster.addresses().filter(({ ready }) => ready > 0)) {
      stdout.write(`${"".padEnd(width)}  ${url}  ${namespace}/${service}\n`);
    }
  }
  stdout.write(`\nexport KUBECONFIG=${fleet.kubeconfig}\n`);
}

/**
 * Prints what happens, a line for each Event, until what is returned is called. While the story of an upgrade is told, only
 * warnings: a restart of everything would drown it in Events.
 */
export function showEvents(context: CliContext, fleet: RunningFleet, story: Story): () => void {
  const many = fleet.members.length > 1;
  const stops = fleet.members.map(({ name, cluster }) =>
    cluster.core.store.subscribe(({ collection, kind, stored }) => {
      if (collection !== "events" || kind === "deleted") return;
      const line = `${many ? `${name}  ` : ""}${eventLine(stored.object)}`;
      if (!story.isTelling()) context.process.stdout.write(`${line}\n`);
      else if (get(stored.object, "type") === "Warning") story.note(line);
    }),
  );
  return () => {
    for (const stop of stops) stop();
  };
}

function eventLine(event: JsonObject): string {
  const about = event["involvedObject"] ?? event["regarding"];
  const namespace = textOf(get(about, "namespace"));
  const place = `${textOf(get(about, "kind"))} ${namespace === "" ? "" : `${namespace}/`}${textOf(get(about, "name"))}`;
  const message = textOf(event["message"]) || textOf(event["note"]);
  return `${place}: ${textOf(event["reason"])}: ${message}`;
}
