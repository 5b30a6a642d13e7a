import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { makeCertificate } from "../../test/make-certificate.ts";

/** Every secret of the kubeconfig has this in it, in one of its forms. */
const leak = "s3cr3tThatNobodyMaySee";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const forms = [leak, base64(leak).slice(0, 24), encodeURIComponent(leak), "PRIVATE KEY"];

const client = makeCertificate({ name: "jo" });
const exec = { apiVersion: "client.authentication.k8s.io/v1", interactiveMode: "Never", command: process.execPath };
const plugin = (code: string): object => ({
  exec: { ...exec, args: ["-e", code, leak], env: [{ name: "SECRET", value: leak }] },
});
const oidc = {
  "idp-issuer-url": "https://127.0.0.1:1",
  "client-id": "c",
  "client-secret": leak,
  "refresh-token": leak,
};
const status = JSON.stringify({ kind: "ExecCredential", apiVersion: exec.apiVersion, status: { token: leak } });

const users: { readonly [name: string]: object } = {
  token: { token: leak, as: "admin" },
  "bad token": { token: `${leak} ${leak}` },
  password: { username: "jo", password: leak },
  "bad password": { username: "jo", password: `${leak}\n` },
  certificate: { "client-certificate-data": base64(client.certificate), "client-key-data": base64(client.key) },
  "bad key": { "client-certificate-data": base64(client.certificate), "client-key-data": base64(leak) },
  "no base64": { "client-certificate-data": base64(client.certificate), "client-key-data": `-----BEGIN ${leak}` },
  plugin: plugin(`console.log(${JSON.stringify(status)})`),
  "plugin with rubbish": plugin(`console.log("${leak}")`),
  "plugin that fails": plugin(`console.error("token: ${leak}"); process.exit(1)`),
  "plugin that throws": plugin(`throw "password=${leak}"`),
  "plugin with a bad argument": { exec: { ...exec, args: [`${leak}\0`] } },
  "plugin with a bad variable": { exec: { ...exec, env: [{ name: "", value: leak }] } },
  "plugin that is missing": { exec: { ...exec, command: "fairlead-no-such-plugin", args: [leak] } },
  oidc: { "auth-provider": { name: "oidc", config: { ...oidc, "id-token": leak } } },
  "oidc that refreshes": { "auth-provider": { name: "oidc", config: oidc } },
  gcp: { "auth-provider": { name: "gcp", config: { "access-token": leak } } },
  "two at once": { token: leak, username: "jo", password: leak },
  number: { token: 1, password: [leak] },
};

const proxied = { server: "https://dev:6443", "proxy-url": `http://jo:${leak}@proxy:3128` };
const config = {
  "current-context": "dev",
  clusters: [
    { name: "dev", cluster: proxied },
    { name: "bad", cluster: { server: `https://jo:${leak}@dev`, "proxy-url": `jo:${leak}@proxy` } },
  ],
  users: Object.entries(users).map(([name, user]) => ({ name, user })),
  contexts: [{ name: "dev", context: { cluster: "dev" } }],
};

/** Prints all that it gets, in every way in which a program prints things, and at last dies of it. */
const program = `
  import { inspect } from "node:util";
  import { renderFindings } from "@fairlead/krm";
  import { accessFindingOf, accessOf, loadKubeconfig, resolveContext } from "@fairlead/kube";
  const everything = [];
  const show = (what) => {
    everything.push(what);
    print(what);
  };
  const print = (what) => {
    console.log(what);
    console.log("%o %j", what, what);
    console.error(inspect(what, { depth: 20, showHidden: true }));
    console.log(JSON.stringify(what), Object.prototype.hasOwnProperty.call(what ?? {}, "stack") ? what.stack : "");
  };
  for (const file of process.argv.slice(1)) {
    const { config, findings } = await loadKubeconfig({ paths: [file] });
    show(config), show(findings), console.log(renderFindings(findings));
    for (const cluster of ["dev", "bad"]) for (const user of config.users.keys()) {
      const result = await resolveContext(config, { cluster, user, env: {}, terminal: false });
      show(result), console.log(renderFindings(result.findings));
      try {
        const credential = await result.access?.credentials.current();
        if (credential !== undefined) console.log("RESOLVED " + user);
        show(credential), show(credential?.tls);
        // Headers are an ordinary record, which only the report of a fatal error shows as it is.
        print(credential?.headers);
        if (credential !== undefined) show(await result.access.credentials.rejected(credential));
      } catch (error) {
        show(error), show(accessFindingOf(error));
        console.log("FAILED " + user);
      }
    }
  }
  for (const token of [${JSON.stringify(leak)}, ${JSON.stringify(`${leak} `)}])
    try { show(accessOf({ server: "https://dev", token })); } catch (error) { show(error); }
  throw Object.assign(new Error("dies", { cause: everything }), { everything });
`;

test("prints no secret in any way, from reading a kubeconfig to dying with it", async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "access-secrets-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const good = path.join(folder, "config");
  const broken = path.join(folder, "broken");
  await writeFile(good, JSON.stringify(config, null, 2));
  await writeFile(broken, `users:\n- {name: a, user: {token: ${leak}, password: *${leak}}\n`);
  const args = ["--conditions=@fairlead/source", "--input-type=module", "-e", program, good, broken];
  const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exitCode = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(exitCode, 1, output.slice(-2_000));
  assert.match(output, /Error: dies/);
  const reached = (word: string): string[] =>
    [...output.matchAll(new RegExp(`^${word} (.*)$`, "gm"))].map(([, user]) => user!);
  // Those that are refused when they are resolved never get as far as a credential; `oidc` fails when it is rejected.
  assert.deepEqual(reached("FAILED").sort(), [
    "oidc",
    "oidc that refreshes",
    "plugin that fails",
    "plugin that is missing",
    "plugin that throws",
    "plugin with a bad argument",
    "plugin with rubbish",
  ]);
  for (const user of ["token", "password", "certificate", "plugin", "oidc"])
    assert.ok(reached("RESOLVED").includes(user), user);
  for (const code of ["FL721", "FL722", "FL727", "FL728", "FL730", "FL731", "FL732", "FL736"])
    assert.ok(output.includes(code), code);
  for (const form of forms) {
    const at = output.indexOf(form);
    assert.equal(at, -1, `${form} is printed: …${output.slice(Math.max(0, at - 300), at + 60)}`);
  }
});
