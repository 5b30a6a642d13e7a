import { durationProblem } from "./duration.ts";

type Field = { readonly least: number; readonly most: number; readonly names?: readonly string[] };

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const fields: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: months },
  { least: 0, most: 6, names: days },
];
const descriptors = new Set(["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]);
const longest = 1000;

/**
 * What Kubernetes says of a CronJob's schedule that it cannot read, or undefined. Takes what it takes: five fields,
 * `@daily` and its like, `@every 5m`, and a leading `TZ=` or `CRON_TZ=` (which CronJobs refuse elsewhere in favour of
 * `spec.timeZone`).
 */
export function cronProblem(schedule: string): string | undefined {
  if (schedule === "") return "empty spec string";
  if (schedule.length > longest) return `a schedule must be no more than ${longest} characters`;
  let rest = schedule;
  const zone = /^(?:CRON_)?TZ=([^ ]*)( ?)/.exec(schedule);
  if (zone !== null) {
    if (zone[2] === "") return "a time zone must be followed by a schedule";
    const name = zone[1]!;
    if (!isTimeZone(name)) return `provided bad location ${name}: unknown time zone ${name}`;
    rest = schedule.slice(zone[0].length).trim();
  }
  return rest.startsWith("@") ? descriptorProblem(rest) : fieldsProblem(rest);
}

function descriptorProblem(text: string): string | undefined {
  if (descriptors.has(text)) return undefined;
  if (!text.startsWith("@every ")) return `unrecognized descriptor: ${text}`;
  const problem = durationProblem(text.slice("@every ".length));
  return problem === undefined ? undefined : `failed to parse duration ${text}: ${problem}`;
}

function fieldsProblem(text: string): string | undefined {
  const parts = text.split(/\s+/).filter((part) => part !== "");
  if (parts.length !== fields.length) {
    return `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(" ")}]`;
  }
  for (const [index, part] of parts.entries()) {
    for (const range of part.split(",")) {
      const problem = range === "" ? undefined : rangeProblem(range, fields[index]!);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function rangeProblem(text: string, field: Field): string | undefined {
  const [range = "", step, ...more] = text.split("/");
  const [low = "", high, ...hyphens] = range.split("-");
  const isAny = low === "*" || low === "?";
  if (!isAny && hyphens.length > 0) return `too many hyphens: ${text}`;
  const start = isAny ? field.least : parse(low, field);
  if (typeof start === "string") return start;
  let end: number | string = isAny ? field.most : high === undefined ? start : parse(high, field);
  if (typeof end === "string") return end;
  if (more.length > 0) return `too many slashes: ${text}`;
  if (step !== undefined) {
    const by = parse(step, {} as Field);
    if (typeof by === "string") return by;
    if (!isAny && high === undefined) end = field.most;
    if (start >= field.least && end <= field.most && start <= end && by === 0) {
      return `step of range should be a positive number: ${text}`;
    }
  }
  if (start < field.least) return `beginning of range (${start}) below minimum (${field.least}): ${text}`;
  if (end > field.most) return `end of range (${end}) above maximum (${field.most}): ${text}`;
  return start > end ? `beginning of range (${start}) beyond end of range (${end}): ${text}` : undefined;
}

/** A number of a field, or what is wrong with it. */
function parse(text: string, { names }: Field): number | string {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return names === months ? named + 1 : named;
  if (!/^[+-]?\d+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  }
  const number = Number(text);
  return number < 0 ? `negative number (${number}) not allowed: ${text}` : number;
}

/** Whether a name is of the IANA time zone database, as `spec.timeZone` of a CronJob wants it. */
export function isTimeZone(name: string): boolean {
  if (name === "" || name.length > 100 || /^[+-]/.test(name)) return false;
  try {
    Intl.DateTimeFormat("en", { timeZone: name }).format(0);
    return true;
  } catch {
    return false;
  }
}
