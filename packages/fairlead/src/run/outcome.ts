/** How a reconcile ended that went well. */
export type Outcome =
  | { readonly kind: "done" }
  /** To be looked at again after this time even if nothing changes. */
  | { readonly kind: "after"; readonly ms: number };

/** Nothing more to do until something changes. */
export const done: Outcome = { kind: "done" };

/** Again after some milliseconds, or earlier if something changes. */
export function after(ms: number): Outcome {
  return { kind: "after", ms };
}

/** What stays wrong until somebody changes something: it is counted and logged, and not tried again. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}
