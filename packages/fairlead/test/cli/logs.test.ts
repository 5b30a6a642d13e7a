import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import { KubeError, type Client } from "@fairlead/kube";
import { fakeClusters } from "../support/clusters.ts";
import { crashingPod, ordersApp, podObject, runningPod } from "../support/workload.ts";

type Answer = (query: URLSearchParams) => Readable | string | KubeError;

const at = (ms: number): string => `2026-11-21T10:00:${String(ms / 1000).padStart(2, "0")}.000000000Z`;

/** Clusters whose pods answer for their logs. */
function clusters(t: TestContext, logs: { readonly [pod: string]: Answer }, names: readonly string[] = ["east"]) {
  const asked: string[] = [];
  const objects = ordersApp([podObject("a", runningPod, { containers: ["app", "proxy"] }), podObject("b", runningPod)]);
  const wrap = (client: Client): Client =>
    Object.create(client, {
      stream: {
        async value(path: string) {
          const url = new URL(path, "http://x");
          const pod = url.pathname.split("/").at(-2)!;
          asked.push(`${pod}?${url.searchParams.toString()}`);
          const answer = logs[pod]!(url.searchParams);
          if (answer instanceof KubeError) throw answer;
          return typeof answer === "string" ? Readable.from([Buffer.from(answer)]) : answer;
        },
      },
    }) as Client;
  const fake = fakeClusters(t, Object.fromEntries(names.map((name) => [name, { objects }])), wrap);
  return { ...fake, asked };
}

const two = {
  a: () => `${at(1000)} one\n${at(3000)} three\n`,
  b: () => `${at(2000)} two\n`,
};

test("prints the lines of all pods of an App by time, each behind its pod", async (t) => {
  const { run } = clusters(t, two);
  const { code, stdout, stderr } = await run(["logs", "orders"]);
  assert.deepEqual([code, stdout, stderr], [0, "[a] one\n[b] two\n[a] three\n", ""]);
  const colored = await run(["logs", "App/orders", "--timestamps"], { color: true });
  assert.match(colored.stdout, /^\u001b\[\d+m\[a\]\u001b\[39m 2026-11-21T10:00:01\.000000000Z one\n/);
  const single = await run(["logs", "pod/b"]);
  assert.equal(single.stdout, "two\n");
});

test("asks for what the flags say", async (t) => {
  const { run, asked } = clusters(t, { a: () => "", b: () => "" });
  await run(["logs", "orders", "--since", "90s", "--tail", "5", "--previous", "-c", "proxy"]);
  assert.deepEqual(asked, ["a?sinceSeconds=90&tailLines=5&container=proxy&previous=true&timestamps=true"]);
  asked.length = 0;
  await run(["logs", "orders", "--all-containers"]);
  assert.deepEqual(
    asked.map((query) => /^.|container=\w+/g.exec(query)![0] + query.match(/container=(\w+)/)![1]).sort(),
    ["aapp", "aproxy", "bapp"],
  );
});

test("prints a JSON object per line, and names clusters where there are several", async (t) => {
  const { run } = clusters(t, two, ["east", "west"]);
  const { stdout } = await run(["logs", "orders", "-o", "json", "--cluster", "west"]);
  assert.deepEqual(JSON.parse(stdout.split("\n")[1]!), {
    cluster: "west",
    namespace: "shop",
    pod: "b",
    container: "app",
    time: at(2000),
    text: "two",
  });
  const both = await run(["logs", "orders", "--cluster", "east", "--cluster", "west"]);
  assert.deepEqual(both.stdout.split("\n").slice(2, 4), ["[east b] two", "[west b] two"]);
});

test("shows what can be read, and says what cannot", async (t) => {
  const waiting = new KubeError("bad-request", 'container "app" is waiting to start');
  const { run } = clusters(t, { a: () => waiting, b: two.b });
  const partly = await run(["logs", "orders"]);
  assert.deepEqual([partly.code, partly.stdout], [0, "[b] two\n"]);
  assert.match(
    partly.stderr,
    /warning FL767: east: the log of container app cannot be read: container "app" is waiting/,
  );
  const none = clusters(t, { a: () => waiting, b: () => waiting });
  assert.equal((await none.run(["logs", "orders"])).code, 1);
  const absent = await run(["logs", "Deployment/nope"]);
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /error FL763: east: there is no Deployment nope/);
  assert.match((await run(["logs", "nosuchkind/x"])).stderr, /error FL764: east: there is no kind "nosuchkind"/);
  assert.match((await run(["logs", "a/b/c"])).stderr, /error FL765: "a\/b\/c" is not KIND\/NAME/);
  assert.equal((await run(["logs", "orders", "--since", "soon"])).code, 2);
  assert.equal((await run(["logs", "orders", "--tail", "-1"])).code, 2);
  assert.equal((await run(["logs"])).code, 2);
});

test("follows all pods, and those that come, until it is interrupted", async (t) => {
  const stop = new AbortController();
  const streams = { a: new PassThrough(), b: new PassThrough(), c: new PassThrough() };
  const { run, clients, asked } = clusters(t, { a: () => streams.a, b: () => streams.b, c: () => streams.c });
  let printed = "";
  const seen = async (text: string): Promise<void> => {
    const deadline = performance.now() + 10_000;
    while (!printed.includes(text)) {
      assert.ok(performance.now() < deadline, `${text} did not come; there is ${printed}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const stdout = { write: (part: string) => void (printed += part) };
  const process = { stdout, stderr: { write: (part: string) => void (printed += part) }, env: {} };
  const running = run(["logs", "-f", "orders", "--tail", "0"], {
    context: { interrupted: () => stop.signal, process: process as never },
  });
  streams.a.write(`${at(1000)} one\n`);
  await seen("[a] one\n");
  await clients["east"]!.create(clients["east"]!.resource("Pod"), podObject("c", runningPod));
  streams.c.write(`${at(2000)} from the start\n`);
  await seen("[c] from the start\n");
  streams.b.write(`${at(3000)} two\n`);
  await seen("[b] two\n");
  assert.ok(asked.includes("a?container=app&follow=true&tailLines=0&timestamps=true"), asked.join("\n"));
  assert.ok(asked.includes("c?container=app&follow=true&timestamps=true"), asked.join("\n"));
  stop.abort();
  for (const stream of Object.values(streams)) stream.destroy(new KubeError("aborted", "aborted"));
  await running;
});

test("ends by itself when nothing will write any more", async (t) => {
  const done = { ...crashingPod, phase: "Succeeded", containerStatuses: [] };
  const { run } = fakeClusters(
    t,
    { east: { objects: [podObject("once", done, { alone: true })] } },
    (client) =>
      Object.create(client, {
        stream: { value: async () => Readable.from([Buffer.from(`${at(1000)} all of it\n`)]) },
      }) as Client,
  );
  const { code, stdout } = await run(["logs", "-f", "pod/once"]);
  assert.deepEqual([code, stdout], [0, "all of it\n"]);
});
