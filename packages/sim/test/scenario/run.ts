import { isObject, parseJson, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { createNormalizer, type Normalizer } from "./normalize.ts";
import type { Answer, Scenario, Step } from "./scenario.ts";

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Of a watch: how many lines are waited for. */
  readonly lines: number | undefined;
}

export interface Received {
  readonly status: number;
  readonly warnings: readonly string[];
  readonly text: string;
}

/** Sends one request to a server, as an administrator. */
export type Send = (request: Sent) => Promise<Received>;

export interface RunOptions {
  readonly send: Send;
  /** A namespace that is the scenario's own, and exists. */
  readonly namespace: string;
  /** Waits before a step is tried again. */
  readonly pause: () => Promise<void>;
  /** Words of requests that stand for what differs from run to run; answers have the words again. */
  readonly words?: Readonly<Record<string, string>>;
}

/** Runs the steps and gives them with the answers that came. */
export async function runScenario(
  scenario: Scenario,
  { send: sendWords, namespace, pause, words = {} }: RunOptions,
): Promise<readonly Step[]> {
  const normalizer = createNormalizer(namespace);
  const send: Send = async (request) => {
    const received = await sendWords({ ...request, body: request.body && withWords(request.body, words) });
    const back = Object.entries(words).map(([word, value]): [string, string] => [value, word]);
    return { ...received, text: withWords(received.text, Object.fromEntries(back)) };
  };
  const done: Step[] = [];
  let continueToken = "";
  for (const step of scenario.steps) {
    const request = sentOf(step, namespace, normalizer, continueToken);
    let received = await send(request);
    for (let attempt = 0; step.until !== undefined && received.status !== step.until && attempt < 200; attempt++) {
      await pause();
      received = await send(request);
    }
    const body = read(received.text);
    const found = isObject(body) && isObject(body["metadata"]) ? body["metadata"]["continue"] : undefined;
    if (typeof found === "string") continueToken = found;
    done.push({ ...withoutAnswer(step), answer: answerOf(step, received, normalizer) });
  }
  return done;
}

function withWords(text: string, words: Readonly<Record<string, string>>): string {
  return Object.entries(words).reduce((result, [word, value]) => result.replaceAll(word, value), text);
}

function withoutAnswer({ answer: _answer, ...step }: Step): Step {
  return step;
}

function sentOf(step: Step, namespace: string, normalizer: Normalizer, continueToken: string): Sent {
  const put = (text: string): string =>
    normalizer.restore(text.replaceAll(/\bNS\b/g, namespace).replaceAll("CONTINUE", continueToken));
  const space = step.request.indexOf(" ");
  const headers: Record<string, string> = { "User-Agent": "scenario/1", ...step.headers };
  if (step.body !== undefined) headers["Content-Type"] ??= "application/json";
  if (step.as !== undefined) {
    const [user = "", groups = ""] = step.as.split(/:(?=[^:]*$)/);
    headers["Impersonate-User"] = put(user);
    if (groups !== "") headers["Impersonate-Group"] = put(groups);
  }
  const body =
    step.body === undefined ? undefined : put(typeof step.body === "string" ? step.body : JSON.stringify(step.body));
  return {
    method: step.request.slice(0, space),
    path: put(step.request.slice(space + 1)),
    headers,
    body,
    lines: step.events,
  };
}

function read(text: string): JsonValue {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

function answerOf(step: Step, { status, warnings, text }: Received, normalizer: Normalizer): Answer {
  const without = (value: JsonValue): JsonValue =>
    (step.without ?? []).reduce((result, path) => take(result, path.split(".")), value);
  const shown = warnings.length === 0 ? {} : { warnings: warnings.map((one) => normalizer.text(one)) };
  if (step.events !== undefined && status === 200) {
    const events = text
      .split("\n")
      .filter((line) => line !== "")
      .slice(0, step.events)
      .map((line) => normalizer.value(without(read(line))));
    return { status, ...shown, events };
  }
  return text === "" ? { status, ...shown } : { status, ...shown, body: normalizer.value(without(read(text))) };
}

/** The value without what lies at a path; `*` goes through every item or field, a number is that of an item. */
function take(value: JsonValue, [key, ...rest]: readonly string[]): JsonValue {
  if (key === undefined) return value;
  if (Array.isArray(value)) {
    if (key === "*") return value.map((item) => take(item, rest));
    return rest.length > 0 ? value : value.filter((_, index) => String(index) !== key);
  }
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const name of Object.keys(value)) {
    if (name !== key && key !== "*") setOwn(result, name, value[name]!);
    else if (rest.length > 0) setOwn(result, name, take(value[name]!, rest));
  }
  return result;
}
