/**
 * How far a log has been read, by the lines' own times. A server can only be asked for a log from a whole second on, so
 * what was read of the last seconds is remembered, and what comes again is left out. Lines may be slightly out of order,
 * even over the turn of a second: the runtime takes the times of two outputs before it writes.
 */
export interface LogPosition {
  /** The latest second that was read, since the epoch; undefined before the first line. */
  readonly second: number | undefined;
  /** The times of lines read in that second and the one before, and how many lines had each. */
  readonly seen: ReadonlyMap<string, SeenTime>;
  /** How often a time is still to be left out. */
  readonly again: ReadonlyMap<string, number>;
}

export interface SeenTime {
  readonly second: number;
  readonly count: number;
}

export type LogPositionInput =
  /** The next line's time as it is written, and its second since the epoch. */
  | { readonly kind: "line"; readonly time: string; readonly second: number }
  /** The log is read again, from `firstSecond(state)` on. */
  | { readonly kind: "again" };

export function logStart(): LogPosition {
  return { second: undefined, seen: new Map(), again: new Map() };
}

/** From where the log has to be read again; undefined before the first line. */
export function firstSecond({ second }: LogPosition): number | undefined {
  return second === undefined ? undefined : second - 1;
}

/** The next state takes over the maps of the one before, which must not be used again. */
export function stepLogPosition(
  state: LogPosition,
  input: LogPositionInput,
): { readonly state: LogPosition; readonly deliver: boolean } {
  if (input.kind === "again") {
    const again = new Map([...state.seen].map(([time, { count }]) => [time, count] as const));
    return { state: { ...state, again }, deliver: false };
  }
  const { time, second } = input;
  const again = state.again as Map<string, number>;
  const left = again.get(time) ?? 0;
  if (left > 0) {
    if (left === 1) again.delete(time);
    else again.set(time, left - 1);
    return { state, deliver: false };
  }
  const seen = state.seen as Map<string, SeenTime>;
  const latest = Math.max(second, state.second ?? second);
  if (latest !== state.second) {
    for (const [old, at] of seen) if (at.second < latest - 1) seen.delete(old);
  }
  // What is older will not come again.
  if (second >= latest - 1) seen.set(time, { second, count: (seen.get(time)?.count ?? 0) + 1 });
  return { state: { second: latest, seen, again }, deliver: true };
}
