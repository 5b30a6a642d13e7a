import { createInformers, isKubeError, systemClock, type Client } from "@fairlead/kube";
import { configMaps, readJournal, type JournalPlace } from "../../run/sidecars/journal/place.ts";
import { readStatusText, type PublishedStatus } from "../../run/sidecars/status-text.ts";
import { errorFinding } from "../cluster/error-finding.ts";
import { withTargets } from "../cluster/targets.ts";
import type { CliContext } from "../context.ts";
import { tableOf } from "../mesh/table.ts";
import { paint } from "../paint.ts";
import { refuse } from "../report.ts";
import type { SidecarStatusFlags } from "../sidecars.command.ts";
import { sidecarCliFinding } from "./findings.ts";
import { journalPlace } from "./place.ts";
import { progressLine, rowsTable } from "./show.ts";

/** The command `sidecars status`. */
export async function sidecarsStatus(this: CliContext, flags: SidecarStatusFlags): Promise<void> {
  const place = journalPlace(flags);
  await withTargets(this, flags, async ([home]) => {
    let last: string | undefined;
    const show = async (): Promise<boolean> => {
      const { status: text } = await readJournal(home!.client, place);
      // The journal and commands stand beside it, and change more often.
      if (text === last) return true;
      last = text;
      const status = readStatusText(text);
      if (status === undefined) {
        const message = `there is no status in the ConfigMap ${place.namespace}/${place.name} of ${home!.name}`;
        refuse(this, sidecarCliFinding("FL892", { message }));
        return false;
      }
      const now = (this.clock ?? systemClock).now();
      this.process.stdout.write(
        flags.output === "json"
          ? `${JSON.stringify({ schemaVersion: 1, ...status })}\n`
          : shown(status, now, this.color.stdout),
      );
      return true;
    };
    try {
      if (!(await show()) || flags.watch !== true) return;
      await eachChange(this, home!.client, place, show);
    } catch (error) {
      refuse(this, errorFinding(error));
    }
  });
}

/** Shows the status anew whenever it has changed, until the user interrupts or there is none any more. */
async function eachChange(
  context: CliContext,
  client: Client,
  place: JournalPlace,
  show: () => Promise<boolean>,
): Promise<void> {
  const signal = context.interrupted?.();
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  signal?.addEventListener("abort", () => resolve(), { once: true });
  const informers = createInformers(client, {
    clock: context.clock ?? systemClock,
    random: Math.random,
    onError: reject,
  });
  const scope = { resource: configMaps, namespace: place.namespace, fieldSelector: `metadata.name=${place.name}` };
  let turn = Promise.resolve(true);
  const informer = informers.informer(scope);
  const look = (): void => {
    turn = turn
      .then((goesOn) => goesOn && show())
      .then(
        (goesOn) => (goesOn || resolve(), goesOn),
        // What cannot be read ends the watch, and is said.
        (error: unknown) => (reject(error as Error), false),
      );
  };
  const stops = [
    informer.listen(look),
    // What may not be watched is asked for again and again; a connection that is lost comes back.
    informer.onStatus(({ error }) => {
      if (error !== undefined && isKubeError(error, "forbidden", "unauthorized")) reject(error);
    }),
  ];
  // It may have gone before anybody watched.
  informer.waitForSync(signal).then(look, () => {});
  try {
    if (signal?.aborted !== true) await ended;
  } finally {
    for (const stop of stops) stop();
    await turn;
    await informers.stop();
  }
}

function shown(status: PublishedStatus, now: number, color: boolean): string {
  const { bold, dim } = paint(color);
  const clusters = status.clusters.map(({ name, region, state, problem }) => [name, region, state, problem ?? ""]);
  const injectors = status.injectors
    .filter(({ phase }) => phase !== "serving")
    .map((one) => [one.cluster, one.injector, one.phase, one.reason]);
  return [
    `${bold(progressLine(status.progress, now))}\n`,
    tableOf(["CLUSTER", "REGION", "VIEW", "PROBLEM"], clusters, bold),
    tableOf(["CLUSTER", "INJECTOR", "STATE", "REASON"], injectors, bold),
    rowsTable(status.rows, color),
    ...(status.more > 0 ? [dim(`and ${status.more} more\n`)] : []),
  ]
    .filter((text) => text !== "")
    .join("\n");
}
