/**
 * A region dies under 500 requests per second and comes back: what its callers see, by the planned objects, on a
 * virtual clock. The bounds are read from the planned DestinationRule:
 *   - consecutiveGatewayErrors: as many attempts of one proxy may fail before it leaves the region out;
 *   - interval: by then at the latest no request goes there;
 *   - baseEjectionTime (once more for every further time in a row), then up to one interval: when it is tried again.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fleets, host, plannedClusters, specIn, type PlannedCluster } from "./planned-fleet.ts";
import { milliseconds, sharesIn, underLoad, type Failure, type Sample } from "./virtual-load.ts";
import { get, type JsonObject } from "@fairlead/apimachinery";

const perSecond = 500;
const died = 5_000;
const back = 20_000;

interface Bounds {
  readonly consecutive: number;
  readonly intervalMs: number;
  readonly baseMs: number;
}

function boundsOf(cluster: PlannedCluster): Bounds {
  const rules = (cluster.objects as readonly JsonObject[]).filter(
    (one) => one["kind"] === "DestinationRule" && String(get(one["spec"], "host")).endsWith(host),
  );
  const found = rules.flatMap((rule) => {
    const detection = get(get(rule["spec"], "trafficPolicy"), "outlierDetection");
    if (detection === undefined) return [];
    return {
      consecutive: Number(get(detection, "consecutiveGatewayErrors")),
      intervalMs: milliseconds(detection, "interval"),
      baseMs: milliseconds(detection, "baseEjectionTime"),
    };
  });
  assert.ok(found.length > 0, "no rule looks for outliers");
  for (const one of found) assert.deepEqual(one, found[0], "the rules of a cluster have the same limits");
  return found[0]!;
}

interface Case {
  readonly fleet: keyof typeof fleets;
  readonly from: string;
  /** By server, in parts of 1, while all is well and while eu is dead. */
  readonly well: { readonly [by: string]: number };
  readonly dead: { readonly [by: string]: number };
}

const half = { "eu orders": 0.5, "us orders": 0.5 };
const split = { "eu orders": 0.7, "us orders": 0.3 };
const [eu, us, ap] = [{ "eu orders": 1 }, { "us orders": 1 }, { "ap orders": 1 }];
const cases: readonly Case[] = [
  { fleet: "nearest", from: "eu", well: eu, dead: us },
  { fleet: "nearest", from: "us", well: us, dead: us },
  { fleet: "nearest", from: "ap", well: half, dead: us },
  { fleet: "topology", from: "us", well: us, dead: us },
  { fleet: "topology", from: "ap", well: half, dead: us },
  { fleet: "tiers", from: "us", well: eu, dead: us },
  { fleet: "tiers", from: "ap", well: eu, dead: us },
  { fleet: "weights", from: "us", well: split, dead: us },
  { fleet: "weights", from: "ap", well: split, dead: us },
  { fleet: "threeRegions", from: "us", well: split, dead: us },
  { fleet: "threeRegions", from: "ap", well: split, dead: us },
  { fleet: "threeTiers", from: "us", well: eu, dead: ap },
  { fleet: "threeTiers", from: "ap", well: eu, dead: ap },
  { fleet: "canary", from: "eu", well: { "eu orders": 0.8, "eu orders-canary": 0.2 }, dead: us },
  { fleet: "canary", from: "ap", well: { "eu orders": 0.4, "eu orders-canary": 0.1, "us orders": 0.5 }, dead: us },
  { fleet: "twoInRegion", from: "eu", well: eu, dead: { "us orders": 0.5, "us2 orders": 0.5 } },
];

function near(samples: readonly Sample[], from: number, to: number, wanted: { readonly [by: string]: number }): void {
  const seen = sharesIn(samples, from, to);
  assert.deepEqual(Object.keys(seen), Object.keys(wanted).sort(), JSON.stringify(seen));
  for (const [by, share] of Object.entries(wanted)) {
    assert.ok(Math.abs(seen[by]! - share) < 0.03, `${by}: ${seen[by]} in place of ${share}`);
  }
}

function run(fleet: Case["fleet"], from: string, seconds: number, failure: Failure, until = back): readonly Sample[] {
  return underLoad({
    clusters: plannedClusters(fleets[fleet]),
    from,
    host,
    perSecond,
    seconds,
    // Who calls from a dead region has lost its pods only: the rest is lost with its caller.
    failureOf: (cluster, part, at) =>
      cluster === "eu" && at >= died && at < until && (from !== "eu" || part === "pods") ? failure : undefined,
  });
}

const isDead = ({ by }: Sample): boolean => by?.startsWith("eu ") === true;

describe("a region that dies under load, and comes back", () => {
  for (const { fleet, from, well, dead } of cases) {
    test(`${fleet}, seen from ${from}`, () => {
      const clusters = plannedClusters(fleets[fleet]);
      const { consecutive, intervalMs, baseMs } = boundsOf(clusters.find(({ name }) => name === from)!);
      const samples = run(fleet, from, 50, "refuses");
      assert.equal(samples.length, 50 * perSecond);
      near(samples, 0, died, well);

      const errors = samples.filter(({ by }) => by === undefined);
      assert.ok(errors.length <= consecutive, `${errors.length} errors`);
      for (const { at, ended } of errors) assert.ok(at >= died && ended <= died + intervalMs, `an error at ${at} ms`);
      near(samples, died + intervalMs, back + 1, dead);

      const returned = samples.find((sample) => sample.at > died && isDead(sample));
      if (!Object.keys(well).some((by) => by.startsWith("eu "))) return assert.equal(returned, undefined);
      // It is out until its time is over, although it is back for long.
      assert.ok(returned !== undefined && returned.at >= died + baseMs, `it was tried again at ${returned?.at} ms`);
      const window = baseMs + 2 * intervalMs;
      assert.ok(returned.at <= died + window, `it returned at ${returned.at} ms`);
      near(samples, died + window, 50_000, well);
    });
  }

  test("is tried again ever more seldom while it stays dead, at the price of one error or two each time", () => {
    const clusters = plannedClusters(fleets.weights);
    const { consecutive, intervalMs, baseMs } = boundsOf(clusters.find(({ name }) => name === "ap")!);
    const until = 150_000;
    const samples = run("weights", "ap", 240, "refuses", until);
    // Out for one, then two, then three times the base; each time until the interval that follows.
    const tries = [died, died + baseMs, died + 3 * baseMs, died + 6 * baseMs];
    const allowed = (at: number) =>
      tries.some((time, index) => at >= time && at <= time + (index + 1) * intervalMs) && at <= until;
    const errors = samples.filter(({ by }) => by === undefined);
    assert.deepEqual(
      errors.map(({ at }) => at).filter((at) => !allowed(at)),
      [],
    );
    assert.ok(errors.length >= 2 && errors.length <= 3 * consecutive, `${errors.length} errors`);
    const returned = samples.find((sample) => sample.at > died && isDead(sample))!;
    assert.ok(returned.at >= until && returned.at <= died + 6 * baseMs + 4 * intervalMs, `at ${returned.at} ms`);
    near(samples, returned.at, 240_000, split);
  });

  test("costs no request where nothing answers at all, but the time that connections may take", () => {
    const clusters = plannedClusters(fleets.weights);
    const own = clusters.find(({ name }) => name === "us")!;
    const { intervalMs, baseMs } = boundsOf(own);
    const { connectionPool } = specIn(own, "DestinationRule", `eu-west-1.region.${host}-dr`)[
      "trafficPolicy"
    ] as JsonObject;
    const connectTimeoutMs = milliseconds(get(connectionPool, "tcp"), "connectTimeout");
    assert.equal(connectTimeoutMs, 2_000);
    const samples = run("weights", "us", 70, "silent", 25_000);
    assert.equal(samples.filter(({ by }) => by === undefined).length, 0);
    const slow = samples.filter(({ at, ended }) => ended - at > 100);
    // Requests wait for one connection, a few of them for the retry too, and none begins to wait afterwards.
    assert.ok(slow.every(({ at }) => at >= died && at <= died + connectTimeoutMs + 100));
    assert.ok(slow.every(({ at, ended }) => ended - at <= 2 * connectTimeoutMs + 100));
    near(samples, died + connectTimeoutMs + 100, died + connectTimeoutMs + baseMs, us);
    near(samples, died + connectTimeoutMs + baseMs + 2 * intervalMs, 70_000, split);
  });

  test("leaves the others alone who do not call it", () => {
    const samples = run("nearest", "us", 40, "silent");
    assert.ok(samples.every(({ by, at, ended }) => by === "us orders" && ended - at < 10));
  });

  test("has limits that are on by themselves", () => {
    const clusters = plannedClusters(fleets.tiers);
    const own = clusters.find(({ name }) => name === "ap")!;
    const detection = get(specIn(own, "DestinationRule", `${host}-default-dr`)["trafficPolicy"], "outlierDetection");
    assert.deepEqual(detection, {
      baseEjectionTime: "30s",
      consecutiveGatewayErrors: 5,
      consecutive5xxErrors: 0,
      interval: "5s",
      maxEjectionPercent: 100,
    });
  });
});
