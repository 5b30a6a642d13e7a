/** What is told of requests for a Lease. */
export type LeaseTrouble =
  /** The Lease cannot be read or written, and why: told once, until the reason changes. */
  | { readonly kind: "failing"; readonly error: unknown }
  /** It can be again. */
  | { readonly kind: "recovered" };

/** Remembers which trouble was told. */
export function createTrouble(tell: ((trouble: LeaseTrouble) => void) | undefined) {
  let told: string | undefined;
  return {
    failed(error: unknown): void {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason === told) return;
      told = reason;
      tell?.({ kind: "failing", error });
    },
    answered(): void {
      if (told === undefined) return;
      told = undefined;
      tell?.({ kind: "recovered" });
    },
  };
}
