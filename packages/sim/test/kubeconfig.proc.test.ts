import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { createClient, defaultAccess } from "@fairlead/kube";
import { type KubeconfigEntry, writeKubeconfig } from "../src/serve/kubeconfig.ts";
import { byCertificate, serve, text } from "./serve-harness.ts";

function folder(t: TestContext): string {
  const name = mkdtempSync(path.join(tmpdir(), "sim-kubeconfig-"));
  t.after(() => rmSync(name, { recursive: true, force: true }));
  return name;
}

const entry: KubeconfigEntry = {
  name: "one",
  url: "https://127.0.0.1:1",
  certificate: "x",
  credentials: { kind: "token", token: "0123" },
};

test("lets clients reach each cluster by its context", async (t) => {
  const handle = ({ user, headers }: { user: { name: string }; headers: Readonly<Record<string, unknown>> }) =>
    Promise.resolve(
      text(
        JSON.stringify({ kind: "ConfigMap", metadata: { name: user.name }, data: { by: headers["authorization"] } }),
        {
          contentType: "application/json",
        },
      ),
    );
  const harness = await serve(t, { handle, authenticator: byCertificate });
  const { certificates, server } = harness;
  const file = path.join(folder(t), "deep", "kubeconfig");
  const common = { url: server.url, certificate: certificates.authority.certificate };
  const issued = certificates.issueClient({ commonName: "ann" });
  writeKubeconfig(file, [
    { ...common, name: "north", credentials: { kind: "certificate", issued } },
    { ...common, name: "south", credentials: { kind: "token", token: "0123" }, namespace: "shop" },
  ]);
  const seen: unknown[] = [];
  for (const options of [{}, { context: "south" }]) {
    const { access, findings } = await defaultAccess({ paths: [file], ...options });
    assert.deepEqual(findings, []);
    const client = createClient(access!);
    const resource = { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true };
    const { metadata, data } = (await client.get(resource, { name: "x" })) as never as {
      metadata: { name: string };
      data: { by?: string };
    };
    seen.push([access!.name, access!.namespace, metadata.name, data.by]);
    await client.close();
  }
  assert.deepEqual(seen, [
    ["north", "default", "ann", undefined],
    ["south", "shop", "system:anonymous", "Bearer 0123"],
  ]);
});

test("writes files that only their owner reads, whatever was there before", (t) => {
  const file = path.join(folder(t), "kubeconfig");
  writeFileSync(file, "old");
  chmodSync(file, 0o644);
  writeKubeconfig(file, [entry]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, "utf8"), /^apiVersion: v1\nkind: Config\ncurrent-context: one\n/);
  writeKubeconfig(file, [], "");
  assert.match(readFileSync(file, "utf8"), /current-context: ""\nclusters: \[\]/);
});

test("leaves nothing behind when it cannot write", (t) => {
  const parent = folder(t);
  const taken = path.join(parent, "kubeconfig");
  mkdirSync(path.join(taken, "full"), { recursive: true });
  assert.throws(() => writeKubeconfig(taken, [entry]));
  assert.deepEqual(readdirSync(parent), ["kubeconfig"]);
});
