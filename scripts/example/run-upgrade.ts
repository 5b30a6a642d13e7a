import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { get, textOf, type JsonValue } from "@fairlead/apimachinery";
import type { CliContext } from "../../packages/fairlead/src/cli/context.ts";
import { report } from "../../packages/fairlead/src/cli/report.ts";
import { readFolder } from "../../packages/fairlead/src/cli/up/read-folder.ts";
import { startSession, type Session } from "../../packages/fairlead/src/cli/up/session.ts";
import type { FleetMember } from "../../packages/fairlead/src/cli/up/start-fleet.ts";

const patienceMs = 60_000;

/**
 * Brings a folder up as `fairlead up --ephemeral` does, whose `fleet.yaml` upgrades Istio, and ends when the workloads have
 * followed. Resolves with whether all of them have, and nobody else was touched.
 */
export async function runUpgrade(folder: string, context: CliContext): Promise<boolean> {
  const temporary = mkdtempSync(path.join(tmpdir(), "fairlead-example-"));
  const print = (line: string): void => context.process.stdout.write(`${line}\n`);
  let session: Session | undefined;
  try {
    const read = await readFolder(context, {
      folder,
      state: temporary,
      fleetFile: undefined,
      environment: undefined,
    });
    if (report(context, read.findings, read.files, false)) return false;
    const { fleet } = read;
    session = await startSession(context, {
      fleet,
      folder: undefined,
      kubeconfig: path.join(temporary, "kubeconfig"),
      environment: fleet.environment,
      processes: undefined,
      timeoutMs: patienceMs,
    });
    const { members } = session.fleet;
    const versions = new Map(fleet.clusters.map(({ name, istio }) => [name, istio?.upgradeTo ?? istio?.version]));
    await session.bringUp(read);
    const untouched = withoutProxy(members);
    const isDone = await untilCurrent(session, versions, context.interrupted?.());
    session.story.end();
    print(
      isDone ? "Every proxy is of its control plane's version:" : "Not every proxy is of its control plane's version:",
    );
    for (const member of members) {
      const shown = [...proxiesOf(member)].map(([pods, version]) => `${pods} ${version}`);
      print(`   ${member.name}: ${shown.join(", ")}`);
    }
    const isQuiet = withoutProxy(members) === untouched;
    if (!isQuiet) print("\nA workload without a proxy was touched.");
    return isDone && isQuiet;
  } finally {
    await session?.stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Until all proxies are what they should be and that was told of; false when patience is over. */
async function untilCurrent(
  { fleet: { members }, story }: Session,
  versions: ReadonlyMap<string, string | undefined>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const until = performance.now() + patienceMs;
  while (performance.now() < until && signal?.aborted !== true) {
    const isCurrent = members.every((member) =>
      [...proxiesOf(member)].every(([, found]) => found === "none" || found === versions.get(member.name)),
    );
    if (isCurrent && !story.isTelling()) return true;
    await pause(25);
  }
  return false;
}

/** The versions of the proxies by namespace and app; several are separated by a plus. */
function proxiesOf({ cluster }: FleetMember): Map<string, string> {
  const found = new Map<string, Set<string>>();
  for (const { metadata, spec } of cluster.api.list("pods")) {
    const [namespace, app] = [textOf(get(metadata, "namespace")), textOf(get(get(metadata, "labels"), "app"))];
    if (namespace === "istio-system" || get(metadata, "deletionTimestamp") !== undefined) continue;
    const containers = ["containers", "initContainers"].flatMap((key) => listOf(get(spec, key)));
    const proxy = containers.find((one) => get(one, "name") === "istio-proxy");
    const version = proxy === undefined ? "none" : textOf(get(proxy, "image")).replace(/^.*:/, "");
    const key = `${namespace}/${app}`;
    found.set(key, (found.get(key) ?? new Set()).add(version));
  }
  return new Map([...found].map(([key, versions]) => [key, [...versions].sort().join("+")] as const));
}

/** The pods without a proxy: another text if one of them was replaced. */
function withoutProxy(members: readonly FleetMember[]): string {
  const pods = members.flatMap(({ cluster }) => cluster.api.list("pods"));
  const plain = pods.filter(({ metadata, spec }) => {
    const names = ["containers", "initContainers"].flatMap((key) => listOf(get(spec, key)));
    const isOfIstio = get(metadata, "namespace") === "istio-system";
    return !isOfIstio && !names.some((one) => get(one, "name") === "istio-proxy");
  });
  return plain.map(({ metadata }) => textOf(get(metadata, "uid"))).join();
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
