import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { renderFindings, type Finding } from "@fairlead/krm";
import { readKubeconfig } from "./read.ts";
import { resolveContext } from "./resolve.ts";

const leak = "s3cr3t-that-nobody-may-see";

const full = `apiVersion: v1
kind: Config
current-context: dev
preferences: {colors: true}
clusters:
  - name: dev
    cluster:
      server: https://dev.example.com:6443
      tls-server-name: api
      proxy-url: http://me:${leak}@proxy:3128
      extensions:
        - name: client.authentication.k8s.io/exec
          extension: {audience: a, list: [1, 2]}
users:
  - name: jo
    user:
      token: ${leak}
      as: admin
      as-groups: [a, b]
      as-user-extra: {__proto__: [x], reason: [p, q]}
      exec:
        apiVersion: client.authentication.k8s.io/v1
        command: ./bin/login
        args: [--password, ${leak}]
        env: [{name: A, value: ${leak}}]
        interactiveMode: Never
      auth-provider: {name: oidc, config: {refresh-token: ${leak}}}
contexts:
  - name: dev
    context: {cluster: dev, user: jo, namespace: shop}
`;

function brief(findings: readonly Finding[]): string[] {
  return findings.map(
    ({ code, severity, file, line, column, message }) => `${file}:${line}:${column} ${severity} ${code} ${message}`,
  );
}

function problems(text: string): string[] {
  return brief(readKubeconfig(text, { file: "config", folder: "/home/jo/.kube" }).findings);
}

test("reads every field, and knows where it stands", () => {
  const { config, findings } = readKubeconfig(full, { file: "config", folder: "/home/jo/.kube" });
  assert.deepEqual(findings, []);
  assert.deepEqual(config.currentContext, { name: "dev", place: { file: "config", line: 3, column: 18 } });
  const [cluster, user, context] = [config.clusters.get("dev"), config.users.get("jo"), config.contexts.get("dev")];
  assert.deepEqual(context?.settings, { cluster: "dev", user: "jo", namespace: "shop" });
  assert.equal(cluster?.settings.server, "https://dev.example.com:6443");
  assert.equal(cluster?.settings.proxyUrl?.reveal(), `http://me:${leak}@proxy:3128`);
  assert.deepEqual(cluster?.settings.execConfig?.reveal(), { audience: "a", list: [1, 2] });
  assert.deepEqual(cluster?.at(["server"]), { file: "config", line: 8, column: 15 });
  assert.equal(user?.settings.token?.reveal(), leak);
  assert.deepEqual(Object.entries(user?.settings.asUserExtra ?? {}), [
    ["__proto__", ["x"]],
    ["reason", ["p", "q"]],
  ]);
  assert.deepEqual(user?.settings.exec?.args.reveal(), ["--password", leak]);
  assert.deepEqual(user?.settings.exec?.env.reveal(), [{ name: "A", value: leak }]);
  assert.equal(user?.settings.authProvider?.config.reveal().get("refresh-token"), leak);
  assert.equal(user?.folder, "/home/jo/.kube");
});

test("shows no secret when it is printed", () => {
  const { config } = readKubeconfig(full, { file: "config", folder: "/home/jo/.kube" });
  const entries = [...config.users.values(), ...config.clusters.values()];
  const shown = [
    inspect(config, { depth: 20, showHidden: true, getters: true }),
    JSON.stringify([config, entries]),
    ...entries.map((entry) => `${inspect(entry)} ${Object.values(entry.settings).map(String).join(" ")}`),
  ].join("\n");
  assert.ok(!shown.includes(leak), shown);
});

test("reads JSON, and takes what is empty for an empty kubeconfig", () => {
  const json = readKubeconfig(`{"contexts": [{"name": "a", "context": {"cluster": "c"}}], "current-context": "a"}`);
  assert.deepEqual([json.findings, json.config.contexts.get("a")?.settings], [[], { cluster: "c" }]);
  for (const text of ["", "\n", "# nothing\n", "---\n", "{}"])
    assert.deepEqual([readKubeconfig(text).findings, readKubeconfig(text).config.contexts.size], [[], 0], text);
});

test("says where a file is no kubeconfig, without quoting it", () => {
  const cases: readonly (readonly [text: string, found: RegExp])[] = [
    ["users:\n\t- name: a", /^config:2:\d+ error FL721 the kubeconfig cannot be read: a tab is used/],
    [`token: *${leak}`, /^config:1:8 error FL721 .* an alias refers to nothing/],
    [`users: [{name: "a, user: {token: ${leak}}}]`, /^config:1:\d+ error FL721 .* a quote or bracket is never closed/],
    [`a: {token: ${leak}}\na: 2\n`, /^config:2:1 error FL721 .* a key stands twice/],
    [`[${leak}]`, /^config:1:1 error FL722 the document is not a map/],
    [leak, /^config:1:1 error FL722 the document is not a map/],
    ["kind: Secret", /^config:1:7 error FL722 kind is text where `Config` belongs/],
    ["apiVersion: v2", /^config:1:13 error FL722 apiVersion is text where `v1` belongs/],
    ["users: {a: b}", /^config:1:8 error FL722 users is a map where a list belongs/],
    ["users: [a]", /^config:1:9 error FL722 users\[0\] is text where a map belongs/],
    [
      "users:\n- name: a\n  user:\n    token: 123456789",
      /^config:4:12 error FL722 users\[0\]\.user\.token is a number where text/,
    ],
    ["clusters: [{name: a, cluster: {insecure-skip-tls-verify: 'yes'}}]", /is text where true or false belongs/],
    ["users: [{name: a, user: {as-groups: x}}]", /as-groups is text where a list belongs/],
    ["users: [{name: a}, {name: a}]", /^config:1:27 error FL723 the user "a" is there twice/],
  ];
  for (const [text, found] of cases) {
    const [first, ...more] = problems(text);
    assert.match(first ?? "", found);
    assert.deepEqual(more, [], text);
    assert.ok(!renderFindings(readKubeconfig(text).findings).includes(leak), first);
  }
});

test("says that only the first document counts", () => {
  assert.deepEqual(problems("current-context: a\n---\ncurrent-context: b\n"), [
    "config:3:1 warning FL722 only the first document of a kubeconfig is read; this one is ignored",
  ]);
});

test("warns of a field that looks like another, and of no other unknown field", () => {
  const text = `current-contxt: a
vendor: {x: 1}
users: [{name: a, user: {tokenfile: x, exec: {commnd: y, vendor-extension: 1}, note: z}}]
clusters: [{name: a, cluster: {certificate-authority_data: x}}]
`;
  assert.deepEqual(problems(text), [
    'config:1:17 warning FL722 the kubeconfig has an unknown field "current-contxt", which is ignored',
    'config:4:60 warning FL722 clusters[0].cluster has an unknown field "certificate-authority_data", which is ignored',
    'config:3:37 warning FL722 users[0].user has an unknown field "tokenfile", which is ignored',
    'config:3:55 warning FL722 users[0].user.exec has an unknown field "commnd", which is ignored',
  ]);
  assert.equal(readKubeconfig(text).findings[2]?.hint, "did you mean tokenFile?");
});

test("takes null for absent, as Go does", () => {
  const { config, findings } = readKubeconfig(
    "users: null\nclusters:\n- name: a\n  cluster: null\ncurrent-context: null",
  );
  assert.deepEqual([findings, config.clusters.get("a")?.settings, config.currentContext], [[], {}, undefined]);
});

test("reports a bounded number of mistakes", () => {
  assert.equal(problems(`users: [${"1, ".repeat(5_000)}]`).length, 20);
});

const names = fc.constantFrom("a", "b", "__proto__", "constructor", "");
const leaf = fc.oneof(fc.string(), names, fc.integer(), fc.boolean(), fc.constant(null), fc.constant(`"${leak}"`));
const fieldNames = fc.constantFrom(
  ..."name server token tokenFile username password exec auth-provider config command".split(" "),
  ..."client-certificate-data client-key-data certificate-authority-data proxy-url as as-user-extra".split(" "),
  ..."as-groups extensions args env apiVersion interactiveMode cluster user namespace".split(" "),
);
const { tree } = fc.letrec<{ tree: unknown; map: unknown }>((tie) => ({
  tree: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("tree"), { maxLength: 3 }), tie("map")),
  map: fc.dictionary(fieldNames, tie("tree"), { maxKeys: 4 }),
}));
const entries = (inner: string): fc.Arbitrary<unknown> =>
  fc.array(fc.record({ name: names, [inner]: fc.dictionary(fieldNames, tree, { maxKeys: 6 }) }), { maxLength: 2 });
const shaped = fc.record(
  {
    "current-context": names,
    clusters: entries("cluster"),
    users: entries("user"),
    contexts: fc.array(fc.record({ name: names, context: fc.record({ cluster: names, user: names }) }), {
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
);

test("never throws, whatever the text is", () => {
  const broken = fc
    .tuple(fc.nat(full.length), fc.nat(20), fc.string())
    .map(([at, length, put]) => full.slice(0, at) + put + full.slice(at + length));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), broken), (text) => {
      readKubeconfig(text, { file: "config" });
    }),
    { seed: 5, numRuns: 500 },
  );
});

test("resolves whatever can be read to access or to errors, without files or programs of this machine", async () => {
  await fc.assert(
    fc.asyncProperty(shaped, names, async (document, context) => {
      const { config } = readKubeconfig(JSON.stringify(document), { file: "config" });
      const { access, findings } = await resolveContext(config, { context, env: {}, terminal: false });
      assert.equal(
        access === undefined,
        findings.some(({ severity }) => severity === "error"),
      );
      await access?.credentials.current().catch(() => undefined);
    }),
    { seed: 6, numRuns: 300 },
  );
});
