import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, type JsonValue } from "@fairlead/apimachinery";
import { groupOf, type KrmObject } from "@fairlead/krm";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import type { MeshSettings } from "../model/settings.ts";
import { meshKinds } from "../observe/mesh-kinds.ts";
import { homeAccess, remoteAccess } from "./access.ts";
import { readCompatFlags } from "./compat-flags.ts";
import { defaultRegistry } from "./registry-settings.ts";
import { resourceOf } from "../../shared/resource-of.ts";
import type { Rule } from "../../shared/rights.ts";

/** What the account may do: `verb group/resource namespace`, with `*` for every namespace. */
function rights(objects: readonly KrmObject[]): Set<string> {
  const said = new Set<string>();
  for (const binding of objects.filter(({ kind }) => kind.endsWith("RoleBinding"))) {
    const ref = binding["roleRef"] as { kind: string; name: string };
    const found = objects.filter(
      ({ kind, metadata }) =>
        kind === ref.kind && metadata.name === ref.name && metadata.namespace === binding.metadata.namespace,
    );
    assert.equal(found.length, 1, `${binding.kind} ${binding.metadata.name} binds one role`);
    for (const { apiGroups, resources, verbs } of found[0]!["rules"] as unknown as Rule[]) {
      for (const group of apiGroups)
        for (const resource of resources)
          for (const verb of verbs) said.add(`${verb} ${group}/${resource} ${binding.metadata.namespace ?? "*"}`);
    }
  }
  return said;
}

const isRead = (right: string): boolean => /^(get|list|watch) /.test(right);
const writes = (settings: MeshSettings): string[] =>
  [...rights(remoteAccess(settings))]
    .filter((right) => !isRead(right) && !right.includes("/status ") && !right.includes("events.k8s.io/events"))
    .sort();

const writtenIn = (namespace: string, ...resources: string[]) =>
  resources
    .flatMap((resource) => ["create", "delete", "patch", "update"].map((verb) => `${verb} ${resource} ${namespace}`))
    .sort();

const istio = [
  "networking.istio.io/destinationrules",
  "networking.istio.io/serviceentries",
  "networking.istio.io/virtualservices",
];

describe("what the controller may do in a cluster of the mesh", () => {
  test("it reads exactly what meshes are planned from, and no Secret", () => {
    for (const settings of [defaultSettings, admiralSettings, { ...defaultSettings, output: "ambient" as const }]) {
      const wanted = meshKinds(settings)
        .filter(({ where }) => where === "clusters")
        .flatMap(({ apiVersion, kind, namespace }) =>
          ["get", "list", "watch"].map(
            (verb) => `${verb} ${groupOf(apiVersion)}/${resourceOf(kind)} ${namespace ?? "*"}`,
          ),
        );
      // Whether it is installed: see below.
      wanted.push(
        "list apiextensions.k8s.io/customresourcedefinitions *",
        "watch apiextensions.k8s.io/customresourcedefinitions *",
      );
      const read = [...rights(remoteAccess(settings))].filter(isRead);
      assert.deepEqual(read.sort(), [...new Set(wanted)].sort());
      assert.ok(!read.some((right) => right.includes("secrets")));
    }
  });

  test("of definitions it reads those of kinds that need not be installed", () => {
    const names = remoteAccess(defaultSettings)
      .flatMap((object) => (object["rules"] ?? []) as unknown as Rule[])
      .filter(({ resources }) => resources.includes("customresourcedefinitions"))
      .map(({ resourceNames }) => resourceNames);
    const optional = meshKinds(defaultSettings).filter(({ where, optional: may }) => where === "clusters" && may);
    const wanted = optional.map(({ apiVersion, kind }) => `${resourceOf(kind)}.${groupOf(apiVersion)}`);
    assert.deepEqual(names, [[...new Set(wanted)].sort()]);
    assert.ok(wanted.includes("serviceentries.networking.istio.io"));
    assert.ok(!wanted.some((name) => name.endsWith(".apps")));
  });

  test("in compat mode it writes the sync namespace, and the routes that the predecessor writes beside the gateways", () => {
    assert.deepEqual(
      writes(admiralSettings),
      [
        ...writtenIn("admiral-sync", ...istio),
        ...writtenIn("istio-system", "networking.istio.io/destinationrules", "networking.istio.io/virtualservices"),
      ].sort(),
    );
  });

  test("by default it keeps Sidecars and filters as well, and beside the gateways their own rules, but no routes", () => {
    assert.deepEqual(
      writes(defaultSettings),
      [
        ...writtenIn("fairlead-mesh", ...istio),
        ...writtenIn("istio-system", "networking.istio.io/destinationrules", "networking.istio.io/envoyfilters"),
        "update networking.istio.io/sidecars *",
      ].sort(),
    );
  });

  test("with nothing turned on it writes the sync namespace, and the rules of gateways", () => {
    const settings: MeshSettings = {
      ...defaultSettings,
      scope: { ...defaultSettings.scope, sidecars: undefined },
      filters: { ...defaultSettings.filters, clusters: undefined },
    };
    assert.deepEqual(
      writes(settings),
      [
        ...writtenIn("fairlead-mesh", ...istio),
        ...writtenIn("istio-system", "networking.istio.io/destinationrules"),
      ].sort(),
    );
  });

  test("what settings turn on, and nothing else, is written elsewhere", () => {
    const authorization = { ...defaultSettings, scope: { ...defaultSettings.scope, authorization: true } };
    const more = (settings: MeshSettings) =>
      writes(settings).filter((right) => !writes(defaultSettings).includes(right));
    assert.deepEqual(more(authorization), writtenIn("*", "security.istio.io/authorizationpolicies"));
    const { settings } = readCompatFlags([
      "--enable_routing_policy",
      "--routing_policy_enabled_clusters=*",
      "--workload_sidecar_update=enabled",
    ]);
    const added = writes(settings).filter((right) => !writes(admiralSettings).includes(right));
    assert.deepEqual(
      added,
      [
        ...writtenIn("istio-system", "networking.istio.io/envoyfilters"),
        "update networking.istio.io/sidecars *",
      ].sort(),
    );
    const ambient = [
      "gateway.networking.k8s.io/gateways",
      "gateway.networking.k8s.io/grpcroutes",
      "gateway.networking.k8s.io/httproutes",
    ];
    assert.deepEqual(
      more({ ...defaultSettings, output: "ambient" }),
      [...writtenIn("fairlead-mesh", ...ambient), ...writtenIn("istio-system", ...ambient)].sort(),
    );
  });

  test("it reports in the status of policies, and cannot change them", () => {
    const said = rights(remoteAccess(defaultSettings));
    assert.ok(said.has("patch admiral.io/globaltrafficpolicies/status *"));
    assert.ok(![...said].some((right) => right.includes("admiral.io/globaltrafficpolicies ") && !isRead(right)));
    assert.ok(said.has("create events.k8s.io/events *"));
  });

  test("no rule has a wildcard", () => {
    for (const objects of [remoteAccess(defaultSettings), homeAccess(defaultSettings)]) {
      assert.ok(!JSON.stringify(objects.map((one) => one["rules"] ?? null)).includes('"*"'));
    }
  });

  test("the token belongs to the account, in the sync namespace", () => {
    const secret = remoteAccess(admiralSettings).find(({ kind }) => kind === "Secret")!;
    const account = remoteAccess(admiralSettings).find(({ kind }) => kind === "ServiceAccount")!;
    assert.equal(secret["type"], "kubernetes.io/service-account-token");
    assert.equal(secret.metadata.annotations!["kubernetes.io/service-account.name"], account.metadata.name);
    assert.equal(secret.metadata.namespace, "admiral-sync");
    assert.equal(account.metadata.namespace, "admiral-sync");
  });
});

describe("what the controller may do in the home cluster", () => {
  test("it reads the Secrets of its own namespace, and of no other", () => {
    const secrets = [...rights(homeAccess(admiralSettings))].filter((right) => right.includes("/secrets"));
    assert.deepEqual(secrets.sort(), ["get /secrets admiral", "list /secrets admiral", "watch /secrets admiral"]);
  });

  test("it reads Dependencies where they are, and reports on them", () => {
    const said = (settings: MeshSettings) =>
      [...rights(homeAccess(settings))].filter((right) => right.includes("dependencies")).sort();
    const wanted = (namespace: string) =>
      [
        "get admiral.io/dependencies",
        "list admiral.io/dependencies",
        "patch admiral.io/dependencies/status",
        "watch admiral.io/dependencies",
      ].map((right) => `${right} ${namespace}`);
    assert.deepEqual(said(admiralSettings), wanted("admiral"));
    assert.deepEqual(said(defaultSettings), wanted("*"));
  });

  test("it keeps addresses in the sync namespace, and Leases in its own", () => {
    const said = rights(homeAccess(admiralSettings));
    assert.ok(said.has("create /configmaps admiral-sync"));
    assert.ok(!said.has("create /configmaps admiral"));
    for (const verb of ["create", "delete", "get", "list", "update"]) {
      assert.ok(said.has(`${verb} coordination.k8s.io/leases admiral`), verb);
    }
  });

  test("it writes Istio's objects only if the cluster is a member without a Secret", () => {
    const isWritten = (objects: readonly KrmObject[]) =>
      rights(objects).has("create networking.istio.io/serviceentries fairlead-mesh");
    assert.equal(isWritten(homeAccess(defaultSettings)), false);
    assert.equal(isWritten(homeAccess(defaultSettings, { ...defaultRegistry, home: "home" })), true);
  });
});

test("objects come in the order in which they can be applied, each once", () => {
  for (const objects of [
    remoteAccess(defaultSettings),
    homeAccess(defaultSettings, { ...defaultRegistry, home: "h" }),
    homeAccess(admiralSettings),
  ]) {
    const ids = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
    assert.equal(new Set(ids).size, ids.length);
    const made = new Set<string>();
    for (const { kind, metadata } of objects) {
      if (kind === "Namespace") made.add(metadata.name!);
      else if (metadata.namespace !== undefined && !["istio-system", "admiral"].includes(metadata.namespace))
        assert.ok(made.has(metadata.namespace), `${kind} in ${metadata.namespace}`);
    }
    for (const binding of objects.filter(({ kind }) => kind.endsWith("RoleBinding"))) {
      const [subject] = binding["subjects"] as JsonValue[];
      assert.ok(
        objects.some(
          ({ kind, metadata }) =>
            kind === "ServiceAccount" &&
            metadata.name === get(subject, "name") &&
            metadata.namespace === get(subject, "namespace"),
        ),
      );
    }
  }
});

test("kinds have the names that paths have", () => {
  const names = [
    "Deployment",
    "Vertex",
    "MonoVertex",
    "ServiceEntry",
    "AuthorizationPolicy",
    "Gateway",
    "DependencyProxy",
    "HTTPRoute",
    "RoutingPolicy",
  ].map(resourceOf);
  assert.deepEqual(names, [
    "deployments",
    "vertices",
    "monovertices",
    "serviceentries",
    "authorizationpolicies",
    "gateways",
    "dependencyproxies",
    "httproutes",
    "routingpolicies",
  ]);
});
