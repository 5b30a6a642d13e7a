import fc from "fast-check";
import type { ConnectionFault, FaultSchedule, RequestFault } from "./schedule.ts";

const lines = fc.nat(6);
// A handshake is some 2,000 bytes, an event some 300.
const bytes = fc.oneof(fc.nat(3_000), fc.integer({ min: 3_000, max: 12_000 }));
const ms = fc.integer({ min: 1, max: 60 });

const connectionFaults: fc.Arbitrary<ConnectionFault> = fc.oneof(
  fc.record({ kind: fc.constantFrom("fin", "rst", "silence", "garble"), afterBytes: bytes }),
  fc.record({ kind: fc.constant("slow"), ms }),
);

const requestFaults: fc.Arbitrary<RequestFault> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("answer"), status: fc.constantFrom(410, 429, 500, 503) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait"), ms }) },
  { weight: 1, arbitrary: fc.constant<RequestFault>({ kind: "goaway" }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("truncate", "corrupt", "end", "expire", "reset", "drop"),
      afterLines: lines,
    }),
  },
);

/** Most of the connections and requests of the first two seconds go wrong. */
export const faultSchedules: fc.Arbitrary<FaultSchedule> = fc.record({
  connections: fc.array(fc.option(connectionFaults, { freq: 2 }), { minLength: 4, maxLength: 12 }),
  requests: fc.array(fc.option(requestFaults, { freq: 3 }), { minLength: 8, maxLength: 30 }),
  outages: fc.array(fc.record({ afterMs: fc.nat(800), forMs: fc.integer({ min: 20, max: 300 }) }), { maxLength: 2 }),
});
