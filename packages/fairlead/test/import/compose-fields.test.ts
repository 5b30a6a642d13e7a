import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldPath } from "@fairlead/apimachinery";
import { render } from "./compare.ts";
import { app, at, declaration, read } from "./compose-read.ts";

interface Case {
  readonly name: string;
  readonly fields: string;
  /** Paths below the App's spec, and what stands there. */
  readonly spec: readonly (readonly [FieldPath, unknown])[];
  /** Codes of findings beside those that every service has. */
  readonly codes?: readonly string[];
}

const usual = ["FL568"];

const cases: readonly Case[] = [
  {
    name: "entrypoint and command",
    fields: 'entrypoint: ["/bin/entry"]\ncommand: run --with "two words"',
    spec: [
      [["containers", 0, "command"], ["/bin/entry"]],
      [
        ["containers", 0, "args"],
        ["run", "--with", "two words"],
      ],
    ],
  },
  {
    name: "variables in both spellings",
    fields: "environment:\n  A: 1\n  B: true\n  C: null\n  D: $$(HOME)",
    spec: [
      [
        ["containers", 0, "env"],
        [
          { name: "A", value: "1" },
          { name: "B", value: "true" },
          { name: "D", value: "$$(HOME)" },
        ],
      ],
    ],
    codes: ["FL551"],
  },
  {
    name: "a health check",
    fields:
      "healthcheck: {test: curl -f localhost, interval: 1m, timeout: 5s, retries: 2, start_period: 30s, start_interval: 10s}",
    spec: [
      [
        ["containers", 0, "readinessProbe"],
        {
          exec: { command: ["/bin/sh", "-c", "curl -f localhost"] },
          periodSeconds: 60,
          timeoutSeconds: 5,
          failureThreshold: 2,
        },
      ],
      [["containers", 0, "livenessProbe", "periodSeconds"], 60],
      [
        ["containers", 0, "startupProbe"],
        {
          exec: { command: ["/bin/sh", "-c", "curl -f localhost"] },
          periodSeconds: 10,
          timeoutSeconds: 5,
          failureThreshold: 15,
        },
      ],
    ],
  },
  {
    name: "a health check that is turned off",
    fields: "healthcheck: {disable: true}",
    spec: [[["containers", 0, "livenessProbe"], undefined]],
  },
  {
    name: "a health check of the image's own",
    fields: "healthcheck: {interval: 5s}",
    spec: [[["containers", 0, "livenessProbe"], undefined]],
    codes: ["FL554"],
  },
  {
    name: "limits and reservations",
    fields:
      'deploy: {resources: {limits: {cpus: "1.5", memory: 1g, pids: 5}, reservations: {memory: 256M, devices: [{driver: nvidia, count: 2, capabilities: [gpu]}]}}}',
    spec: [
      [
        ["containers", 0, "resources"],
        { requests: { memory: "256Mi" }, limits: { cpu: "1500m", memory: "1Gi", "nvidia.com/gpu": "2" } },
      ],
    ],
    codes: ["FL554"],
  },
  {
    name: "limits in the old place",
    fields: "mem_limit: 128m\nmem_reservation: 64m\ncpus: 0.5",
    spec: [
      [["containers", 0, "resources"], { requests: { memory: "64Mi" }, limits: { cpu: "500m", memory: "128Mi" } }],
    ],
  },
  {
    name: "a quota of CPU time",
    fields: "cpu_quota: 50000",
    spec: [[["containers", 0, "resources", "limits", "cpu"], "500m"]],
  },
  {
    name: "no limits",
    fields: "tty: true",
    spec: [
      [["containers", 0, "resources"], "unlimited"],
      [["containers", 0, "tty"], true],
    ],
  },
  {
    name: "replicas and grace period",
    fields: "stop_grace_period: 1m30s\ndeploy: {replicas: 3, update_config: {parallelism: 2, order: start-first}}",
    spec: [
      [["replicas"], 3],
      [["terminationGracePeriodSeconds"], 90],
      [["updateStrategy"], { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } }],
    ],
  },
  { name: "one copy on every node", fields: "deploy: {mode: global}", spec: [[["workload"], "DaemonSet"]] },
  {
    name: "a hardened service",
    fields:
      'user: "1000:2000"\nread_only: true\ncap_drop: [ALL]\ncap_add: [CAP_NET_BIND_SERVICE]\nsecurity_opt: ["no-new-privileges:true"]\ngroup_add: ["3000"]',
    spec: [
      [["hardening"], undefined],
      [
        ["containers", 0, "securityContext"],
        { runAsUser: 1000, runAsGroup: 2000, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } },
      ],
      [["securityContext"], { supplementalGroups: [3000] }],
    ],
    codes: [],
  },
  {
    name: "a privileged service",
    fields: "privileged: true\nuser: postgres\nsecurity_opt: [seccomp:unconfined, label:disable]",
    spec: [
      [
        ["hardening"],
        {
          nonRoot: false,
          readOnlyRootFilesystem: false,
          noPrivilegeEscalation: false,
          seccomp: false,
          dropCapabilities: false,
        },
      ],
      [["containers", 0, "securityContext"], { privileged: true }],
    ],
    codes: ["FL554", "FL554"],
  },
  {
    name: "memory as a file system",
    fields: "tmpfs: [/tmp, /run:size=64m]\nshm_size: 1gb",
    spec: [
      [
        ["volumes"],
        [
          { name: "tmp", emptyDir: { medium: "Memory" } },
          { name: "run", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
          { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "1Gi" } },
        ],
      ],
      [["containers", 0, "volumeMounts", 2], { name: "shm", mountPath: "/dev/shm" }],
    ],
  },
  {
    name: "names and addresses",
    fields:
      'hostname: web-1\nextra_hosts: ["db:10.0.0.5", "cache=10.0.0.5", "host.docker.internal:host-gateway"]\ndns: 1.1.1.1\ndns_search: [a.example]\ndns_opt: [ndots:2]\nplatform: linux/arm64',
    spec: [
      [["hostname"], "web-1"],
      [["hostAliases"], [{ ip: "10.0.0.5", hostnames: ["db", "cache"] }]],
      [["dnsConfig"], { nameservers: ["1.1.1.1"], searches: ["a.example"], options: [{ name: "ndots", value: "2" }] }],
      [["nodeSelector"], { "kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64" }],
    ],
    codes: ["FL554"],
  },
  {
    name: "the host's network",
    fields: "network_mode: host\npid: host",
    spec: [
      [["hostNetwork"], true],
      [["hostPID"], true],
      [["dnsPolicy"], "ClusterFirstWithHostNet"],
    ],
  },
  {
    name: "another service's network",
    fields: "network_mode: service:vpn",
    spec: [[["hostNetwork"], undefined]],
    codes: ["FL554"],
  },
  {
    name: "labels and annotations",
    fields: "labels: {com.example.team: core, com.docker.x: y1}\nannotations: [a=b]",
    spec: [[["pod", "annotations"], { "com.example.team": "core", a: "b" }]],
  },
  {
    name: "ports",
    fields: 'ports: ["8080:80", "53:53/udp", {target: 443, app_protocol: https, name: secure}]\nexpose: ["9000"]',
    spec: [
      [
        ["containers", 0, "ports"],
        [
          { name: "tcp-80", containerPort: 80 },
          { name: "udp-53", containerPort: 53, protocol: "UDP" },
          { name: "secure", containerPort: 443 },
          { name: "tcp-9000", containerPort: 9000 },
        ],
      ],
    ],
    codes: ["FL564"],
  },
  {
    name: "hooks",
    fields: "pre_stop: [{command: [a, b]}]\npost_start: [{command: echo hi, user: root}]",
    spec: [
      [
        ["containers", 0, "lifecycle"],
        { postStart: { exec: { command: ["/bin/sh", "-c", "echo hi"] } }, preStop: { exec: { command: ["a", "b"] } } },
      ],
    ],
    codes: ["FL554"],
  },
  {
    name: "fields that mean nothing in a cluster, and fields that are lost",
    fields:
      "container_name: x1\nlogging: {driver: none}\nulimits: {nofile: 5}\ndevices: [/dev/a]\nstop_signal: SIGINT\nx-own: 1",
    spec: [[["containers", 0, "name"], "web"]],
    codes: ["FL554", "FL554", "FL554", "FL555", "FL555"],
  },
  { name: "a misspelt field", fields: "imgae: x1", spec: [[["containers", 0, "image"], "web:1"]], codes: ["FL563"] },
  {
    name: "values that are none",
    fields: 'ports: ["abc"]\nvolumes: ["a:b"]\nmem_limit: much\nstop_grace_period: soon\ncommand: "open \'quote"',
    spec: [[["containers", 0, "resources"], "unlimited"]],
    codes: ["FL563", "FL563", "FL563", "FL563", "FL563"],
  },
];

for (const { name, fields, spec, codes = usual } of cases) {
  test(`carries ${name}`, async () => {
    const result = read(app(fields));
    const found = declaration(result, "App", "web");
    for (const [path, expected] of spec) assert.deepEqual(at(found, ...path), expected, path.join("."));
    const told = result.findings.map(({ code }) => code).filter((code) => codes === usual || code !== "FL568");
    assert.deepEqual([...told].sort(), [...codes].sort(), JSON.stringify(result.findings, null, 1));
    assert.equal(
      result.findings.every(({ file, line, column }) => file === "compose.yaml" && line! > 0 && column! > 0),
      true,
    );
    const { errors } = await render([...result.declarations, ...result.objects]);
    assert.deepEqual(errors, []);
  });
}
