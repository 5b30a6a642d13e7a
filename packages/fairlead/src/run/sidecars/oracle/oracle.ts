import type { Cancel, Clock, JsonObject } from "@fairlead/apimachinery";
import type { ProxyShape } from "../../../plan/sidecars/model/facts.ts";
import type { Answer, Answers, Injector, Question } from "../../../plan/sidecars/model/question.ts";
import type { OracleSettings } from "../../../plan/sidecars/model/settings.ts";
import { errorFields, type Log } from "../../log.ts";
import { createAnswerCache } from "./answer-cache.ts";
import type { AskOne } from "./ask.ts";
import type { Asked } from "./asked.ts";
import { controlOf, nothingInjected } from "./control.ts";
import { injectorId, plainest, questionId } from "./question-id.ts";
import {
  initialSettle,
  settleAgain,
  stepSettle,
  type InjectorFacts,
  type SettleInput,
  type SettleState,
} from "./settle.ts";

export interface OracleOptions {
  readonly settings: OracleSettings;
  readonly ask: AskOne;
  /** The proxy of a pod as an injector left it. */
  readonly shapeOf: (pod: JsonObject, question: Question) => ProxyShape | undefined;
  /** What is observed of what an injector answers by. */
  readonly factsOf: (cluster: string, injector: Injector) => InjectorFacts;
  /** Whether a decision still waits for a question. */
  readonly isWanted: (question: Question) => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** `state` of an injector, and whatever it has answered, may be another. */
  readonly onInjector: (cluster: string, injector: string) => void;
  /** `get` of a question may answer otherwise. */
  readonly onAnswer: (question: Question) => void;
  /** A call has ended: `isIdle` may be true. */
  readonly onEnd: () => void;
  /** A question was put; for metrics. */
  readonly onAsked?: (asked: Asked, seconds: number) => void;
}

export interface InjectorStatus {
  readonly cluster: string;
  readonly injector: string;
  readonly revision: string;
  readonly phase: SettleState["phase"];
  readonly reason: string;
  /** Questions that wait for it. */
  readonly waiting: number;
}

/** Asks injectors what decisions need, each question once, and says what is known by now. */
export interface Oracle extends Answers {
  want(questions: Iterable<Question>): void;
  /** What injectors of a cluster answer by may have changed. */
  observe(cluster: string): void;
  /** Pods that came to be up to `since` (RFC 3339) contradict the answer: it is asked again, once for each answer. */
  doubt(question: Question, since: string): void;
  /** Trusts no answer any longer, for what it is worth: everything is asked again. */
  refresh(): void;
  /** Forgets a cluster. */
  drop(cluster: string): void;
  injectors(): readonly InjectorStatus[];
  /** Whether nothing is being asked, and no configuration is waited for. */
  isIdle(): boolean;
  stop(): Promise<void>;
}

interface Entry {
  readonly cluster: string;
  injector: Injector;
  settle: SettleState;
  /** What probes ask. */
  probe: Question | undefined;
  readonly waiting: Map<string, Question>;
  isProbing: boolean;
  cancel: Cancel;
}

const firstRetryMs = 1_000;
const lastRetryMs = 300_000;

export function createOracle(options: OracleOptions): Oracle {
  const { settings, clock, log, onInjector, onAnswer } = options;
  const entries = new Map<string, Entry>();
  const cache = createAnswerCache();
  /** Questions that failed by themselves: how often in a row, and what undoes the next try. */
  const retries = new Map<string, { failures: number; cancel: Cancel }>();
  /** By cluster: calls under way. */
  const busy = new Map<string, number>();
  const asking = new Set<string>();
  const calls = new Set<Promise<void>>();
  const ending = new AbortController();

  function entryOf(cluster: string, injector: Injector): Entry {
    const id = injectorId(cluster, injector);
    const known = entries.get(id);
    if (known !== undefined) {
      if (known.injector.inputs !== injector.inputs) {
        known.injector = injector;
        step(known, { kind: "facts", facts: options.factsOf(cluster, injector) });
      }
      return known;
    }
    const settle = initialSettle(options.factsOf(cluster, injector), clock.monotonic());
    const entry: Entry = {
      cluster,
      injector,
      settle,
      probe: undefined,
      waiting: new Map(),
      isProbing: false,
      cancel: () => {},
    };
    entries.set(id, entry);
    return entry;
  }

  function step(entry: Entry, input: SettleInput): void {
    const before = entry.settle;
    entry.settle = stepSettle(before, input, clock.monotonic(), settings);
    const { phase, reason, epoch } = entry.settle;
    if (phase !== before.phase || reason !== before.reason || epoch !== before.epoch) {
      const { cluster, injector } = entry;
      log.debug({ cluster, injector: injector.id, phase, reason }, "an injector's state");
      // Whoever asks for it now is deciding, and must not be told in between.
      queueMicrotask(() => void (ending.signal.aborted || onInjector(cluster, injector.id)));
    }
    advance(entry);
  }

  /** Does what the state asks for: a probe, questions, a timer. */
  function advance(entry: Entry): void {
    entry.cancel();
    entry.cancel = () => {};
    if (ending.signal.aborted) return;
    const { settle } = entry;
    if (settle.phase === "serving") pump(entry.cluster);
    const at = settleAgain(settle, settings);
    if (at === undefined || entry.isProbing) return;
    const ms = at - clock.monotonic();
    if (ms > 0) {
      entry.cancel = clock.after(ms, () => {
        if (entry.settle.phase === "rolling") step(entry, { kind: "time" });
        else advance(entry);
      });
    } else if (settle.phase === "rolling") step(entry, { kind: "time" });
    else probe(entry);
  }

  function probe(entry: Entry): void {
    entry.probe ??= plainest(entry.waiting.values());
    const question = entry.probe;
    // Nobody has a question: the injector's state is nobody's concern.
    if (question === undefined) return;
    entry.isProbing = true;
    const { inputs } = entry.settle.facts;
    run(async () => {
      try {
        await probeWith(entry, question, inputs);
      } finally {
        entry.isProbing = false;
        advance(entry);
      }
    });
  }

  async function probeWith(entry: Entry, question: Question, inputs: string): Promise<void> {
    const at = clock.now();
    const asked = await put(question);
    if (ending.signal.aborted || entries.get(injectorId(entry.cluster, entry.injector)) !== entry) return;
    // What it says counts only for the configuration about which it was asked.
    if (inputs !== entry.settle.facts.inputs) return;
    if (asked.kind === "failed") {
      if (asked.why !== "answer")
        return step(entry, { kind: "probed", probed: { kind: "failed", message: asked.message } });
      failed(entry, question, asked.message);
      entry.probe = plainest([...entry.waiting.values()].filter((one) => !retries.has(questionId(one))));
      if (entry.probe !== undefined) return;
      return step(entry, { kind: "probed", probed: { kind: "failed", message: asked.message } });
    }
    let proxy = options.shapeOf(asked.pod, question);
    let shown = proxy;
    if (proxy === undefined) {
      const control = controlOf(question);
      const other = await put(control);
      if (ending.signal.aborted || inputs !== entry.settle.facts.inputs) return;
      shown = other.kind === "answered" ? options.shapeOf(other.pod, control) : undefined;
      const message = other.kind === "failed" ? other.message : nothingInjected;
      if (shown === undefined) return step(entry, { kind: "probed", probed: { kind: "failed", message } });
      const again = await put(question);
      if (ending.signal.aborted || inputs !== entry.settle.facts.inputs) return;
      if (again.kind === "failed")
        return step(entry, { kind: "probed", probed: { kind: "failed", message: again.message } });
      proxy = options.shapeOf(again.pod, question);
      // It tells more than a pod that is never injected.
      entry.probe = control;
    }
    const probed = { kind: "answered", image: shown?.image, digest: JSON.stringify(shown ?? null) } as const;
    const next = stepSettle(entry.settle, { kind: "probed", probed }, clock.monotonic(), settings);
    if (next.phase === "serving") {
      answered(entry, question, { kind: "injected", proxy, at, by: asked.by }, next.epoch);
    }
    step(entry, { kind: "probed", probed });
  }

  function pump(cluster: string): void {
    for (const entry of entries.values()) {
      if (entry.cluster !== cluster || entry.settle.phase !== "serving") continue;
      for (const [id, question] of entry.waiting) {
        if ((busy.get(cluster) ?? 0) >= settings.concurrency) return;
        if (asking.has(id)) continue;
        entry.waiting.delete(id);
        if (options.isWanted(question)) askOne(entry, id, question);
      }
    }
  }

  function askOne(entry: Entry, id: string, question: Question): void {
    const { cluster } = entry;
    asking.add(id);
    busy.set(cluster, (busy.get(cluster) ?? 0) + 1);
    const { epoch } = entry.settle;
    run(async () => {
      const at = clock.now();
      const { asked, proxy } = await verified(await put(question), question);
      asking.delete(id);
      busy.set(cluster, (busy.get(cluster) ?? 1) - 1);
      if (ending.signal.aborted || entries.get(injectorId(cluster, entry.injector)) !== entry) return;
      if (epoch !== entry.settle.epoch) entry.waiting.set(id, question);
      else if (asked.kind === "answered") {
        answered(entry, question, { kind: "injected", proxy, at, by: asked.by }, epoch);
      } else if (asked.why === "answer") failed(entry, question, asked.message);
      else {
        entry.waiting.set(id, question);
        step(entry, { kind: "broken", message: asked.message });
      }
      pump(cluster);
    });
  }

  function answered(entry: Entry, question: Question, answer: Answer, epoch: number): void {
    const id = questionId(question);
    entry.waiting.delete(id);
    forgetRetry(id);
    cache.set(id, epoch, answer);
    entry.probe ??= question;
    onAnswer(question);
  }

  function failed(entry: Entry, question: Question, message: string): void {
    const id = questionId(question);
    entry.waiting.delete(id);
    const before = retries.get(id);
    before?.cancel();
    const failures = (before?.failures ?? 0) + 1;
    const ms = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 12));
    const cancel = clock.after(ms, () => {
      if (!options.isWanted(question)) return forgetRetry(id);
      entry.waiting.set(id, question);
      advance(entry);
    });
    retries.set(id, { failures, cancel });
    cache.set(id, entry.settle.epoch, { kind: "failed", message });
    onAnswer(question);
  }

  function forgetRetry(id: string): void {
    retries.get(id)?.cancel();
    retries.delete(id);
  }

  /**
   * That a pod is not injected counts only if another one is, and it is not once more after that: an injector that forgot its
   * configuration for a moment may have found it again between two questions.
   */
  async function verified(asked: Asked, question: Question): Promise<{ asked: Asked; proxy?: ProxyShape | undefined }> {
    if (asked.kind === "failed") return { asked };
    const proxy = options.shapeOf(asked.pod, question);
    if (proxy !== undefined) return { asked, proxy };
    const control = controlOf(question);
    const other = await put(control);
    if (other.kind === "failed") return { asked: other };
    if (options.shapeOf(other.pod, control) === undefined)
      return { asked: { kind: "failed", why: "injector", by: other.by, message: nothingInjected } };
    const again = await put(question);
    return again.kind === "failed" ? { asked: again } : { asked: again, proxy: options.shapeOf(again.pod, question) };
  }

  async function put(question: Question): Promise<Asked> {
    const begun = clock.monotonic();
    let asked: Asked;
    try {
      asked = await options.ask(question, ending.signal);
    } catch (error) {
      log.error({ error: errorFields(error) }, "a question could not be put");
      asked = {
        kind: "failed",
        why: "answer",
        by: "injector",
        message: "it could not be asked: an error of the program",
      };
    }
    options.onAsked?.(asked, (clock.monotonic() - begun) / 1000);
    return asked;
  }

  function run(work: () => Promise<void>): void {
    const call = work()
      .catch((error: unknown) => log.error({ error: errorFields(error) }, "an answer could not be taken in"))
      .finally(() => {
        calls.delete(call);
        options.onEnd();
      });
    calls.add(call);
  }

  return {
    get(question) {
      const entry = entryOf(question.cluster, question.injector);
      return cache.get(questionId(question), entry.settle.epoch);
    },
    state(cluster, injector) {
      const { phase, reason } = entryOf(cluster, injector).settle;
      if (phase === "serving") return { kind: "serving" };
      return phase === "failed" ? { kind: "failed", reason } : { kind: "settling", reason };
    },
    want(questions) {
      const touched = new Set<Entry>();
      for (const question of questions) {
        const entry = entryOf(question.cluster, question.injector);
        const id = questionId(question);
        const known = cache.get(id, entry.settle.epoch);
        // A failure that nobody wanted to hear of any more is not tried again by itself.
        const isKnown = known !== undefined && (known.kind !== "failed" || retries.has(id));
        if (isKnown || asking.has(id)) continue;
        entry.waiting.set(id, question);
        touched.add(entry);
      }
      for (const entry of touched) advance(entry);
    },
    observe(cluster) {
      for (const entry of entries.values()) {
        if (entry.cluster !== cluster) continue;
        step(entry, { kind: "facts", facts: options.factsOf(cluster, entry.injector) });
      }
    },
    doubt(question, since) {
      const entry = entryOf(question.cluster, question.injector);
      const { phase, epoch } = entry.settle;
      if (phase !== "serving" || !cache.doubt(questionId(question), epoch, Date.parse(since))) return;
      entry.waiting.set(questionId(question), question);
      onAnswer(question);
      advance(entry);
    },
    refresh() {
      for (const entry of entries.values()) entry.settle = { ...entry.settle, epoch: entry.settle.epoch + 1 };
    },
    drop(cluster) {
      for (const [id, entry] of entries) {
        if (entry.cluster !== cluster) continue;
        entry.cancel();
        entries.delete(id);
      }
    },
    injectors: () =>
      [...entries.values()]
        .map(({ cluster, injector, settle: { phase, reason }, waiting }) => ({
          cluster,
          injector: injector.id,
          revision: injector.revision,
          phase,
          reason,
          waiting: waiting.size,
        }))
        .sort((a, b) => (`${a.cluster} ${a.injector}` < `${b.cluster} ${b.injector}` ? -1 : 1)),
    isIdle: () =>
      calls.size === 0 &&
      [...entries.values()].every(
        ({ settle: { phase }, waiting, probe: one }) =>
          phase === "failed" ||
          (phase === "serving" && waiting.size === 0) ||
          (waiting.size === 0 && one === undefined),
      ),
    async stop() {
      ending.abort(new DOMException("the controller stops", "AbortError"));
      for (const entry of entries.values()) entry.cancel();
      for (const { cancel } of retries.values()) cancel();
      retries.clear();
      await Promise.all(calls);
    },
  };
}
