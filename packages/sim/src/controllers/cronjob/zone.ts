/** A time as a wall clock in a zone shows it; months from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

export interface Zone {
  wall(ms: number): WallTime;
  /** Milliseconds since the epoch; days and months may be beyond their ends. As Go's `time.Date` where clocks jump. */
  at(year: number, month: number, day: number, hour?: number, minute?: number): number;
  /** `2026-01-01T02:00:00+02:00` */
  format(ms: number): string;
}

function wallOf(ms: number): WallTime {
  const date = new Date(ms);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
  };
}

const zones = new Map<string, Zone>();

/** A zone of the IANA database; UTC for an empty name. Undefined if there is no such zone. */
export function zoneOf(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  const offset = offsetsOf(name);
  if (offset === undefined) return undefined;
  const zone: Zone = {
    wall: (ms) => wallOf(ms + offset(ms)),
    at(year, month, day, hour = 0, minute = 0) {
      const local = Date.UTC(year, month - 1, day, hour, minute);
      const guess = offset(local);
      return guess === 0 ? local : local - offset(local - guess);
    },
    format(ms) {
      const shift = offset(ms);
      const text = new Date(ms + shift).toISOString().slice(0, 19);
      if (shift === 0) return `${text}Z`;
      const minutes = Math.abs(Math.round(shift / 60_000));
      const two = (value: number): string => String(value).padStart(2, "0");
      return `${text}${shift < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
    },
  };
  if (zones.size < 1000) zones.set(name, zone);
  return zone;
}

/** How far the zone is ahead of UTC, in milliseconds. */
function offsetsOf(name: string): ((ms: number) => number) | undefined {
  if (name === "" || name === "UTC") return () => 0;
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return undefined;
  }
  return (ms) => {
    const whole = Math.floor(ms / 1000) * 1000;
    const parts: { [type: string]: number } = {};
    for (const { type, value } of format.formatToParts(whole)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
  };
}
