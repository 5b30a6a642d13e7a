import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { asPod, type ContainerSpec, type EnvVar } from "../pod-types.ts";
import { containerEnv, type Lookup } from "./container-env.ts";
import { expandVariables } from "./expand-variables.ts";
import { serviceEnv } from "./service-env.ts";

const objects: Record<string, JsonObject> = {
  "configmaps/settings": { kind: "ConfigMap", data: { mode: "fast", "a.b": "dotted" }, binaryData: { raw: "aGk=" } },
  "secrets/keys": { kind: "Secret", data: { token: "czNjcmV0" } },
};
const lookup: Lookup = (collection, name) => objects[`${collection}/${name}`];
const resources = { limits: { cpu: "1500m", memory: "64Mi" }, requests: { cpu: "250m" } };
const pod = asPod({
  metadata: {
    name: "web-1",
    namespace: "shop",
    uid: "u1",
    labels: { app: "web", tier: 'a"b' },
    annotations: { note: "x" },
  },
  spec: { nodeName: "node-1", serviceAccountName: "robot", containers: [{ name: "app", resources }, { name: "free" }] },
});
const facts = { pod, address: "127.64.1.2", hostAddress: "127.0.0.1", allocatable: { cpu: "32", memory: "256Gi" } };

function envOf(env: readonly EnvVar[], more: Partial<ContainerSpec> = {}): Readonly<Record<string, string>> | string {
  const container = { name: "app", env, ...more };
  const made = containerEnv({ container, facts, lookup, base: { BASE: "b" }, services: { WEB_SERVICE_HOST: "h" } });
  if (made.kind === "problem") return made.message;
  const { BASE: _base, WEB_SERVICE_HOST: _host, ...own } = made.env;
  return own;
}

test("fills in fields, resources, and keys of ConfigMaps and Secrets", () => {
  const field = (name: string, fieldPath: string): EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const amount = (name: string, resource: string, more = {}): EnvVar => ({
    name,
    valueFrom: { resourceFieldRef: { resource, ...more } },
  });
  assert.deepEqual(
    envOf([
      field("A", "metadata.name"),
      field("B", "metadata.namespace"),
      field("C", "metadata.uid"),
      field("D", "metadata.labels['app']"),
      field("E", "metadata.annotations['none']"),
      field("F", "spec.nodeName"),
      field("G", "spec.serviceAccountName"),
      field("H", "status.podIP"),
      field("I", "status.hostIP"),
      field("J", "metadata.labels"),
      amount("K", "limits.cpu"),
      amount("L", "limits.memory", { divisor: "1Mi" }),
      amount("M", "requests.cpu", { divisor: "1m" }),
      amount("N", "limits.cpu", { containerName: "free" }),
      amount("O", "requests.memory"),
      { name: "P", valueFrom: { configMapKeyRef: { name: "settings", key: "mode" } } },
      { name: "Q", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } },
      { name: "R", valueFrom: { secretKeyRef: { name: "nobody", key: "token", optional: true } } },
    ]),
    {
      A: "web-1",
      B: "shop",
      C: "u1",
      D: "web",
      E: "",
      F: "node-1",
      G: "robot",
      H: "127.64.1.2",
      I: "127.0.0.1",
      J: 'app="web"\ntier="a\\"b"',
      K: "2",
      L: "64",
      M: "250",
      N: "32",
      O: "0",
      P: "fast",
      Q: "s3cret",
    },
  );
});

test("takes whole ConfigMaps and Secrets, and lets single variables win and name others", () => {
  const envFrom = [{ prefix: "CFG_", configMapRef: { name: "settings" } }, { secretRef: { name: "keys" } }];
  const env = [
    { name: "token", value: "$(CFG_mode)-$(BASE)-$(WEB_SERVICE_HOST)" },
    { name: "LATER", value: "$(token) $(EARLY) $$(BASE)" },
    { name: "EARLY", value: "e" },
  ];
  assert.deepEqual(envOf(env, { envFrom }), {
    CFG_mode: "fast",
    "CFG_a.b": "dotted",
    CFG_raw: "hi",
    token: "fast-b-h",
    LATER: "fast-b-h $(EARLY) $(BASE)",
    EARLY: "e",
  });
});

test("says what a container cannot be made without", () => {
  const missing = (valueFrom: NonNullable<EnvVar["valueFrom"]>): unknown => envOf([{ name: "A", valueFrom }]);
  assert.equal(missing({ configMapKeyRef: { name: "no", key: "a" } }), 'configmap "no" not found');
  assert.equal(missing({ secretKeyRef: { name: "no", key: "a" } }), 'secret "no" not found');
  assert.equal(
    missing({ configMapKeyRef: { name: "settings", key: "no" } }),
    "couldn't find key no in ConfigMap shop/settings",
  );
  assert.equal(missing({ secretKeyRef: { name: "keys", key: "no" } }), "couldn't find key no in Secret shop/keys");
  assert.equal(envOf([], { envFrom: [{ configMapRef: { name: "no" } }] }), 'configmap "no" not found');
  assert.deepEqual(envOf([], { envFrom: [{ configMapRef: { name: "no", optional: true } }] }), {});
});

test("expands as Kubernetes does", () => {
  const known = new Map([
    ["A", "1"],
    ["B", "$(A)"],
  ]);
  const cases: [string, string][] = [
    ["$(A)", "1"],
    ["$(B)", "$(A)"],
    ["$(C) $A $", "$(C) $A $"],
    ["$$(A) $$$(A) $$", "$(A) $1 $"],
    ["$(A", "$(A"],
    ["x$(A)$(A)y", "x11y"],
  ];
  for (const [text, expanded] of cases)
    assert.equal(
      expandVariables(text, (name) => known.get(name)),
      expanded,
      text,
    );
});

test("names Services as Docker links did", () => {
  const ports = [
    { name: "http", port: 80, protocol: "TCP" },
    { name: "dns", port: 53, protocol: "UDP" },
  ];
  assert.deepEqual(serviceEnv([{ name: "my-web", host: "127.64.128.1", ports }]), {
    MY_WEB_SERVICE_HOST: "127.64.128.1",
    MY_WEB_SERVICE_PORT: "80",
    MY_WEB_SERVICE_PORT_HTTP: "80",
    MY_WEB_SERVICE_PORT_DNS: "53",
    MY_WEB_PORT: "tcp://127.64.128.1:80",
    MY_WEB_PORT_80_TCP: "tcp://127.64.128.1:80",
    MY_WEB_PORT_80_TCP_PROTO: "tcp",
    MY_WEB_PORT_80_TCP_PORT: "80",
    MY_WEB_PORT_80_TCP_ADDR: "127.64.128.1",
    MY_WEB_PORT_53_UDP: "udp://127.64.128.1:53",
    MY_WEB_PORT_53_UDP_PROTO: "udp",
    MY_WEB_PORT_53_UDP_PORT: "53",
    MY_WEB_PORT_53_UDP_ADDR: "127.64.128.1",
  });
  assert.deepEqual(serviceEnv([{ name: "none", host: "h", ports: [] }]), {});
});
