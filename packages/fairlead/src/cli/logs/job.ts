import type { Finding, KrmObject } from "@fairlead/krm";
import { isKubeError, type LogLine } from "@fairlead/kube";
import { clusterFinding } from "../cluster/findings.ts";
import type { Target } from "../cluster/targets.ts";
import type { CliContext } from "../context.ts";
import type { LogsFlags } from "../logs.command.ts";
import type { StatusNode } from "../status/forest.ts";
import type { LogSource } from "./log-source.ts";
import { linePrinter } from "./print-line.ts";

/** What one call of `logs` is about. */
export interface Job {
  readonly context: CliContext;
  readonly flags: LogsFlags;
  readonly names: readonly string[];
  readonly targets: readonly Target[];
  readonly query: { readonly sinceSeconds?: number; readonly tailLines?: number };
}

/** How this call prints lines. */
export function printer({ context, flags, names, targets }: Job) {
  const onePod = names.length === 1 && /^(po|pods?)\//i.test(names[0]!) && targets.length === 1;
  const several = {
    clusters: targets.length > 1,
    containers: flags.allContainers === true,
    logs: !onePod || flags.allContainers === true,
  };
  const { output } = flags;
  return linePrinter({ output, color: context.color.stdout, timestamps: flags.timestamps === true, several });
}

/** Ends a log that cannot be read (on) with a finding. */
export async function* reporting(
  lines: AsyncIterable<LogLine>,
  source: LogSource,
  onFinding: (finding: Finding) => void,
): AsyncGenerator<LogLine, void, undefined> {
  try {
    yield* lines;
  } catch (error) {
    if (!isKubeError(error)) throw error;
    if (error.code !== "aborted") onFinding(unreadable(source, error));
  }
}

function unreadable({ cluster, pod, container, namespace }: LogSource, error: Error): Finding {
  const object = { apiVersion: "v1", kind: "Pod", namespace, name: pod };
  return clusterFinding("FL767", {
    message: `${cluster}: the log of container ${container} cannot be read: ${error.message}`,
    object,
  });
}

/** What was named and is not there. */
export function missing(cluster: string, nodes: readonly StatusNode[]): Finding[] {
  return nodes
    .filter(({ state }) => state === "missing")
    .map(({ ref }) =>
      clusterFinding("FL763", { message: `${cluster}: there is no ${ref.kind} ${ref.name}`, object: ref }),
    );
}

/** What was named has no pods, or none with the container. */
export function noPods(
  cluster: string,
  names: readonly string[],
  objects: readonly KrmObject[],
  flags: LogsFlags,
): Finding {
  const container = flags.container === undefined ? "" : ` with a container ${flags.container}`;
  const message = `${cluster}: no pod${objects.length === 0 ? "" : container} belongs to ${names.join(", ")}`;
  return clusterFinding("FL766", { message });
}
