import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Clock, JsonObject } from "@fairlead/apimachinery";
import type { Api, Controller } from "../controllers/controller.ts";
import { hookSource } from "../network/install-hook.ts";
import type { NamedPlace } from "../network/names.ts";
import { createPodNetwork, type PodNetworkOptions, type ReachableAddress } from "../network/pod-network.ts";
import { serviceProxy } from "../network/service-proxy.ts";
import { acquireGuard, type Guard } from "../node/process/guard.ts";
import type { NodeFiles } from "../node/process/node-host.ts";
import { runProbe } from "../node/process/probes/run-probe.ts";
import { processNode, type ProcessNode } from "../node/process/process-node.ts";
import { podAccess } from "../node/process/pod-contact.ts";
import type { PodAccess } from "../subresources/pod-access.ts";
import { spawnRunner } from "../node/process/spawn-runner.ts";

/** Pods whose `fairlead.dev/process` says so run as processes of this machine. */
export interface ProcessOptions extends PodNetworkOptions {
  /** Where `fairlead.dev/process-dir` starts from. */
  readonly directory: string;
  /** Where persistent volume claims keep their files; in the cluster's folder, if it has one, unless told. */
  readonly claims?: string;
  /** In which the cluster makes a folder for everything else; the machine's temporary folder unless told. */
  readonly folder?: string;
}

export interface ProcessParts {
  /** Of the cluster. */
  readonly name: string;
  readonly clock: Clock;
  readonly api: Api;
  readonly apiPort: () => number;
}

export interface Processes {
  readonly node: ProcessNode;
  readonly controllers: readonly Controller[];
  readonly access: PodAccess;
  addresses(): readonly ReachableAddress[];
  /** Calls back whenever they have changed. */
  onAddresses(callback: () => void): void;
  /** Names that programs of this cluster find besides its own Services', with where they lead to, by who says so. */
  setNames(names: ReadonlyMap<string, NamedPlace>, source: string): void;
  close(): Promise<void>;
}

/** How long programs get to end when their cluster stops. */
const graceMs = 2_000;

/** What runs processes for one cluster: addresses of its own, a folder, and a guard once the first process starts. */
export async function startProcesses(options: ProcessOptions, parts: ProcessParts): Promise<Processes> {
  const { name, clock, api, apiPort } = parts;
  const network = await createPodNetwork(name, options);
  let files: NodeFiles | undefined;
  let guard: Guard | undefined;

  function makeFiles(): NodeFiles {
    const folder = mkdtempSync(path.join(options.folder ?? tmpdir(), "fairlead-pods-"));
    guard = acquireGuard();
    guard.addFolder(folder);
    const hook = path.join(folder, "hook.mjs");
    writeFileSync(hook, hookSource(), { mode: 0o600 });
    const names = path.join(folder, "names.json");
    network.names.writeTo(names);
    const claims = path.resolve(options.claims ?? path.join(folder, "claims"));
    mkdirSync(claims, { recursive: true, mode: 0o700 });
    return { folder, hook: pathToFileURL(hook).href, names, claims };
  }

  const runner = spawnRunner(() => guard!);
  const node = processNode({
    clock,
    runner,
    probe: runProbe,
    network,
    directory: path.resolve(options.directory),
    files: () => (files ??= makeFiles()),
    apiServer: () => ({ host: "127.0.0.1", port: apiPort() }),
    services: (namespace): readonly JsonObject[] => api.list("services", namespace),
  });
  return {
    node,
    controllers: [serviceProxy({ network, isReal: node.runs }), node.controller],
    access: podAccess(node, network, runner),
    addresses: () =>
      network.addresses().filter(({ service, namespace }) => `${namespace}/${service}` !== "default/kubernetes"),
    onAddresses: network.onChange,
    setNames: (names, source) => network.names.setForeign(names, source),
    async close() {
      await node.close(graceMs);
      await network.close();
      if (files === undefined) return;
      rmSync(files.folder, { recursive: true, force: true, maxRetries: 5 });
      guard!.removeFolder(files.folder);
      await guard!.release();
    },
  };
}
