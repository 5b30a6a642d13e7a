/** What happens to the controllers, their cluster and their clocks in one run. */
import type { InjectorFault } from "@fairlead/sim";
import fc from "fast-check";

/** Requests are counted from the upgrade on: it happens at one of them. */
export interface Chaos {
  /** How pods are replaced. */
  readonly mode: "annotate" | "evict";
  readonly end: Ending;
  readonly api: readonly { readonly at: number; readonly fault: ApiFault; readonly times: number }[];
  readonly injector: { readonly at: number; readonly fault: InjectorFault; readonly forMs: number } | undefined;
  readonly jumps: readonly { readonly at: number; readonly ms: number }[];
  /** Another upgrade while the first is under way. */
  readonly again: number | undefined;
  /** Somebody restarts a workload by hand. */
  readonly byHand: { readonly at: number; readonly which: number } | undefined;
  /** Somebody deletes the journal's ConfigMap, or edits it. */
  readonly journal: { readonly at: number; readonly how: JournalEdit } | undefined;
  /** Somebody else takes the Lease and never renews it, or deletes it. */
  readonly lease: { readonly at: number; readonly how: "steal" | "delete" } | undefined;
  /** The namespace leaves the mesh for a while. */
  readonly relabel: { readonly at: number; readonly forMs: number } | undefined;
}

/**
 * `die`: nothing that the leader sends arrives any more; `stall`: it arrives after half a minute, when others have taken over;
 * `sleep`: it arrives when others have done everything. At one of the writes of journal, workloads and evictions, at one of all requests,
 * or between them: so many milliseconds after the upgrade.
 */
export interface Ending {
  readonly at: number;
  readonly of: "writes" | "requests" | "ms";
  readonly how: "die" | "stall" | "sleep";
}

/** `down`: no connection is accepted for so many seconds; the others befall so many requests, or all connections at once. */
export type ApiFault = "error" | "unavailable" | "drop" | "lose" | "gone" | "cut" | "blind" | "down";
/** `rewind`: what it said when the run began; `empty`: no journal in it; `garble`: nothing that can be read. */
export type JournalEdit = "delete" | "rewind" | "empty" | "garble";

const minute = 60_000;
const within = fc.integer({ min: 1, max: 60 });
const how = fc.constantFrom<Ending["how"]>("die", "stall", "sleep");
const down: readonly InjectorFault[] = [
  { kind: "status", status: 503 },
  { kind: "hang" },
  { kind: "reset" },
  { kind: "text" },
  { kind: "undecodable patch" },
  { kind: "wrong uid" },
  { kind: "denied", message: "no" },
];

const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Nothing but an upgrade. */
export const calm: Omit<Chaos, "end"> = {
  mode: "annotate",
  api: [],
  injector: undefined,
  jumps: [],
  again: undefined,
  byHand: undefined,
  journal: undefined,
  lease: undefined,
  relabel: undefined,
};

export const chaos: fc.Arbitrary<Chaos> = fc.record({
  mode: fc.oneof(
    { weight: 3, arbitrary: fc.constant("annotate" as const) },
    { weight: 1, arbitrary: fc.constant("evict" as const) },
  ),
  end: fc.oneof(
    fc.record({ at: within, of: fc.constant("requests" as const), how }),
    fc.record({ at: fc.integer({ min: 1, max: 15 }), of: fc.constant("writes" as const), how }),
    fc.record({ at: fc.integer({ min: 1, max: 12_000 }), of: fc.constant("ms" as const), how }),
  ),
  api: fc.array(
    fc.record({
      at: within,
      fault: fc.constantFrom<ApiFault>("error", "unavailable", "drop", "lose", "gone", "cut", "blind", "down"),
      times: fc.integer({ min: 1, max: 8 }),
    }),
    { maxLength: 4 },
  ),
  injector: fc.option(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          at: within,
          fault: fc.constantFrom(...down),
          forMs: fc.integer({ min: 500, max: 40_000 }),
        }),
      },
      // What it answers while nobody is restarted yet is what pods would get, too.
      {
        weight: 1,
        arbitrary: fc.record({
          at: fc.constant(0),
          fault: fc.constant<InjectorFault>({ kind: "nothing" }),
          forMs: fc.constant(5_000),
        }),
      },
      // It leaves pods as they are that are made meanwhile: whoever was restarted for them is told of, and not restarted again.
      {
        weight: 1,
        arbitrary: fc.record({
          at: within,
          fault: fc.constant<InjectorFault>({ kind: "nothing" }),
          forMs: fc.integer({ min: 100, max: 10_000 }),
        }),
      },
    ),
    { nil: undefined },
  ),
  jumps: fc.array(fc.record({ at: within, ms: fc.constantFrom(-120 * minute, -minute, minute, 180 * minute) }), {
    maxLength: 2,
  }),
  again: fc.option(within, { nil: undefined, freq: 3 }),
  byHand: fc.option(fc.record({ at: within, which: fc.nat(20) }), { nil: undefined }),
  journal: seldom(fc.record({ at: within, how: fc.constantFrom<JournalEdit>("delete", "rewind", "empty", "garble") })),
  lease: seldom(fc.record({ at: within, how: fc.constantFrom("steal" as const, "delete" as const) })),
  relabel: seldom(fc.record({ at: within, forMs: fc.integer({ min: 100, max: 30_000 }) })),
});

/** Whether pods come to be, in the midst of a run, with something else than the injector is to give them. */
export function isMisled({ injector }: Chaos): boolean {
  return injector?.fault.kind === "nothing" && injector.at > 0;
}
