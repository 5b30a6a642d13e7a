import assert from "node:assert/strict";
import { Agent, request } from "node:https";
import { test } from "node:test";
import { runs } from "../../../scripts/runs.ts";
import { createCluster, type Cluster } from "../src/cluster/create-cluster.ts";
import { seededRandom } from "../src/cluster/random.ts";
import { chanceOf } from "./fuzz/chance.ts";
import { checkStore } from "./fuzz/check-store.ts";
import { randomRequest, type RandomRequest } from "./fuzz/random-request.ts";

/** The status of the answer; a watch is left as soon as it is one. */
function send({ url, token, certificate }: Cluster, agent: Agent, one: RandomRequest): Promise<number> {
  const { method, target, headers, body } = one;
  // There is a path for watches, too.
  const isWatch = /watch[=/]/.test(target);
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const all = { ...headers, authorization: `Bearer ${token}`, "content-length": String(body.length) };
    const outgoing = request(
      { hostname, port, ca: certificate, agent, method, path: target, headers: all },
      (response) => {
        const status = response.statusCode!;
        response.on("error", () => undefined);
        response.once("data", () => {
          if (isWatch) outgoing.destroy();
        });
        response.on("close", () => resolve(status));
        response.resume();
        if (isWatch) setTimeout(() => outgoing.destroy(), 50).unref();
      },
    );
    // An answer that comes before the whole body has been sent may end the connection.
    outgoing.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EPIPE" || error.code === "ECONNRESET" ? resolve(0) : reject(error),
    );
    outgoing.end(body);
  });
}

test("answers whatever comes over the wire, with controllers that live on it", { timeout: 600_000 }, async (t) => {
  const { numRuns, seed = Math.floor(Math.random() * 2 ** 32) } = runs(150);
  const errors: unknown[] = [];
  const cluster = await createCluster({ onError: (error) => errors.push(error) });
  const agent = new Agent({ keepAlive: true });
  const chance = chanceOf(seededRandom(seed));
  const statuses = new Map<number, number>();
  try {
    for (let sent = 0; sent < numRuns; sent++) {
      const status = await send(cluster, agent, randomRequest(cluster.core, chance));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    // It is in good health, and so is what it stores.
    const last = { method: "GET", target: "/readyz", headers: {}, body: Buffer.of() };
    assert.equal(await send(cluster, agent, last), 200);
    checkStore(cluster.core.store);
  } finally {
    agent.destroy();
    await cluster.stop();
  }
  // What a control loop stumbles over is tried again, and stops nobody else.
  t.diagnostic(`${errors.length} errors of control loops, the first: ${String(errors[0])}`);
  t.diagnostic(`seed ${seed}: ${[...statuses].map(([status, times]) => `${status}: ${times}`).join(", ")}`);
  assert.ok((statuses.get(201) ?? 0) > 0 && (statuses.get(0) ?? 0) < numRuns / 20);
});
