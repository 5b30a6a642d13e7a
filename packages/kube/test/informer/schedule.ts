import fc from "fast-check";
import { KubeError } from "../../src/errors.ts";
import type { Streaming, Weather } from "./faulty-server.ts";
import { gone } from "./model-server.ts";

/** One random course of events. */
export interface Schedule {
  readonly streaming: Streaming;
  /** Objects at the start. */
  readonly start: number;
  readonly pageLimit: number;
  /** Of one request after the other; fine once it is used up. */
  readonly weather: readonly Weather[];
  readonly actions: readonly Action[];
  readonly rolls: readonly number[];
}

/** What others do to the server, and how long after the last. */
export type Action = { readonly afterMs: number } & (
  | { readonly kind: "put" | "delete"; readonly name: string }
  /** Deletes and creates again: another object of the same name. */
  | { readonly kind: "replace"; readonly name: string }
  | { readonly kind: "compact" | "bookmark" }
);

const errors: readonly KubeError[] = [
  gone(),
  new KubeError("server-error", "boom", { httpStatus: 500 }),
  new KubeError("unavailable", "restarting", { httpStatus: 503 }),
  new KubeError("too-many-requests", "slow down", { httpStatus: 429, retryAfterMs: 2000 }),
  new KubeError("unauthorized", "who are you", { httpStatus: 401 }),
  new KubeError("forbidden", "not you", { httpStatus: 403 }),
  new KubeError("not-found", "no such resource", { httpStatus: 404 }),
  new KubeError("connection", "reset"),
  new KubeError("protocol", "rubbish"),
  new KubeError("bad-request", "what?", { httpStatus: 400 }),
];

const error = fc.constantFrom(...errors);
const after = fc.nat({ max: 5 });

const weather: fc.Arbitrary<Weather> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Weather>({ kind: "fine" }) },
  fc.record({ kind: fc.constant("refused" as const), error }),
  fc.record({ kind: fc.constant("silent" as const), after }),
  fc.record({ kind: fc.constant("broken" as const), after, error }),
  fc.record({ kind: fc.constant("ends" as const), after }),
  fc.constant<Weather>({ kind: "twice" }),
  fc.constant<Weather>({ kind: "endless" }),
);

const afterMs = fc.oneof(
  { weight: 4, arbitrary: fc.nat({ max: 20 }) },
  { weight: 2, arbitrary: fc.nat({ max: 3000 }) },
  { weight: 1, arbitrary: fc.nat({ max: 700_000 }) },
);
const name = fc.constantFrom("a", "b", "c", "d", "e", "f");

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("put" as const, "delete" as const), name, afterMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("replace" as const), name, afterMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("compact" as const, "bookmark" as const), afterMs }) },
);

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  streaming: fc.constantFrom<Streaming>("knows", "knows", "refuses", "ignores"),
  start: fc.nat({ max: 8 }),
  pageLimit: fc.integer({ min: 1, max: 4 }),
  weather: fc.array(weather, { maxLength: 14 }),
  actions: fc.array(action, { maxLength: 30 }),
  rolls: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 5 }),
});
