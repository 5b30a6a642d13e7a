import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { accessOf, createClient, judgeEstablished, type Client, type Resource } from "@fairlead/kube";
import { createCluster, writeKubeconfig, type Cluster, type ClusterOptions } from "@fairlead/sim";
import { kindNames, loadKind } from "../../src/kinds/load.ts";
import { crdOf } from "../../src/schema/crd.ts";
import { fairlead, type CliResult, type CliSetup } from "./cli.ts";

export interface EmbeddedMember {
  readonly cluster: Cluster;
  readonly client: Client;
}

/** Embedded clusters, each a context of a kubeconfig; the first is the current one. */
export interface Embedded {
  readonly folder: string;
  readonly kubeconfig: string;
  member(name: string): EmbeddedMember;
  /** Runs a command line against them. */
  run(args: readonly string[], setup?: CliSetup): Promise<CliResult>;
  stop(): Promise<void>;
}

/** Starts clusters with Fairlead's kinds installed, unless told otherwise. */
export async function startEmbedded(
  options: { readonly [name: string]: ClusterOptions },
  { crds = true }: { readonly crds?: boolean } = {},
): Promise<Embedded> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-embedded-"));
  const kubeconfig = path.join(folder, "kubeconfig");
  const members = new Map<string, EmbeddedMember>();
  for (const [name, own] of Object.entries(options)) {
    const cluster = await createCluster({ name, ...own });
    members.set(name, { cluster, client: clientOf(cluster) });
  }
  writeKubeconfig(
    kubeconfig,
    [...members].map(([name, { cluster }]) => ({
      name,
      url: cluster.url,
      certificate: cluster.certificate,
      credentials: { kind: "token", token: cluster.token },
    })),
  );
  if (crds) for (const { client } of members.values()) await installKinds(client);
  return {
    folder,
    kubeconfig,
    member: (name) => members.get(name)!,
    run: (args, setup = {}) => fairlead(args, { ...setup, env: { PATH: "", KUBECONFIG: kubeconfig, HOME: folder } }),
    async stop() {
      for (const { client, cluster } of members.values()) {
        await client.close();
        await cluster.stop();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function clientOf({ name, url, certificate, token }: Cluster): Client {
  return createClient(accessOf({ name, server: url, ca: certificate, token }));
}

export const resource = (
  group: string,
  version: string,
  kind: string,
  plural: string,
  namespaced = true,
): Resource => ({
  group,
  version,
  kind,
  plural,
  namespaced,
});

const definitions = resource(
  "apiextensions.k8s.io",
  "v1",
  "CustomResourceDefinition",
  "customresourcedefinitions",
  false,
);

async function installKinds(client: Client): Promise<void> {
  for (const name of kindNames) {
    await client.apply(definitions, crdOf(await loadKind(name)), { fieldManager: "test", force: true });
  }
  await until("the kinds", async () => {
    const { items } = await client.list(definitions);
    return items.length === kindNames.length && items.every((one) => judgeEstablished(one, false).kind === "done");
  });
  client.discovery.invalidate();
}

/** Asks until it is so; fails after half a minute with what was waited for. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
