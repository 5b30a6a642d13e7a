/** Dates of the proleptic Gregorian calendar in UTC, by arithmetic: nothing here can read a clock. */
const day = 86_400_000;

/** Milliseconds since the epoch at a moment; `month` from 1. After Howard Hinnant, "chrono-compatible low-level date algorithms". */
export function utcTime(year: number, month: number, date: number, hour: number, minute: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const ofEra = y - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + date - 1;
  const days = era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
  return days * day + hour * 3_600_000 + minute * 60_000;
}

/** 0 (Sunday) to 6 of the day that holds a moment. */
export function utcWeekday(at: number): number {
  return (((Math.floor(at / day) + 4) % 7) + 7) % 7;
}

/** RFC 3339 with seconds: `2026-11-21T12:00:00Z`; what is not a time of years 0 to 9999 as the nearest of them. */
export function rfc3339(at: number): string {
  const bounded = Number.isNaN(at) ? 0 : Math.min(253_402_300_799_000, Math.max(-62_167_219_200_000, at));
  const days = Math.floor(bounded / day);
  const seconds = Math.floor((bounded - days * day) / 1000);
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const ofEra = z - era * 146_097;
  const years = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * years + Math.floor(years / 4) - Math.floor(years / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const date = ofYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const year = years + era * 400 + (month <= 2 ? 1 : 0);
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${pad(year, 4)}-${pad(month)}-${pad(date)}T${time.map((part) => pad(part)).join(":")}Z`;
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, "0");
}
