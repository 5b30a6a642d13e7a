import { durationProblem } from "../names/duration.ts";
import { quantityProblem } from "../quantity/quantity.ts";

/** A check of a string format: undefined, or the noun phrase of what was expected. */
export type FormatCheck = (text: string) => string | undefined;

const hostname =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u;
const dateTime = /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const hex = "[0-9a-fA-F]";

function uuid(version: string, variant = hex): RegExp {
  return new RegExp(`^${hex}{8}-?${hex}{4}-?${version}${hex}{3}-?${variant}${hex}{3}-?${hex}{12}$`);
}

function matches(pattern: RegExp, expected: string): FormatCheck {
  return (text) => (pattern.test(text) ? undefined : expected);
}

/** The formats that the API server checks, by their name without dashes; it ignores every other. */
const checks = new Map<string, FormatCheck>([
  ["byte", (text) => (text !== "" && isBase64(text) ? undefined : "base64")],
  ["gobytes", (text) => (isBase64(text) ? undefined : "base64")],
  ["date", (text) => (isDate(text) ? undefined : "a date such as 2006-01-02")],
  ["datetime", (text) => (isDateTime(text) ? undefined : "a time such as 2006-01-02T15:04:05Z")],
  ["duration", (text) => (isLooseDuration(text) ? undefined : "a duration such as 1m30s")],
  ["email", matches(/^([^<>]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/, "an email address")],
  ["hexcolor", matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/, "a colour such as #ff8800")],
  ["hostname", (text) => (isHostname(text) ? undefined : "a host name")],
  ["ipv4", (text) => (isIPv4(text) ? undefined : "an IPv4 address")],
  ["ipv6", (text) => (isIPv6(text) ? undefined : "an IPv6 address")],
  ["cidr", (text) => (isCIDR(text) ? undefined : "a CIDR such as 10.0.0.0/8")],
  [
    "mac",
    matches(
      /^([0-9a-fA-F]{2}([:-])([0-9a-fA-F]{2}\2){4,6}[0-9a-fA-F]{2}|([0-9a-fA-F]{4}\.){2,3}[0-9a-fA-F]{4})$/,
      "a MAC address",
    ),
  ],
  ["uri", (text) => (isRequestURI(text) ? undefined : "a URI")],
  ["uuid", matches(uuid(hex), "a UUID")],
  ["uuid3", matches(uuid("3"), "a version 3 UUID")],
  ["uuid4", matches(uuid("4", "[89abAB]"), "a version 4 UUID")],
  ["uuid5", matches(uuid("5", "[89abAB]"), "a version 5 UUID")],
  ["quantity", (text) => (quantityProblem(text) === undefined ? undefined : "a quantity such as 500m or 1Gi")],
  ["goduration", (text) => (durationProblem(text) === undefined ? undefined : "a duration such as 1m30s")],
  ["k8sshortname", matches(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "a DNS label")],
  [
    "k8slongname",
    (text) =>
      text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)
        ? undefined
        : "a DNS subdomain",
  ],
]);

/** The check of a string format, or undefined when the API server would ignore it. */
export function formatCheck(format: string): FormatCheck | undefined {
  return checks.get(format.replaceAll("-", ""));
}

/** The bounds of an integer format. */
export function integerBounds(format: string): readonly [bigint, bigint] | undefined {
  if (format === "int32") return [-(2n ** 31n), 2n ** 31n - 1n];
  return format === "int64" ? [-(2n ** 63n), 2n ** 63n - 1n] : undefined;
}

/** Standard base64 with padding; Go's decoder skips line ends. */
export function isBase64(text: string): boolean {
  const plain = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, "") : text;
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain);
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1]!;
}

function isDateTime(text: string): boolean {
  const match = dateTime.exec(text);
  return match !== null && isDate(match[1]!);
}

function isHostname(text: string): boolean {
  if (text.length > 255) return false;
  return text.split(".").every((label) => label.length <= 63) && hostname.test(text);
}

export function isIPv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,10}$/.test(part) && Number(part) <= 255);
}

export function isIPv6(text: string): boolean {
  const gaps = text.split("::");
  if (text.length > 45 || gaps.length > 2 || !text.includes(":")) return false;
  let groups = 0;
  for (const [index, half] of gaps.entries()) {
    if (half === "") continue;
    const parts = half.split(":");
    const last = parts.at(-1)!;
    if (index === gaps.length - 1 && last.includes(".")) {
      if (!isIPv4(last)) return false;
      parts.pop();
      groups += 2;
    }
    if (!parts.every((part) => /^[0-9a-fA-F]{1,4}$/.test(part))) return false;
    groups += parts.length;
  }
  return gaps.length === 2 ? groups < 8 : groups === 8;
}

function isCIDR(text: string): boolean {
  const slash = text.lastIndexOf("/");
  if (slash < 0 || !/^\d{1,3}$/.test(text.slice(slash + 1))) return false;
  const address = text.slice(0, slash);
  const bits = Number(text.slice(slash + 1));
  return isIPv4(address) ? bits <= 32 : isIPv6(address) && bits <= 128;
}

/** What Go's decoder or Scala's notation takes: one number with a unit is enough. */
function isLooseDuration(text: string): boolean {
  if (durationProblem(text) === undefined) return true;
  for (const match of text.matchAll(/\d+\s*([A-Za-zµ]+)/g)) {
    const unit = match[1]!.toLowerCase();
    if (/^(ns|us|µs|ms|s|m|h|hr|d|w|wk)$/.test(unit)) return true;
    if (/^(nano|micro|milli|sec|min|hour|day|week)/.test(unit)) return true;
  }
  return false;
}

/** Absolute, or a path from the root, as an HTTP request line has it. */
function isRequestURI(text: string): boolean {
  if (/\p{Cc}/u.test(text) || /%(?![0-9a-fA-F]{2})/.test(text)) return false;
  if (text.startsWith("/")) return true;
  const absolute = /^[a-zA-Z][a-zA-Z0-9+.-]*:(?:\/\/([^/?#]*))?/.exec(text);
  return absolute !== null && !/[ <>"]|:[^\]]*[^\d\]][^\]]*$/.test((absolute[1] ?? "").replace(/^.*@/, ""));
}
