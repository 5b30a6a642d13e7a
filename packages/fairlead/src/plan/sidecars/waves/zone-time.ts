import { utcTime } from "../../shared/utc.ts";

const minute = 60_000;
const quarter = 15 * minute;

/** Local times of one time zone, as the tz database that the runtime carries knows them. */
export interface Zone {
  readonly name: string;
  /** Minutes that local time is ahead of UTC at a moment. */
  offset(at: number): number;
  /**
   * The first moment at which a clock on the wall says so (`minutes` after midnight of the day that UTC calls `day`, which
   * may be 24 h), or would if it were not put forward over it.
   */
  momentOf(day: number, minutes: number): number;
}

/** Undefined: there is no such zone. `UTC`, `Europe/Berlin`. */
export function zoneOf(name: string): Zone | undefined {
  const format = formatOf(name);
  if (format === undefined) return undefined;
  // Zones change their offset at full quarters of an hour of UTC; the few remembered answers serve one week's windows.
  const known = new Map<number, number>();

  function offset(at: number): number {
    const slot = Math.floor(at / quarter);
    const found = known.get(slot);
    if (found !== undefined) return found;
    if (known.size >= 4096) known.clear();
    const result = offsetOf(format!, slot * quarter);
    known.set(slot, result);
    return result;
  }

  return {
    name,
    offset,
    momentOf(day, minutes) {
      const local = day + minutes * minute;
      const [before, after] = [offset(local - 24 * 60 * minute), offset(local + 24 * 60 * minute)];
      const first = local - Math.max(before, after) * minute;
      if (before === after) return first;
      // Around a change: the earlier moment if the clock says this then; else the later one, or that of the change itself.
      if (offset(first) === Math.max(before, after)) return first;
      const second = local - Math.min(before, after) * minute;
      return offset(second) === Math.min(before, after) ? second : changeBetween(offset, first, second);
    },
  };
}

/** The moment at which the offset changes, between two moments with different ones. */
function changeBetween(offset: (at: number) => number, from: number, to: number): number {
  const before = offset(from);
  let at = Math.floor(from / quarter) * quarter;
  while (at < to && offset(at) === before) at += quarter;
  return at;
}

function formatOf(name: string): Intl.DateTimeFormat | undefined {
  if (name.length > 64 || !/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
  } catch {
    return undefined;
  }
}

function offsetOf(format: Intl.DateTimeFormat, at: number): number {
  const parts: { [type: string]: number } = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const local = utcTime(parts["year"]!, parts["month"]!, parts["day"]!, parts["hour"]!, parts["minute"]!);
  return Math.round((local - at) / minute);
}
