/** Shares of regions on their way, by the controller: its timer, its restarts, clusters that are lost. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { admiral, putAll, service, shop, type FakeMesh } from "../../../test/mesh/fake-mesh.ts";
import type { Mesh } from "./mesh.ts";
import { startedMeshes } from "../../../test/mesh/started-meshes.ts";

const { start } = startedMeshes();

const minutes = 60_000;
const host = "prd.orders.global";

function policy(eu: number, annotation = "25%/5m"): KrmObject {
  const target = [
    { region: "eu-west-1", weight: eu },
    { region: "us-east-1", weight: 100 - eu },
  ];
  const spec = { policy: [{ dnsPrefix: "default", lbType: "FAILOVER", target }] };
  const made = admiral("GlobalTrafficPolicy", "orders", "shop", spec, { identity: "orders" });
  return { ...made, metadata: { ...made.metadata, annotations: { "fairlead.dev/shift": annotation } } };
}

/** Orders in eu and us, all of it in eu, until the policy says us. */
async function moving(annotation?: string): Promise<{ readonly world: FakeMesh; readonly mesh: Mesh }> {
  const world = await shop();
  await putAll(world.cluster("us"), service("orders", "shop"));
  await world.cluster("eu").put(policy(100));
  const mesh = await start(world);
  assert.deepEqual([sharesIn(world, "eu"), sharesIn(world, "us")], ["eu-west-1=100", "eu-west-1=100"]);
  await world.cluster("eu").edit("GlobalTrafficPolicy", "orders", () => policy(0, annotation), "shop");
  await world.settled(mesh);
  return { world, mesh };
}

/** What the VirtualService of a cluster says, or, without one, what is noted. */
function sharesIn(world: FakeMesh, cluster: string): string {
  const rule = world.cluster(cluster).find("VirtualService", `${host}-vs`);
  const entry = world.cluster(cluster).find("ServiceEntry", `${host}-se`);
  if (rule === undefined) return String(entry?.metadata.annotations?.["fairlead.dev/shares"]);
  const [http] = get(rule["spec"], "http") as JsonObject[];
  return (http!["route"] as JsonObject[])
    .map((route) => `${textOf(get(get(route, "destination"), "host")).split(".")[0]}=${String(get(route, "weight"))}`)
    .sort()
    .join();
}

describe("the controller moves shares", () => {
  test("when it is time, everywhere, and is at rest in between and in the end", async () => {
    const { world, mesh } = await moving();
    const seen: string[] = [];
    for (let step = 0; step < 4; step++) {
      assert.equal(sharesIn(world, "eu"), sharesIn(world, "us"));
      seen.push(sharesIn(world, "us"));
      await world.pass(4 * minutes);
      await world.settled(mesh);
      assert.equal(sharesIn(world, "us"), seen.at(-1), "nothing moves before its time");
      await world.pass(minutes + 10_000);
      await world.settled(mesh);
    }
    const steps = ["eu-west-1=75,us-east-1=25", "eu-west-1=50,us-east-1=50", "eu-west-1=25,us-east-1=75"];
    assert.deepEqual(seen, [...steps, "us-east-1=100"]);
    assert.equal(world.cluster("us").find("VirtualService", `${host}-vs`), undefined);
    assert.equal(world.cluster("us").find("ServiceEntry", `eu-west-1.region.${host}-se`), undefined);
    const writes = world.writes().length;
    await world.pass(12 * minutes);
    assert.equal(world.writes().length, writes);
    assert.deepEqual(
      world.lines.filter(({ level }) => level === "error"),
      [],
    );
  });

  test("every second where that is asked for: nobody but the policy changes what is written", async () => {
    const { world, mesh } = await moving("3%/1s");
    await world.pass(45_000);
    await world.settled(mesh);
    assert.equal(sharesIn(world, "us"), "us-east-1=100");
    assert.deepEqual(
      world.lines.filter((line) => JSON.stringify(line).includes("FL847")),
      [],
    );
  });

  test("on from where they are after a restart, and after a long time without a controller by one step", async () => {
    const { world, mesh } = await moving();
    await mesh.stop();
    const second = await start(world);
    assert.equal(sharesIn(world, "us"), "eu-west-1=75,us-east-1=25");
    await world.pass(2 * minutes);
    await second.stop();
    await world.pass(30 * minutes);
    const third = await start(world);
    assert.equal(sharesIn(world, "us"), "eu-west-1=50,us-east-1=50");
    await world.pass(5 * minutes + 2_000);
    await world.settled(third);
    assert.equal(sharesIn(world, "us"), "eu-west-1=25,us-east-1=75");
  });

  test("no further while the region that gains does not answer; when it does, by one step and then in time", async () => {
    const { world, mesh } = await moving();
    world.cluster("us").cut();
    await world.until("us to be lost", () => mesh.clusters().some(({ view }) => view === "stale"));
    await world.pass(12 * minutes);
    assert.equal(sharesIn(world, "eu"), "eu-west-1=75,us-east-1=25");
    assert.ok(mesh.findings().some(({ code, message }) => code === "FL858" && message.includes("cluster us")));
    world.cluster("us").mend();
    await world.until("us to be back", () => mesh.clusters().every(({ view }) => view === "current"));
    await world.settled(mesh);
    assert.equal(sharesIn(world, "eu"), "eu-west-1=50,us-east-1=50");
    await world.pass(4 * minutes);
    assert.equal(sharesIn(world, "eu"), "eu-west-1=50,us-east-1=50");
    await world.pass(2 * minutes);
    await world.settled(mesh);
    assert.equal(sharesIn(world, "eu"), "eu-west-1=25,us-east-1=75");
  });

  test("and says so in the status of the policy", async () => {
    const { world, mesh } = await moving();
    await world.settled(mesh);
    const status = world.cluster("eu").find("GlobalTrafficPolicy", "orders", "shop")!["status"] as JsonObject;
    const [ready] = get(status, "conditions") as JsonObject[];
    assert.equal(ready!["reason"], "Shifting");
    assert.match(textOf(ready!["message"]), /has eu-west-1=75,us-east-1=25 on the way to us-east-1=100/);
  });
});
