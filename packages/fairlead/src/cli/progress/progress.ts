import type { Clock } from "@fairlead/apimachinery";
import type { CliContext } from "../context.ts";
import { elapsed, layout, signOf, type ProgressItem, type ProgressState } from "./layout.ts";
import { hideCursor, redraw, showCursor } from "./redraw.ts";
import { plainText } from "./text-width.ts";

/** How far a command has come, on stderr: a live list on a terminal, else a line for each step. */
export interface Progress {
  /** Adds a thing to the list, or says what has become of it. What does not change is not shown again. */
  update(name: string, state: ProgressState, reason?: string): void;
  /** A line above the list, such as a warning of the server. */
  note(text: string): void;
  /** Shows the end of it and gives the terminal back. */
  end(): void;
}

const frameMs = 100;

export function startProgress(context: CliContext, clock: Clock): Progress {
  return context.terminal === undefined
    ? plainProgress(context, clock)
    : liveProgress(context, context.terminal, clock);
}

type Items = Map<string, ProgressItem>;

/** Undefined if nothing changed. */
function updated(items: Items, name: string, state: ProgressState, reason: string | undefined, now: number) {
  const before = items.get(name);
  if (before !== undefined && before.state === state && before.reason === reason) return undefined;
  const startedAt = before?.startedAt ?? (state === "waiting" ? undefined : now);
  const over = state === "done" || state === "failed";
  const item: ProgressItem = {
    name,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(over ? { endedAt: now } : {}),
  };
  items.set(name, item);
  return item;
}

function plainProgress(context: CliContext, clock: Clock): Progress {
  const items: Items = new Map();
  const write = (text: string): void => context.process.stderr.write(text);
  return {
    update(name, state, reason) {
      const item = updated(items, name, state, reason, clock.monotonic());
      if (item === undefined || state === "waiting" || (state === "working" && reason === undefined)) return;
      const time = item.endedAt === undefined ? "" : elapsed(item.endedAt - item.startedAt!);
      const words = [state === "working" ? "" : state === "done" ? "done" : "failed", item.reason ?? ""];
      const said = words.filter((word) => word !== "").join(", ");
      const sign = state === "working" ? "·" : signOf(state, 0, context.color.stderr);
      write(
        `${sign} ${plainText(name)}${said === "" ? "" : `: ${plainText(said)}`}${time === "" ? "" : ` (${time})`}\n`,
      );
    },
    note: (text) => write(`${text}\n`),
    end: () => undefined,
  };
}

function liveProgress(context: CliContext, terminal: NonNullable<CliContext["terminal"]>, clock: Clock): Progress {
  const items: Items = new Map();
  const write = (text: string): void => context.process.stderr.write(text);
  let shown: readonly string[] = [];
  let frame = 0;
  let ended = false;
  let cancel = (): void => undefined;

  function draw(rows = terminal.size().rows): void {
    const { columns } = terminal.size();
    const options = { columns, rows, color: context.color.stderr, now: clock.monotonic(), frame };
    const lines = layout([...items.values()], options);
    const text = redraw(shown, lines);
    shown = lines;
    if (text !== "") write(text);
  }

  function tick(): void {
    frame++;
    draw();
    cancel = clock.after(frameMs, tick);
  }

  const offResize = terminal.onResize(() => {
    // The terminal has wrapped the old lines anew, nobody knows how: what is there stays, and a new list begins below.
    shown = [];
    draw();
  });
  // Whatever ends the process: a terminal without a cursor is of no use.
  const restore = (): void => write(showCursor);
  write(hideCursor);
  cancel = clock.after(frameMs, tick);

  return {
    update(name, state, reason) {
      updated(items, name, state, reason, clock.monotonic());
    },
    note(text) {
      const list = shown;
      write(redraw(list, []));
      shown = [];
      write(`${text}\n`);
      draw();
    },
    end() {
      if (ended) return;
      ended = true;
      cancel();
      offResize();
      // All of it, now that it may scroll.
      draw(Number.MAX_SAFE_INTEGER);
      restore();
    },
  };
}
