/** Whether the other side is still there. Times are of a monotonic clock, in milliseconds. */
export interface Heartbeat {
  /** When anything was heard last. */
  readonly heardAt: number;
  /** While this side does not read, it cannot hear either. */
  readonly paused: boolean;
}

export type HeartbeatInput =
  | { readonly kind: "heard"; readonly at: number }
  | { readonly kind: "paused" }
  | { readonly kind: "resumed"; readonly at: number }
  | { readonly kind: "tick"; readonly at: number };

export type HeartbeatEffect = "ping" | "dead";

/** How often the other side is asked; as kubectl does, which keeps load balancers from closing idle connections. */
export const beatMs = 10_000;
/** After how much silence it is taken for dead. */
export const silenceMs = 60_000;

export function heartbeat(at: number): Heartbeat {
  return { heardAt: at, paused: false };
}

export function stepHeartbeat(
  state: Heartbeat,
  input: HeartbeatInput,
): { readonly state: Heartbeat; readonly effects: readonly HeartbeatEffect[] } {
  switch (input.kind) {
    case "heard":
      return { state: { ...state, heardAt: input.at }, effects: [] };
    case "paused":
      return { state: { ...state, paused: true }, effects: [] };
    case "resumed":
      return { state: { heardAt: input.at, paused: false }, effects: [] };
    case "tick":
      return !state.paused && input.at - state.heardAt >= silenceMs
        ? { state, effects: ["dead"] }
        : { state, effects: ["ping"] };
  }
}
