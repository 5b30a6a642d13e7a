import type { Leadership } from "@fairlead/kube";

/** By what right this process writes. */
export interface Right {
  readonly signal: AbortSignal;
  readonly term: number | undefined;
  held(): boolean;
}

/** Where workers wait until this process may write. */
export interface Gate {
  open(right: Right): void;
  /** What passes afterwards waits again. */
  close(): void;
  /** Nobody passes any more. */
  end(): void;
  /** Resolves when it is open, with undefined when it never will be. */
  pass(): Promise<Right | undefined>;
  readonly isOpen: boolean;
}

export function createGate(): Gate {
  let right: Right | undefined;
  let ended = false;
  let waiting: ((right: Right | undefined) => void)[] = [];
  const settle = (value: Right | undefined) => {
    const all = waiting;
    waiting = [];
    for (const resolve of all) resolve(value);
  };
  return {
    open(given) {
      right = given;
      if (!ended) settle(given);
    },
    close: () => void (right = undefined),
    end() {
      ended = true;
      settle(undefined);
    },
    async pass() {
      if (ended) return undefined;
      return right ?? new Promise((resolve) => void waiting.push(resolve));
    },
    get isOpen() {
      return right !== undefined && !ended;
    },
  };
}

/** The right of a process that is alone. */
export function soleRight(signal: AbortSignal): Right {
  return { signal, term: undefined, held: () => !signal.aborted };
}

export function rightOf({ signal, term, held }: Leadership): Right {
  return { signal, term, held };
}
