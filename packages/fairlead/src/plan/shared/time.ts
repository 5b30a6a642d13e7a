import { utcTime } from "./utc.ts";

const format = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Milliseconds since the epoch of an RFC 3339 time; undefined for any other text. */
export function timeOf(text: string): number | undefined {
  const found = format.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  const fraction = found[7] === undefined ? 0 : Math.floor(Number(`0.${found[7]}`) * 1000);
  const offset = found[8] === undefined ? 0 : (found[8] === "-" ? -1 : 1) * (Number(found[9]) * 60 + Number(found[10]));
  return utcTime(year, month, day, hour, minute - offset) + second * 1000 + fraction;
}
