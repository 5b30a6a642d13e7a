import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import type { Client } from "@fairlead/kube";
import { fakeClient, type FakeClient, type FakeClientOptions } from "../../../kube/test/fake-client.ts";
import type { CliContext } from "../../src/cli/context.ts";
import { fairlead, type CliResult, type CliSetup } from "./cli.ts";

export interface FakeClusters {
  readonly clients: { readonly [name: string]: FakeClient };
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command line against the clusters; the first is the current context. Its namespace is `shop`. */
  run(args: readonly string[], setup?: CliSetup): Promise<CliResult>;
}

/** Clusters in memory, one for each context of a kubeconfig that is gone after the test. */
export function fakeClusters(
  t: TestContext,
  options: { readonly [name: string]: FakeClientOptions },
  wrap: (client: Client, name: string) => Client = (client) => client,
): FakeClusters {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-clusters-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const names = Object.keys(options);
  const file = path.join(folder, "config");
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": names[0],
      clusters: names.map((name) => ({ name, cluster: { server: `https://${name}.example` } })),
      users: [{ name: "me", user: { token: "s3cr3t" } }],
      contexts: names.map((name) => ({ name, context: { cluster: name, user: "me", namespace: "shop" } })),
    }),
  );
  const clients = Object.fromEntries(names.map((name) => [name, fakeClient({ anyNamespace: true, ...options[name] })]));
  const env = { PATH: "", KUBECONFIG: file };
  const connect: CliContext["connect"] = (access) =>
    // Not a copy: its transport says that there is none.
    wrap(Object.create(clients[access.name]!, { access: { value: access } }) as Client, access.name);
  return {
    clients,
    env,
    run: (args, setup = {}) => fairlead(args, { ...setup, env, context: { connect, ...setup.context } }),
  };
}
