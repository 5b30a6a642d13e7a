import assert from "node:assert/strict";
import { test } from "node:test";
import { fortsaSettings } from "../presets.ts";
import { readFortsa } from "./compat-flags.ts";
import { fortsaFlags, variableOf } from "./flag-table.ts";

const said = (args: readonly string[], env: { [name: string]: string } = {}) =>
  readFortsa(args, env).findings.map(({ code, message }) => `${code} ${message}`);

test("without flags the predecessor's defaults hold", () => {
  const { settings, findings } = readFortsa([], {});
  assert.deepEqual(settings, fortsaSettings);
  assert.deepEqual(findings, []);
  assert.equal(settings.restart.delayMs, 0);
  assert.equal(settings.restart.cooldownMs, 300_000);
  assert.equal(settings.oracle.settleMs, 10_000);
  assert.deepEqual(settings.select.skipNamespaces, ["kube-system", "istio-system"]);
});

test("each flag that tunes something does so here, as an argument and as a variable", () => {
  const cases: readonly (readonly [string, string, (settings: typeof fortsaSettings) => unknown, unknown])[] = [
    ["dry-run", "true", (of) => of.restart.dryRun, true],
    ["compare-hub", "true", (of) => of.compare.registry, true],
    ["restart-delay", "10s", (of) => of.restart.delayMs, 10_000],
    ["istiod-config-read-delay", "250ms", (of) => of.oracle.settleMs, 250],
    ["reconcile-period", "10h", (of) => of.restart.periodMs, 36_000_000],
    ["annotation-cooldown", "1m30s", (of) => of.restart.cooldownMs, 90_000],
    ["skip-namespaces", "a,b", (of) => of.select.skipNamespaces, ["a", "b"]],
  ];
  for (const [name, text, of, expected] of cases) {
    assert.deepEqual(of(readFortsa([`--${name}=${text}`], {}).settings), expected, name);
    assert.deepEqual(of(readFortsa([], { [variableOf({ name })]: text }).settings), expected, variableOf({ name }));
  }
  const fields = fortsaFlags.filter(({ effect }) => effect === "field").map(({ name }) => name);
  assert.deepEqual(fields.sort(), cases.map(([name]) => name).sort());
});

test("an argument counts before its variable", () => {
  const { settings } = readFortsa(["--restart-delay=1s"], { FORTSA_RESTART_DELAY: "9s" });
  assert.equal(settings.restart.delayMs, 1000);
});

test("lists in the environment have spaces or commas", () => {
  const { settings } = readFortsa([], { FORTSA_SKIP_NAMESPACES: "a b, c" });
  assert.deepEqual(settings.select.skipNamespaces, ["a", "b", "c"]);
});

test("a flag of the command line is handed on", () => {
  const { command } = readFortsa(["--leader-elect=false", "--kubeconfig=/k"], {});
  assert.deepEqual(command, {
    kubeconfig: "/k",
    leaderElection: false,
    logLevel: undefined,
    addresses: [":8080", ":8081"],
  });
  const quiet = readFortsa(["--metrics-bind-address=0", "--health-probe-bind-address=:9"], {});
  assert.deepEqual(quiet.command.addresses, [":9"]);
  for (const [level, expected] of [
    ["debug", "debug"],
    ["3", "debug"],
    ["info", "info"],
    ["error", "error"],
    ["panic", "error"],
  ] as const) {
    assert.equal(readFortsa([], { FORTSA_ZAP_LOG_LEVEL: level }).command.logLevel, expected, level);
  }
});

test("what it would refuse is a finding, and so is what has no effect", () => {
  assert.deepEqual(said(["--restart-dely=1s"]), ["FL877 unknown flag: --restart-dely"]);
  assert.deepEqual(said(["--restart-delay=soon"]), [
    'FL878 --restart-delay: expected a duration such as 5m, found "soon"',
  ]);
  assert.deepEqual(said([], { FORTSA_DRY_RUN: "perhaps" }), ["FL878 FORTSA_DRY_RUN: expected true or false"]);
  assert.deepEqual(said(["--restart-delay=-1s"]), ["FL878 --restart-delay: a duration cannot be below zero"]);
  assert.deepEqual(said(["--enable-http2"]), ["FL879 --enable-http2 has no effect"]);
  assert.deepEqual(said(["--metrics-secure"]), [], "nothing is asked for that is not so by default");
});
