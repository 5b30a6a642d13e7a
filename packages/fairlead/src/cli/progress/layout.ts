import { paint } from "../paint.ts";
import { cutText, plainText, textWidth } from "./text-width.ts";

export type ProgressState = "waiting" | "working" | "done" | "failed";

/** One thing that a command works on. */
export interface ProgressItem {
  /** `Deployment shop/orders`. */
  readonly name: string;
  readonly state: ProgressState;
  /** What it waits for, or why it failed. */
  readonly reason?: string;
  /** Milliseconds of the clock. */
  readonly startedAt?: number;
  readonly endedAt?: number;
}

export interface LayoutOptions {
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
  readonly now: number;
  /** Which picture of the spinner. */
  readonly frame: number;
}

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Wider names than this share of the window make no column. */
const widestName = 0.6;

/**
 * The lines of a live list, each within the window: sign, name, reason, time. When there are more items than rows, those
 * that say least are counted in the last line: first what is done, then what waits, then what works.
 */
export function layout(items: readonly ProgressItem[], options: LayoutOptions): string[] {
  // One row stays for the cursor.
  const room = Math.max(1, options.rows - 1);
  const shown = items.length <= room ? items : choose(items, room - 1);
  const widest = Math.max(0, ...shown.map(({ name }) => textWidth(plainText(name))));
  const column = Math.min(widest, Math.floor(options.columns * widestName));
  const lines = shown.map((item) => line(item, column, options));
  if (shown.length < items.length) lines.push(cutText(countLeft(items, shown), options.columns));
  return lines;
}

const rank: { readonly [state in ProgressState]: number } = { failed: 0, working: 1, waiting: 2, done: 3 };

/** The most telling ones, in their own order. */
function choose(items: readonly ProgressItem[], room: number): ProgressItem[] {
  const order = items
    .map((item, index) => ({ item, index }))
    .sort((a, b) => rank[a.item.state] - rank[b.item.state] || a.index - b.index)
    .slice(0, Math.max(0, room));
  return order.sort((a, b) => a.index - b.index).map(({ item }) => item);
}

function countLeft(items: readonly ProgressItem[], shown: readonly ProgressItem[]): string {
  const left = new Map<ProgressState, number>();
  const visible = new Set(shown);
  for (const item of items) if (!visible.has(item)) left.set(item.state, (left.get(item.state) ?? 0) + 1);
  const words = { failed: "failed", working: "under way", waiting: "waiting", done: "done" } as const;
  const counts = (["failed", "working", "waiting", "done"] as const).flatMap((state) => {
    const count = left.get(state);
    return count === undefined ? [] : [`${count} ${words[state]}`];
  });
  return `  … and ${counts.join(", ")}`;
}

function line(item: ProgressItem, column: number, { columns, color, now, frame }: LayoutOptions): string {
  const { dim } = paint(color);
  const sign = signOf(item.state, frame, color);
  const time = item.startedAt === undefined ? "" : elapsed((item.endedAt ?? now) - item.startedAt);
  const name = cutText(plainText(item.name), Math.max(1, Math.min(column, columns - 2)));
  const used = 2 + textWidth(name);
  // The time is worth more than a reason that cannot be read anyway.
  const reasonRoom = columns - used - 2 - (time === "" ? 0 : time.length + 2);
  const reason = item.reason === undefined || reasonRoom < 4 ? "" : cutText(plainText(item.reason), reasonRoom);
  const pad = reason === "" && time === "" ? 0 : column - textWidth(name);
  const tail = [reason, time].filter((part) => part !== "");
  const shownReason = item.state === "failed" ? paint(color).red(reason) : reason;
  const parts = [reason === "" ? "" : `  ${shownReason}`, time === "" ? "" : `  ${dim(time)}`];
  const fits = used + Math.max(0, pad) + tail.reduce((sum, part) => sum + 2 + textWidth(part), 0) <= columns;
  return `${sign} ${name}${" ".repeat(fits ? Math.max(0, pad) : 0)}${fits || reason !== "" ? parts.join("") : ""}`;
}

/** The sign of a state, as wide as one character. */
export function signOf(state: ProgressState, frame: number, color: boolean): string {
  const { green, red, cyan, dim } = paint(color);
  if (state === "done") return green("✓");
  if (state === "failed") return red("✗");
  return state === "working" ? cyan(spinner[frame % spinner.length]!) : dim("·");
}

/** `3 s`, `2 min 5 s`; nothing below a second. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return "";
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
