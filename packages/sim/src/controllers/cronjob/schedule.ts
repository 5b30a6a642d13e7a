import { cronProblem, parseDuration } from "@fairlead/apimachinery";
import { type WallTime, type Zone, zoneOf } from "./zone.ts";

/** When a CronJob is due: the first time after `ms`, in milliseconds since the epoch; undefined if there is none. */
export type Schedule = (ms: number) => number | undefined;

export type ParsedSchedule =
  | { readonly kind: "schedule"; readonly next: Schedule }
  | { readonly kind: "problem"; readonly message: string };

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const descriptors: { readonly [name: string]: string } = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** Reads a schedule as Kubernetes' cron library does: five fields, `@daily` and its like, `@every 5m`, `TZ=` first. */
export function parseSchedule(text: string): ParsedSchedule {
  const problem = cronProblem(text);
  if (problem !== undefined) return { kind: "problem", message: problem };
  const prefix = /^(?:CRON_)?TZ=([^ ]*) +/.exec(text);
  const zone = zoneOf(prefix?.[1] ?? "") ?? zoneOf("")!;
  const rest = prefix === null ? text : text.slice(prefix[0].length).trim();
  if (rest.startsWith("@every ")) {
    const nanos = parseDuration(rest.slice("@every ".length)) ?? 0n;
    const delay = Math.max(1, Math.floor(Number(nanos / 1_000_000_000n))) * 1000;
    return { kind: "schedule", next: (ms) => Math.floor(ms / 1000) * 1000 + delay };
  }
  const fields = (descriptors[rest] ?? rest).split(/\s+/);
  const spec: Spec = {
    minutes: read(fields[0]!, 0, 59),
    hours: read(fields[1]!, 0, 23),
    days: read(fields[2]!, 1, 31),
    months: read(fields[3]!, 1, 12, monthNames),
    weekdays: read(fields[4]!, 0, 6, dayNames),
  };
  return { kind: "schedule", next: (ms) => nextTime(spec, zone, ms) };
}

interface Field {
  readonly values: ReadonlySet<number>;
  readonly isAny: boolean;
}

interface Spec {
  readonly minutes: Field;
  readonly hours: Field;
  readonly days: Field;
  readonly months: Field;
  readonly weekdays: Field;
}

function read(text: string, least: number, most: number, names: readonly string[] = []): Field {
  const values = new Set<number>();
  let isAny = false;
  const valueOf = (word: string): number => {
    const index = names.indexOf(word.toLowerCase());
    return index === -1 ? Number(word) : index + least;
  };
  for (const part of text.split(",")) {
    if (part === "") continue;
    const [range = "", stepText] = part.split("/");
    const [low = "", high] = range.split("-");
    const step = stepText === undefined ? 1 : Number(stepText);
    const isStar = low === "*" || low === "?";
    const start = isStar ? least : valueOf(low);
    const isOpen = isStar || (high === undefined && stepText !== undefined);
    const end = isOpen ? most : high === undefined ? start : valueOf(high);
    if (isStar && step === 1) isAny = true;
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return { values, isAny };
}

/** Where both days are given, either will do. */
function matchesDay({ days, weekdays }: Spec, { day, weekday }: WallTime): boolean {
  const [byDay, byWeekday] = [days.values.has(day), weekdays.values.has(weekday)];
  return days.isAny || weekdays.isAny ? byDay && byWeekday : byDay || byWeekday;
}

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Goes on by months, days, hours and minutes to what matches next; gives up after five years. */
function nextTime(spec: Spec, zone: Zone, ms: number): number | undefined {
  let time = Math.floor(ms / 1000) * 1000 + 1000;
  const lastYear = zone.wall(time).year + 5;
  for (;;) {
    const wall = zone.wall(time);
    const { year, month, hour } = wall;
    if (year > lastYear) return undefined;
    if (!spec.months.values.has(month)) time = zone.at(year, month + 1, 1);
    else if (!matchesDay(spec, wall)) time = nextDay(zone, wall);
    else if (!spec.hours.values.has(hour)) time = Math.floor(startOfHour(zone, time) + hourMs);
    else if (!spec.minutes.values.has(wall.minute) || wall.second !== 0) {
      time = Math.floor(time / minuteMs) * minuteMs + minuteMs;
    } else return time;
  }
}

function startOfHour(zone: Zone, time: number): number {
  const { minute, second } = zone.wall(time);
  return time - minute * minuteMs - second * 1000;
}

/** The first moment of the next day: midnight, unless clocks jump over it. */
function nextDay(zone: Zone, { year, month, day }: WallTime): number {
  let time = zone.at(year, month, day + 1);
  while (zone.wall(time).day === day) time += hourMs;
  return time;
}
