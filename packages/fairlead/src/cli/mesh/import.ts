import { compareText, get, textOf } from "@fairlead/apimachinery";
import { hasErrors, print, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import type { MeshSettings } from "../../plan/mesh/model/settings.ts";
import { admiralApiVersion } from "../../kinds/admiral/admiral-kind.ts";
import { exitCode, type CliContext } from "../context.ts";
import type { MeshImportFlags } from "../mesh.command.ts";
import { report } from "../report.ts";
import { writeFolder } from "../write.ts";
import { importedFile } from "./cluster-folder.ts";
import { readConfiguration } from "./configuration.ts";
import { readFleetFolder, type FolderCluster } from "./fleet-folder.ts";
import { placed } from "./place.ts";
import { migrateFinding } from "./migrate-findings.ts";

const group = "multicluster.x-k8s.io/";

/** The command `mesh import`. */
export async function meshImport(this: CliContext, flags: MeshImportFlags): Promise<void> {
  const read = await readFleetFolder(this, flags.file);
  const configured = await readConfiguration(this, {}, read.config);
  const imported = importedOf(read.clusters, configured.settings);
  const findings = [...read.findings, ...placed([...configured.findings, ...imported.findings], read.sources)];
  if (report(this, findings, read.files, flags.quiet === true) || hasErrors(findings)) return;
  const files = [...imported.clusters].map(([cluster, objects]) => ({
    path: `${cluster}/${importedFile}`,
    text: objects.map((object) => print(object)).join("---\n"),
  }));
  if (flags.out !== undefined) {
    if (!(await writeFolder(this, flags.out, files))) this.process.exitCode = exitCode.findings;
    return;
  }
  for (const [cluster, objects] of imported.clusters) {
    for (const object of objects) this.process.stdout.write(`---\n# cluster: ${cluster}\n${print(object)}`);
  }
}

interface Imported {
  readonly clusters: ReadonlyMap<string, readonly KrmObject[]>;
  readonly findings: readonly Finding[];
}

/**
 * What ServiceExports and ServiceImports become (KEP-1645: one name and namespace is one service in all clusters): the
 * Service gets the identity `NAME.NAMESPACE` as a label, and each namespace that imports depends on it.
 */
export function importedOf(clusters: readonly FolderCluster[], settings: MeshSettings): Imported {
  const results = new Map<string, KrmObject[]>();
  const findings: Finding[] = [];
  const put = (cluster: string, object: KrmObject): void =>
    void results.set(cluster, [...(results.get(cluster) ?? []), object]);
  const destinations = new Map<string, Set<string>>();
  const { clusterSet } = settings.names;
  for (const { name: cluster, objects } of clusters) {
    const services = objects.filter(({ apiVersion, kind }) => apiVersion === "v1" && kind === "Service");
    for (const object of objects.filter(({ apiVersion }) => apiVersion.startsWith(group))) {
      const { namespace = "default", name } = refOf(object);
      const identity = `${name}.${namespace}`;
      if (object.kind === "ServiceImport") {
        // Whoever exports a service reaches it already.
        if (services.some((one) => isNamed(one, namespace, name))) continue;
        const known = destinations.get(`${cluster}/${namespace}`) ?? new Set();
        destinations.set(`${cluster}/${namespace}`, known.add(identity));
      } else if (object.kind === "ServiceExport") {
        if (!services.some((one) => isNamed(one, namespace, name))) {
          const message = `cluster ${cluster}: there is no Service ${namespace}/${name} for the ServiceExport`;
          findings.push(migrateFinding("FL851", { message, object: refOf(object) }));
          continue;
        }
        if (clusterSet !== undefined) {
          const message = `cluster ${cluster}: Service ${namespace}/${name} is ${name}.${namespace}.${clusterSet} already: the identity ${identity} is a second name`;
          findings.push(migrateFinding("FL859", { message, object: refOf(object) }));
        }
        const labels = { [settings.discovery.identityKey]: identity };
        put(cluster, { apiVersion: "v1", kind: "Service", metadata: { name, namespace, labels } });
      }
    }
  }
  for (const [place, names] of [...destinations].sort(([a], [b]) => compareText(a, b))) {
    const [cluster = "", namespace = ""] = place.split("/");
    const sources = sourcesIn(
      clusters.find(({ name }) => name === cluster)!,
      namespace,
      settings,
    );
    for (const source of sources) {
      const metadata = { name: `${source}-imports`.toLowerCase(), namespace };
      const spec = {
        source,
        identityLabel: settings.discovery.identityKey,
        destinations: [...names].sort(compareText),
      };
      put(cluster, { apiVersion: admiralApiVersion, kind: "Dependency", metadata, spec });
    }
  }
  return { clusters: new Map([...results].sort(([a], [b]) => compareText(a, b))), findings };
}

function isNamed({ metadata }: KrmObject, namespace: string, name: string): boolean {
  return (textOf(metadata["namespace"]) || "default") === namespace && metadata["name"] === name;
}

/** The identities of the workloads of a namespace: they are who imports. */
function sourcesIn({ objects }: FolderCluster, namespace: string, settings: MeshSettings): readonly string[] {
  const key = settings.discovery.identityKey;
  const found = objects.flatMap((object) => {
    if ((textOf(object.metadata["namespace"]) || "default") !== namespace) return [];
    const template = get(get(get(object, "spec"), "template"), "metadata");
    if (template === undefined) return [];
    return [textOf(get(get(template, "labels"), key)) || "default"];
  });
  return [...new Set(found)].sort(compareText);
}
