import { formatRef, hasErrors, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { judgeEstablished, planFor, runApply, waitUntil, type ApplySetOptions, type Client } from "@fairlead/kube";
import { setParent } from "../../run/unnamed-set.ts";
import { version } from "../../version.ts";
import { definitions } from "../cluster/definitions.ts";
import { errorFinding } from "../cluster/error-finding.ts";
import { crdResource } from "../cluster/resources.ts";
import type { CliContext } from "../context.ts";
import type { Progress } from "../progress/progress.ts";
import { upFinding } from "./findings.ts";
import { patience } from "./patience.ts";
import type { Folder } from "./read-folder.ts";
import { standIns } from "./stand-ins.ts";
import type { FleetMember, RunningFleet } from "./start-fleet.ts";

export interface ApplyFolderOptions {
  readonly progress: Progress;
  readonly timeoutMs: number;
  /** Controllers are started once their kinds are there. */
  readonly first: boolean;
  /** Once everything is applied, before it is waited for. */
  readonly onApplied?: () => Promise<void>;
}

/** Installs the definitions, starts the controllers, applies the folder to every cluster and waits until all is ready. */
export async function applyFolder(
  context: CliContext,
  fleet: RunningFleet,
  folder: Pick<Folder, "objects" | "becomes">,
  options: ApplyFolderOptions,
): Promise<readonly Finding[]> {
  const foreign = standIns(folder.becomes);
  const crds = [...(await definitions()), ...foreign.definitions];
  const many = fleet.members.length > 1;
  const prefix = ({ name }: FleetMember): string => (many ? `${name}: ` : "");
  await Promise.all(fleet.members.map((member) => install(member.client, crds, options)));
  if (options.first) await fleet.startControllers();
  const waits = await Promise.all(
    fleet.members.map((member) => apply(context, member, folder.objects, { ...options, prefix: prefix(member) })),
  );
  await options.onApplied?.();
  const findings = await Promise.all(waits.map((wait) => wait()));
  return [...foreign.findings, ...findings.flat()];
}

async function install(client: Client, crds: readonly KrmObject[], { timeoutMs }: ApplyFolderOptions): Promise<void> {
  await Promise.all(crds.map((crd) => client.apply(crdResource, crd, { fieldManager: "fairlead/up", force: true })));
  await waitUntil(
    client,
    crds.map((crd) => ({ ...refOf(crd), resource: crdResource })),
    judgeEstablished,
    { deadlineMs: timeoutMs },
  );
}

const setName = "up";

function setOptions(): ApplySetOptions {
  return {
    parent: setParent(setName, "default"),
    fieldManager: "fairlead/up",
    tooling: `fairlead/v${version}`,
    prune: true,
    adopt: true,
    allow: [],
    complete: true,
    namespace: "default",
  };
}

/** Resolves when everything is applied, with what waits until it is ready. */
async function apply(
  context: CliContext,
  { client, name }: FleetMember,
  objects: readonly KrmObject[],
  { progress, prefix, timeoutMs }: ApplyFolderOptions & { readonly prefix: string },
): Promise<() => Promise<readonly Finding[]>> {
  if (objects.length === 0) return () => Promise.resolve([]);
  const failed = (error: unknown): readonly Finding[] => {
    const finding = errorFinding(error);
    return [{ ...finding, message: `${name}: ${finding.message}` }];
  };
  const signal = context.interrupted?.();
  const common = signal === undefined ? {} : { signal };
  try {
    const all = [...missingNamespaces(objects), ...objects];
    const plan = await planFor(client, all, setOptions(), common);
    if (hasErrors(plan.findings)) return () => Promise.resolve(plan.findings);
    const result = await runApply(client, plan, { ...common, deadlineMs: timeoutMs });
    const targets = result.steps
      .filter(({ outcome }) => outcome !== "deleted" && outcome !== "refused" && outcome !== "failed")
      .map(({ step }) => ({ ...step.object, resource: step.resource }));
    return async () => {
      try {
        const waited = await waitUntil(client, targets, patience(all), {
          ...common,
          deadlineMs: timeoutMs,
          onChange: ({ object, kind, reason }) => {
            const state = kind === "waiting" ? "working" : kind;
            progress.update(`${prefix}${formatRef(object)}`, state, kind === "done" ? undefined : reason);
          },
        });
        const late = waited.findings.map((one) => upFinding("FL783", { message: `${prefix}${one.message}` }));
        return [...plan.findings, ...result.findings, ...late];
      } catch (error) {
        return failed(error);
      }
    };
  } catch (error) {
    return () => Promise.resolve(failed(error));
  }
}

/** Namespaces that objects are in and nobody declares: a laptop has no one else to make them. */
function missingNamespaces(objects: readonly KrmObject[]): readonly KrmObject[] {
  const declared = new Set(objects.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name));
  const used = new Set(objects.flatMap(({ metadata: { namespace } }) => (namespace === undefined ? [] : [namespace])));
  return [...used]
    .filter((name) => name !== "default" && !declared.has(name))
    .sort()
    .map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
}
