import { utcWeekday } from "../../shared/utc.ts";
import { zoneOf, type Zone } from "./zone-time.ts";

const day = 86_400_000;
const names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
/** Windows that one text may name: more than a week has hours. */
const mostWindows = 200;

/** Times at which restarts may begin, every week anew, by the clocks of a time zone. */
export interface Window {
  /** 0 (Sunday) to 6: days on which it opens. */
  readonly days: readonly number[];
  /** Minutes after midnight; an `end` of at most `start` is that of the next day. */
  readonly start: number;
  readonly end: number;
  readonly zone: Zone;
}

export type ParsedWindows =
  | { readonly kind: "windows"; readonly windows: readonly Window[] }
  | { readonly kind: "problem"; readonly message: string };

/**
 * Reads `Sat-Sun 00:00-04:00 Europe/Berlin; Wed 22:00-02:00`: days (names of three letters, ranges, lists by `,`, `daily`
 * or none for every day), times to `24:00`, and a time zone of the tz database, `UTC` if none is named. A window that ends
 * before it starts goes over midnight and belongs to the day on which it opens; equal times mean a whole day.
 */
export function parseWindows(text: string): ParsedWindows {
  const windows: Window[] = [];
  const zones = new Map<string, Zone | undefined>();
  if (text.length > 4096) return problem("a text of windows has at most 4096 characters");
  for (const part of text.split(";")) {
    const words = part.trim().split(/\s+/);
    if (words[0] === "") continue;
    const at = words.findIndex((word) => /^\d/.test(word));
    if (at < 0 || at > 1 || words.length > at + 2) return problem(`"${shown(part)}" is not DAYS HH:MM-HH:MM ZONE`);
    const days = at === 0 ? [0, 1, 2, 3, 4, 5, 6] : daysOf(words[0]!);
    if (days === undefined) return problem(`"${shown(words[0]!)}" names no days: Mon-Fri, Sat,Sun, daily`);
    const times = timesOf(words[at]!);
    if (times === undefined) return problem(`"${shown(words[at]!)}" is not HH:MM-HH:MM`);
    const name = words[at + 1] ?? "UTC";
    if (!zones.has(name)) zones.set(name, zoneOf(name));
    const zone = zones.get(name);
    if (zone === undefined) return problem(`"${shown(name)}" is no time zone of the tz database`);
    windows.push({ days, ...times, zone });
    if (windows.length > mostWindows) return problem(`more than ${mostWindows} windows`);
  }
  return windows.length === 0 ? problem("no window is named") : { kind: "windows", windows };
}

/** What is wrong with a text of windows; undefined: nothing. */
export function windowProblem(text: string): { readonly message: string; readonly hint: string } | undefined {
  const parsed = parseWindows(text);
  if (parsed.kind === "windows") return undefined;
  return { message: parsed.message, hint: "write it as `Sat-Sun 00:00-04:00 Europe/Berlin`" };
}

/** Whether one of the windows is open at a moment, and the next moment at which that changes; undefined: never. */
export function windowsAt(windows: readonly Window[], now: number): { open: boolean; until: number | undefined } {
  // Windows that touch or overlap are one: from the first that is open it goes on to the end of the last.
  let end = now;
  for (let more = true; more && end - now < 8 * day;) {
    more = false;
    for (const window of windows) {
      const closes = closesAt(window, end);
      if (closes !== undefined && closes > end) [end, more] = [closes, true];
    }
  }
  if (end > now) return { open: true, until: end - now >= 8 * day ? undefined : end };
  let next: number | undefined;
  for (const window of windows) {
    const opens = opensAfter(window, now);
    if (opens !== undefined && (next === undefined || opens < next)) next = opens;
  }
  return { open: false, until: next };
}

/** Openings around a moment: of the days before and after, in order. */
function* openings({ days, start, end, zone }: Window, now: number, ahead: number): Generator<[number, number]> {
  const today = Math.floor((now + zone.offset(now) * 60_000) / day) * day;
  for (let midnight = today - 2 * day; midnight <= today + ahead * day; midnight += day) {
    if (!days.includes(utcWeekday(midnight))) continue;
    const opens = zone.momentOf(midnight, start);
    const closes = end > start ? zone.momentOf(midnight, end) : zone.momentOf(midnight + day, end);
    // An hour that is left out when clocks are put forward takes windows within it along.
    if (closes > opens) yield [opens, closes];
  }
}

function closesAt(window: Window, now: number): number | undefined {
  for (const [opens, closes] of openings(window, now, 1)) if (opens <= now && now < closes) return closes;
  return undefined;
}

function opensAfter(window: Window, now: number): number | undefined {
  for (const [opens] of openings(window, now, 15)) if (opens > now) return opens;
  return undefined;
}

function daysOf(word: string): readonly number[] | undefined {
  if (/^(daily|\*)$/i.test(word)) return [0, 1, 2, 3, 4, 5, 6];
  const days = new Set<number>();
  for (const part of word.split(",")) {
    const [from, to = from, ...rest] = part.split("-").map((name) => names.indexOf(capital(name)));
    if (from === undefined || from < 0 || to === undefined || to < 0 || rest.length > 0) return undefined;
    for (let at = from; ; at = (at + 1) % 7) {
      days.add(at);
      if (at === to) break;
    }
  }
  return [...days].sort((a, b) => a - b);
}

function capital(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1).toLowerCase();
}

function timesOf(word: string): { start: number; end: number } | undefined {
  const match = /^(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)$/.exec(word);
  if (match === null) return undefined;
  const [start, end] = [Number(match[1]) * 60 + Number(match[2]), Number(match[3]) * 60 + Number(match[4])];
  if (Number(match[2]) > 59 || Number(match[4]) > 59 || start >= 1440 || end > 1440) return undefined;
  return { start, end };
}

function shown(text: string): string {
  const word = text.trim();
  return word.length <= 40 ? word : `${word.slice(0, 40)}…`;
}

function problem(message: string): ParsedWindows {
  return { kind: "problem", message };
}
