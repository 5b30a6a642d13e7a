import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { virtualClock, type VirtualClock } from "@fairlead/apimachinery";
import { memoryLog } from "../../../../test/run/memory-log.ts";
import type { ProxyShape } from "../../../plan/sidecars/model/facts.ts";
import type { Injector, Question } from "../../../plan/sidecars/model/question.ts";
import type { Asked } from "./asked.ts";
import { createOracle, type Oracle } from "./oracle.ts";
import type { InjectorFacts } from "./settle.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const injector = (inputs = "a"): Injector => ({
  id: "mwc/hook/0",
  revision: "default",
  client: undefined,
  timeoutSeconds: 10,
  inputs,
});
const question = (key: string, inputs = "a"): Question => ({
  key,
  cluster: "east",
  namespace: "shop",
  injector: injector(inputs),
  pod: { metadata: { name: key }, spec: { containers: [] } },
});
const shape = (image: string): ProxyShape => ({
  image,
  digest: "",
  revision: "",
  placement: "container",
  init: "init",
  resources: {},
  env: {},
  args: [],
  templates: "",
});

interface Scene {
  readonly clock: VirtualClock;
  readonly oracle: Oracle;
  /** Names of the pods that were asked about. */
  readonly asked: string[];
  readonly answered: string[];
  readonly facts: { -readonly [K in keyof InjectorFacts]: InjectorFacts[K] };
  /** By the pod's name; the image that is injected, `none`, or a failure. */
  answer: (name: string) => string | Extract<Asked, { kind: "failed" }>;
  most: number;
  isWanted: boolean;
  settle(): Promise<void>;
}

function scene(concurrency = 4): Scene {
  const clock = virtualClock(1_000_000);
  const { log } = memoryLog();
  const one: Scene = {
    clock,
    asked: [],
    answered: [],
    facts: { inputs: "a", rolledOut: true, image: "proxy:1" },
    answer: () => "proxy:1",
    most: 0,
    isWanted: true,
    oracle: undefined as never,
    async settle() {
      for (let turns = 0; turns < 30; turns++) await turn();
    },
  };
  let running = 0;
  const oracle = createOracle({
    settings: { ask: "auto", settleMs: 10_000, patienceMs: 600_000, timeoutMs: 1_000, concurrency },
    async ask({ pod }) {
      const { name } = pod["metadata"] as { name: string };
      const spec = JSON.stringify(pod["spec"]);
      one.asked.push(spec.includes("control") ? "control" : name);
      running++;
      one.most = Math.max(one.most, running);
      await turn();
      running--;
      const answer = one.answer(spec.includes("control") ? "control" : name);
      if (typeof answer !== "string") return answer;
      return { kind: "answered", by: "injector", pod: { spec: { image: answer } } };
    },
    shapeOf(pod) {
      const { image } = pod["spec"] as { image: string };
      return image === "none" ? undefined : shape(image);
    },
    factsOf: (_cluster, { inputs }) => ({ ...one.facts, inputs }),
    isWanted: () => one.isWanted,
    clock,
    log,
    onInjector: () => {},
    onAnswer: ({ key }) => void one.answered.push(key),
    onEnd: () => {},
  });
  return Object.assign(one, { oracle });
}

const failure = (why: "injector" | "answer"): Extract<Asked, { kind: "failed" }> => ({
  kind: "failed",
  why,
  by: "injector",
  message: why,
});

describe("questions", () => {
  test("are asked once each, so many at a time, until what they are answered by changes", async () => {
    const { oracle, asked, settle, ...rest } = scene(4);
    const keys = Array.from({ length: 20 }, (_, index) => `q${index}`);
    for (let round = 0; round < 3; round++) {
      oracle.want(keys.map((key) => question(key)));
      await settle();
    }
    assert.equal(asked.length, 20);
    assert.ok(rest.most <= 4);
    for (const key of keys) assert.equal(oracle.get(question(key))?.kind, "injected");
    assert.equal(oracle.get(question("q0", "b")), undefined);
    oracle.want([question("q0", "b"), question("q1", "b")]);
    await settle();
    assert.equal(asked.length, 22);
    assert.equal(oracle.get(question("q1", "b"))?.kind, "injected");
    await oracle.stop();
  });

  test("wait while an injector is down, and one of them tries it", async () => {
    const one = scene();
    one.answer = () => failure("injector");
    one.oracle.want(["a", "b", "c"].map((key) => question(key)));
    await one.settle();
    assert.deepEqual(
      [one.asked, one.oracle.state("east", injector())],
      [["a"], { kind: "failed", reason: "injector" }],
    );
    one.answer = () => "proxy:1";
    one.clock.advance(500);
    await one.settle();
    assert.deepEqual(one.asked, ["a", "a", "b", "c"]);
    assert.equal(one.oracle.isIdle(), true);
    await one.oracle.stop();
  });

  test("whose own answer is useless hold up no other, and are asked again more and more rarely", async () => {
    const one = scene();
    one.answer = (name) => (name === "bad" ? failure("answer") : "proxy:1");
    one.oracle.want([question("bad"), question("good")]);
    await one.settle();
    assert.deepEqual(one.oracle.get(question("bad")), { kind: "failed", message: "answer" });
    assert.equal(one.oracle.get(question("good"))?.kind, "injected");
    for (const [ms, times] of [
      [1_000, 2],
      [1_999, 2],
      [2_000, 3],
      [600_000, 4],
    ] as const) {
      one.clock.advance(ms);
      await one.settle();
      assert.equal(one.asked.filter((name) => name === "bad").length, times, `${ms}`);
    }
    await one.oracle.stop();
  });

  test("about pods that are not injected count while one is that asks for it", async () => {
    const one = scene();
    one.answer = (name) => (name === "off" ? "none" : "proxy:1");
    one.oracle.want([question("on"), question("off")]);
    await one.settle();
    const off = one.oracle.get(question("off"));
    assert.deepEqual(off, { kind: "injected", proxy: undefined, at: 1_000_000, by: "injector" });
    assert.deepEqual(one.asked, ["on", "off", "control", "off"]);
    one.answer = (name) => (name === "on" ? "proxy:1" : "none");
    one.oracle.want([question("other")]);
    await one.settle();
    assert.equal(one.oracle.get(question("other")), undefined);
    assert.equal(one.oracle.state("east", injector()).kind, "failed");
    await one.oracle.stop();
  });

  test("that failed, and that nobody wanted by the time of the next try, are put again when somebody does", async () => {
    const one = scene();
    one.answer = (name) => (name === "bad" ? failure("answer") : "proxy:1");
    one.oracle.want([question("bad"), question("good")]);
    await one.settle();
    // Somebody else leads for a while.
    one.isWanted = false;
    one.clock.advance(1_000);
    await one.settle();
    one.isWanted = true;
    one.answer = () => "proxy:1";
    one.oracle.want([question("bad")]);
    await one.settle();
    assert.equal(one.oracle.get(question("bad"))?.kind, "injected");
    await one.oracle.stop();
  });

  test("that an injector answered while it had forgotten its configuration for a moment are put once more", async () => {
    const one = scene();
    const answers = ["none"];
    one.answer = () => answers.shift() ?? "proxy:1";
    // The first probes, the second is asked of an injector that serves.
    for (const key of ["a", "b"]) {
      one.oracle.want([question(key)]);
      await one.settle();
      const answer = one.oracle.get(question(key));
      assert.equal(answer?.kind === "injected" ? answer.proxy?.image : "", "proxy:1");
      answers.push("none");
    }
    assert.deepEqual(one.asked, ["a", "control", "a", "b", "control", "b"]);
    await one.oracle.stop();
  });

  test("whose answers are doubted are asked again, once for each answer", async () => {
    const one = scene();
    one.oracle.want([question("a")]);
    await one.settle();
    const later = "2030-01-01T00:00:00Z";
    one.oracle.doubt(question("a"), "1970-01-01T00:00:00Z");
    assert.equal(one.oracle.get(question("a"))?.kind, "injected");
    one.oracle.doubt(question("a"), later);
    assert.equal(one.oracle.get(question("a")), undefined);
    await one.settle();
    assert.equal(one.oracle.get(question("a"))?.kind, "injected");
    one.oracle.doubt(question("a"), later);
    assert.equal(one.oracle.get(question("a"))?.kind, "injected");
    assert.deepEqual(one.asked, ["a", "a"]);
    await one.oracle.stop();
  });

  test("are not asked while the control plane rolls out, nor of a cluster that is gone", async () => {
    const one = scene();
    one.facts.rolledOut = false;
    one.oracle.want([question("a")]);
    await one.settle();
    assert.deepEqual([one.asked, one.oracle.state("east", injector()).kind], [[], "settling"]);
    one.oracle.drop("east");
    one.facts.rolledOut = true;
    one.oracle.observe("east");
    await one.settle();
    assert.deepEqual(one.asked, []);
    await one.oracle.stop();
  });
});
