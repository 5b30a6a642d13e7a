import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isObject, type JsonObject } from "@fairlead/apimachinery";
import { printStream, type KrmObject } from "@fairlead/krm";
import { isKubeError, systemClock, type Resource } from "@fairlead/kube";
import { errorFinding } from "./cluster/error-finding.ts";
import { withTargets, type Target } from "./cluster/targets.ts";
import type { CliContext } from "./context.ts";
import type { DumpFlags } from "./dump.command.ts";
import { startProgress, type Progress } from "./progress/progress.ts";
import { refuse } from "./report.ts";

/** Clusters make these anew all the time, or they speak of what is over. */
const leftOut = new Set(["Event", "Lease", "ComponentStatus"]);

/** The command `dump`: what clusters hold, in files. */
export async function dump(this: CliContext, flags: DumpFlags): Promise<void> {
  const folder = path.resolve(this.cwd, flags.out ?? "dump");
  await withTargets(this, flags, async (targets) => {
    const progress = startProgress(this, this.clock ?? systemClock);
    try {
      for (const target of targets) {
        const place = targets.length > 1 ? path.join(folder, target.name) : folder;
        await dumpCluster(target, place, flags, progress);
      }
    } catch (error) {
      refuse(this, errorFinding(error));
    } finally {
      progress.end();
    }
  });
}

async function dumpCluster(target: Target, folder: string, flags: DumpFlags, progress: Progress): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const resource of await listable(target)) {
    const objects = await read(target, resource, flags);
    if (objects === undefined)
      progress.update(`${target.name}: ${resource.plural}`, "failed", "may not be read, left out");
    if (objects === undefined || objects.length === 0) continue;
    const name = resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
    const shown = objects.map((object) =>
      resource.kind === "Secret" && flags.secrets !== true ? withoutValues(object) : object,
    );
    writeFileSync(path.join(folder, `${name}.yaml`), printStream(shown), { mode: 0o600 });
    progress.update(`${target.name}: ${name}`, "done", `${objects.length}`);
  }
}

async function listable({ client }: Target): Promise<readonly Resource[]> {
  const all = await client.discovery.resources();
  const seen = new Set<string>();
  return all.filter((one) => {
    const id = `${one.group}/${one.plural}`;
    if (leftOut.has(one.kind) || seen.has(id)) return false;
    seen.add(id);
    return one.verbs?.includes("list") ?? true;
  });
}

async function read(
  { client, access }: Target,
  resource: Resource,
  flags: DumpFlags,
): Promise<readonly KrmObject[] | undefined> {
  const within = resource.namespaced && flags.allNamespaces !== true ? { namespace: access.namespace } : {};
  try {
    const objects: KrmObject[] = [];
    for await (const page of client.pages(resource, within)) objects.push(...page.items);
    return objects;
  } catch (error) {
    if (isKubeError(error) && (error.code === "forbidden" || error.code === "not-found")) return undefined;
    throw error;
  }
}

/** The Secret with its keys and no values: who uses it still finds it. */
function withoutValues(object: KrmObject): KrmObject {
  const emptied = (value: unknown): JsonObject =>
    Object.fromEntries(Object.keys(isObject(value) ? value : {}).map((key) => [key, ""]));
  const metadata = { ...object.metadata };
  const annotations = metadata.annotations;
  if (isObject(annotations)) {
    const { "kubectl.kubernetes.io/last-applied-configuration": _applied, ...rest } = annotations;
    metadata.annotations = rest as Record<string, string>;
  }
  return { ...object, metadata, ...(object["data"] === undefined ? {} : { data: emptied(object["data"]) }) };
}
