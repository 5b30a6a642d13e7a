import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { isKubeError, KubeError } from "../errors.ts";
import { followLogs, type FollowClient, type FollowLogsOptions } from "./follow-logs.ts";
import type { LogLine } from "./log-line.ts";

const running = { state: { running: {} } };

interface PodOptions {
  readonly uid?: string;
  readonly restarts?: number;
  readonly state?: object;
  readonly phase?: string;
}

function pod({ uid = "u1", restarts = 0, state = running.state, phase = "Running" }: PodOptions = {}): KrmObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-1", namespace: "shop", uid },
    spec: { containers: [{ name: "app" }] },
    status: { phase, containerStatuses: [{ name: "app", restartCount: restarts, state: state as never }] },
  };
}

const at = (ms: number): string => new Date(Date.UTC(2026, 10, 21) + ms).toISOString().replace("Z", "000000Z");
const line = (ms: number, text: string): string => `${at(ms)} ${text}\n`;
const cutOff = new KubeError("connection", "the connection was cut");

type Answer = KubeError | readonly (string | KubeError)[];

/** A server by script: what it says of the pod each time, and how it answers requests for the log. */
function scripted(pods: readonly (KrmObject | KubeError)[], answers: readonly Answer[]) {
  const clock = virtualClock();
  const asked: { [name: string]: string }[] = [];
  const streams: Readable[] = [];
  let looks = 0;
  const client: FollowClient = {
    access: { name: "test", namespace: "shop" } as FollowClient["access"],
    get: (async () => {
      const next = pods[Math.min(looks++, pods.length - 1)]!;
      if (next instanceof KubeError) throw next;
      return next;
    }) as unknown as FollowClient["get"],
    async stream(path) {
      const answer = answers[asked.length];
      asked.push(Object.fromEntries(new URL(path, "http://x").searchParams));
      assert.ok(answer !== undefined, `asked once more: ${path}`);
      if (answer instanceof KubeError) throw answer;
      const stream = Readable.from(
        (function* () {
          for (const part of answer) {
            if (typeof part !== "string") throw part;
            yield Buffer.from(part);
          }
        })(),
        { objectMode: true },
      );
      streams.push(stream);
      return stream;
    },
  };
  async function lines(options: FollowLogsOptions = {}): Promise<string[]> {
    const texts: string[] = [];
    let done = false;
    const reading = (async () => {
      try {
        for await (const { text } of followLogs(client, { name: "web-1" }, { clock, ...options })) texts.push(text);
      } finally {
        done = true;
      }
    })();
    reading.catch(() => undefined);
    while (!done) {
      await new Promise((resolve) => setImmediate(resolve));
      if (clock.pending > 0) clock.next();
    }
    await reading;
    assert.ok(streams.every(({ destroyed }) => destroyed));
    assert.equal(clock.pending, 0);
    return texts;
  }
  return { client, clock, asked, lines };
}

const finished = pod({ phase: "Succeeded", state: { terminated: { exitCode: 0 } } });

test("reads on where a connection was cut, in the middle of a line and of a second", async () => {
  const { lines, asked } = scripted(
    [pod(), pod(), finished],
    [
      [line(0, "a"), line(900, "b"), line(900, "b again"), at(950).slice(0, 12), cutOff],
      [line(0, "a"), line(900, "b"), line(900, "b again"), line(950, "c"), `${at(1100)} unfinis`],
      [line(900, "b"), line(900, "b again"), line(950, "c"), `${at(1100)} unfinished`],
    ],
  );
  assert.deepEqual(await lines(), ["a", "b", "b again", "c", "unfinished"]);
  assert.deepEqual(asked, [
    { container: "app", follow: "true", timestamps: "true" },
    { container: "app", follow: "true", timestamps: "true", sinceTime: "2026-11-20T23:59:59Z" },
    { container: "app", follow: "false", timestamps: "true", sinceTime: "2026-11-20T23:59:59Z" },
  ]);
});

test("reads what the container wrote before it was restarted while nobody was connected", async () => {
  const { lines, asked } = scripted(
    [pod(), pod({ restarts: 1 }), pod({ uid: "another" })],
    [[line(0, "a"), cutOff], [line(0, "a"), line(10, "last words")], [line(20, "hello again")]],
  );
  assert.deepEqual(await lines(), ["a", "last words", "hello again"]);
  assert.equal(asked[1]!["previous"], "true");
  assert.equal(asked[2]!["previous"], undefined);
});

test("goes on where the node has forgotten the log before the restart", async () => {
  const forgotten = new KubeError("bad-request", "previous terminated container not found");
  const { lines } = scripted(
    [pod(), pod({ restarts: 1 }), finished],
    [[line(0, "a"), cutOff], forgotten, [line(20, "b")], [line(20, "b")]],
  );
  assert.deepEqual(await lines(), ["a", "b"]);
});

test("waits for a container that has not started, longer each time", async () => {
  const waiting = new KubeError("bad-request", 'container "app" is waiting to start: ContainerCreating');
  const { lines, clock } = scripted(
    [pod({ state: { waiting: {} }, phase: "Pending" }), pod({ state: { waiting: {} } }), pod(), finished],
    [waiting, waiting, [line(0, "a")], [line(0, "a")]],
  );
  assert.deepEqual(await lines(), ["a"]);
  assert.equal(clock.monotonic(), 250 + 500 + 250);
});

test("begins where it is told, once", async () => {
  const { lines, asked } = scripted(
    [pod(), pod(), finished],
    [[line(5000, "z")], [line(5000, "z"), line(6000, "new")], [line(5000, "z"), line(6000, "new")]],
  );
  assert.deepEqual(await lines({ tailLines: 1, container: "app" }), ["z", "new"]);
  assert.deepEqual(
    asked.map(({ tailLines, sinceTime }) => tailLines ?? sinceTime),
    ["1", "2026-11-21T00:00:04Z", "2026-11-21T00:00:05Z"],
  );
});

test("does not skip what comes while it reconnects before the first line", async () => {
  const { lines, asked } = scripted([pod(), pod(), finished], [[cutOff], [cutOff], [line(0, "a")]]);
  assert.deepEqual(await lines({ tailLines: 0 }), ["a"]);
  assert.deepEqual(
    asked.map(({ tailLines, sinceSeconds }) => [tailLines, sinceSeconds]),
    [
      ["0", undefined],
      [undefined, "2"],
      [undefined, "2"],
    ],
  );
});

test("passes on what the node says in place of a log, and carriage returns not at all", async () => {
  const { lines } = scripted(
    [finished],
    [["unable to retrieve container logs for containerd://x\n", `${at(1)} a\r\n`]],
  );
  assert.deepEqual(await lines(), ["unable to retrieve container logs for containerd://x", "a"]);
});

test("ends quietly with a container that ended without a log, and when the pod goes", async () => {
  const none = new KubeError("bad-request", "container app is not available");
  assert.deepEqual(await scripted([finished], [none]).lines(), []);
  const gone = new KubeError("not-found", "pods web-1 not found");
  assert.deepEqual(await scripted([pod(), gone], [[line(0, "a")]]).lines(), ["a"]);
});

test("throws what will not be otherwise the next time", async () => {
  const gone = new KubeError("not-found", "pods web-1 not found");
  const forbidden = new KubeError("forbidden", "no");
  await assert.rejects(scripted([gone], []).lines(), (error) => error === gone);
  await assert.rejects(scripted([pod()], [forbidden]).lines(), (error) => error === forbidden);
  await assert.rejects(scripted([pod()], []).lines({ container: "nope" }), (error) => {
    assert.ok(isKubeError(error, "bad-request"));
    assert.match(error.message, /there is no container nope; there are: app/);
    return true;
  });
  const stop = new AbortController();
  const { client, clock } = scripted([pod()], [[line(0, "a")]]);
  const following = followLogs(client, { name: "web-1" }, { clock, signal: stop.signal });
  assert.deepEqual((await following.next()).value satisfies LogLine | void, { time: at(0), text: "a" });
  const next = following.next();
  next.catch(() => undefined);
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await assert.rejects(next, (error) => isKubeError(error, "aborted"));
  assert.equal(clock.pending, 0);
});

test("cuts lines without an end", async () => {
  const { lines } = scripted(
    [finished],
    [[`${at(1)} `, ..."abcd".split("").map((c) => c.repeat(512 * 1024)), "\n", line(2, "next")]],
  );
  const [long, next] = await lines();
  assert.equal(long!.length, 1024 * 1024 - at(1).length - 1);
  assert.equal(next, "next");
});
