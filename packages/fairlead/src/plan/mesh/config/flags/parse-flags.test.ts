import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { FlagValue } from "../../../shared/pflag/flag.ts";
import { parseFlags } from "../../../shared/pflag/parse-flags.ts";
import { compatFlags, flagTable } from "./table.ts";

const read = (...args: string[]) => {
  const { given, findings } = parseFlags(args, flagTable);
  return { given: Object.fromEntries(given), said: findings.map(({ code, message }) => `${code} ${message}`) };
};

describe("arguments are read as pflag reads them", () => {
  const accepted: readonly (readonly [args: string[], given: { [name: string]: FlagValue }])[] = [
    [["--hostname_suffix", "mesh"], { hostname_suffix: "mesh" }],
    [["--hostname_suffix=mesh"], { hostname_suffix: "mesh" }],
    [["--hostname_suffix=a=b"], { hostname_suffix: "a=b" }],
    [["--hostname_suffix="], { hostname_suffix: "" }],
    [["--hostname_suffix", "--enable_san"], { hostname_suffix: "--enable_san" }],
    [["--hostname_suffix=a", "--hostname_suffix=b"], { hostname_suffix: "b" }],
    [["--enable_san"], { enable_san: true }],
    [["--enable_san=false"], { enable_san: false }],
    [["--enable_san=T", "--argo_rollouts=0"], { enable_san: true, argo_rollouts: false }],
    [["--log_level", "5"], { log_level: 5 }],
    [["--log_level=0x10"], { log_level: 16 }],
    [["--log_level=017"], { log_level: 15 }],
    [["--log_level=-1"], { log_level: -1 }],
    [["--dns_timeout_ms=1_000"], { dns_timeout_ms: 1000 }],
    [["--max_requests_per_connection=2147483647"], { max_requests_per_connection: 2_147_483_647 }],
    [["--sync_period", "60s"], { sync_period: 60 }],
    [["--sync_period=1h30m"], { sync_period: 5400 }],
    [["--excluded_identity_list", "a,b"], { excluded_identity_list: ["a", "b"] }],
    [["--excluded_identity_list=a", "--excluded_identity_list=b,c"], { excluded_identity_list: ["a", "b", "c"] }],
    [["--excluded_identity_list="], { excluded_identity_list: [] }],
    [["--excluded_identity_list=a, b"], { excluded_identity_list: ["a", " b"] }],
    [['--excluded_identity_list="a,b",c'], { excluded_identity_list: ["a,b", "c"] }],
    [['--excluded_identity_list="say ""x"""'], { excluded_identity_list: ['say "x"'] }],
    [["--gateway_asset_aliases=x"], { gateway_asset_aliases: ["x"] }],
    [["-e", "c1=a"], { vs_routing_in_cluster_enabled_resources: { c1: "a" } }],
    [["-ec1=a"], { vs_routing_in_cluster_enabled_resources: { c1: "a" } }],
    [["-e=c1=a"], { vs_routing_in_cluster_enabled_resources: { c1: "a" } }],
    [["-e", "c1=a,c2=*"], { vs_routing_in_cluster_enabled_resources: { c1: "a", c2: "*" } }],
    [["-e", '"c1=a, b",c2=*'], { vs_routing_in_cluster_enabled_resources: { c1: "a, b", c2: "*" } }],
    [["-e", "c1=a,b"], { vs_routing_in_cluster_enabled_resources: { c1: "a,b" } }],
    [["-d", "c1=a", "-d", "c2=b"], { vs_routing_in_cluster_disabled_resources: { c1: "a", c2: "b" } }],
    [["--vs_routing_in_cluster_disabled_resources", "*=*"], { vs_routing_in_cluster_disabled_resources: { "*": "*" } }],
  ];
  for (const [args, given] of accepted) {
    test(args.join(" "), () => assert.deepEqual(read(...args), { given, said: [] }));
  }

  const refused: readonly (readonly [args: string[], said: string])[] = [
    [["--hostname_sufix=x"], "FL824 unknown flag: --hostname_sufix"],
    [["-x"], "FL824 unknown flag: -x"],
    [["-sync_period=1m"], "FL824 unknown flag: -sync_period=1m"],
    [["--=x"], "FL824 unknown flag: --"],
    [["start"], 'FL824 "start" belongs to no flag'],
    [["--", "--enable_san"], 'FL824 "--enable_san" belongs to no flag'],
    [["--enable_san", "false"], 'FL824 "false" belongs to no flag'],
    [["--hostname_suffix"], "FL825 flag needs a value: --hostname_suffix"],
    [["--enable_san=yes"], 'FL825 --enable_san: expected true or false, found "yes"'],
    [["--log_level=high"], 'FL825 --log_level: expected an integer, found "high"'],
    [["--log_level=1.5"], 'FL825 --log_level: expected an integer, found "1.5"'],
    [["--log_level=09"], 'FL825 --log_level: expected an integer, found "09"'],
    [
      ["--max_requests_per_connection=2147483648"],
      'FL825 --max_requests_per_connection: expected an integer, found "2147483648"',
    ],
    [["--sync_period=60"], 'FL825 --sync_period: expected a duration such as 5m, found "60"'],
    [
      ['--excluded_identity_list=a"b'],
      'FL825 --excluded_identity_list: expected a list with commas between its items, found "a\\"b"',
    ],
    [
      ["-e", "c1"],
      'FL825 --vs_routing_in_cluster_enabled_resources: expected KEY=VALUE, with commas between several, found "c1"',
    ],
    [
      ["-e", "c1=a,b,c2=d"],
      'FL825 --vs_routing_in_cluster_enabled_resources: expected KEY=VALUE, with commas between several, found "c1=a,b,c2=d"',
    ],
  ];
  for (const [args, said] of refused) {
    test(`${args.join(" ")} is refused`, () => assert.deepEqual(read(...args).said, [said]));
  }

  test("what was meant is asked for", () => {
    const hints = (...args: string[]) => parseFlags(args, flagTable).findings.map(({ hint }) => hint);
    assert.deepEqual(hints("--hostname_sufix=x"), ["did you mean `--hostname_suffix`?"]);
    assert.deepEqual(hints("-sync_period=1m"), ["write two dashes: --sync_period=1m"]);
    assert.deepEqual(hints("--enable_san", "false"), [
      "a bool takes its value behind an equals sign: --enable_san=false",
    ]);
  });

  test("one bad argument leaves the others", () => {
    assert.deepEqual(read("--log_level=x", "--enable_san", "--nope", "--env_key=e").given, {
      enable_san: true,
      env_key: "e",
    });
  });
});

test("the table names each flag once, and each default has the flag's type", () => {
  assert.equal(new Set(compatFlags.map(({ name }) => name)).size, compatFlags.length);
  for (const { name, type, default: value } of compatFlags) {
    const kinds = { bool: "boolean", int: "number", int32: "number", int64: "number", duration: "number" } as const;
    if (type === "strings") assert.ok(Array.isArray(value), name);
    else if (type === "map") assert.deepEqual(value, {}, name);
    else assert.equal(typeof value, type === "string" ? "string" : kinds[type], name);
  }
});

test("a default that is written out as an argument reads as itself", () => {
  for (const { name, type, default: value } of compatFlags) {
    if (type === "map") continue;
    const text = Array.isArray(value) ? value.join(",") : type === "duration" ? `${value as number}s` : String(value);
    assert.deepEqual(read(`--${name}=${text}`), { given: { [name]: value }, said: [] });
  }
});

test("any arguments are read: values or findings, never an exception", () => {
  const name = fc.constantFrom(...compatFlags.map((flag) => flag.name), "nope", "");
  const arg = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc
      .tuple(fc.constantFrom("--", "-", "---"), name, fc.constantFrom("", "="), fc.string({ maxLength: 10 }))
      .map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(fc.array(arg, { maxLength: 8 }), (args) => {
      const { given, findings } = parseFlags(args, flagTable);
      assert.ok(given.size + findings.length <= args.length + 1);
    }),
    { seed: 4, numRuns: 400 },
  );
});
