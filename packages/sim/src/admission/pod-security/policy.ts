import { invalidValue } from "../../field-problem.ts";
import type { FieldProblem } from "../../errors.ts";

export type Level = "privileged" | "baseline" | "restricted";

/** A standard and the minor version of Kubernetes whose standard it is. */
export interface LevelVersion {
  readonly level: Level;
  /** Infinity is `latest`. */
  readonly minor: number;
}

export type Mode = "enforce" | "audit" | "warn";
export type Policy = Readonly<Record<Mode, LevelVersion>>;

const levels: readonly Level[] = ["privileged", "baseline", "restricted"];
const prefix = "pod-security.kubernetes.io/";

export const compareLevels = (a: Level, b: Level): number => levels.indexOf(a) - levels.indexOf(b);

/** `restricted:latest`, `baseline:v1.30`. */
export function levelText({ level, minor }: LevelVersion): string {
  return `${level}:${minor === Infinity ? "latest" : `v1.${minor}`}`;
}

const isLevel = (text: string): text is Level => (levels as readonly string[]).includes(text);

/**
 * What a namespace's labels demand, and what is wrong with them. A level that cannot be read enforces the strictest,
 * and neither warns nor audits; who enforces more than is warned about is warned about all that is enforced.
 */
export function policyOf(labels: Readonly<Record<string, string>>): {
  readonly policy: Policy;
  readonly problems: readonly FieldProblem[];
} {
  const problems: FieldProblem[] = [];
  const bad = (label: string, value: string, why: string): void => {
    problems.push(invalidValue(`metadata.labels[${label}]`, value, why));
  };
  const read = (mode: Mode): LevelVersion => {
    const level = labels[prefix + mode];
    const version = labels[`${prefix}${mode}-version`];
    let found: Level = "privileged";
    let minor = Infinity;
    if (level !== undefined) {
      if (isLevel(level)) found = level;
      else {
        found = mode === "enforce" ? "restricted" : "privileged";
        bad(prefix + mode, level, `must be one of ${levels.join(", ")}`);
      }
    }
    if (version !== undefined && version !== "latest") {
      const match = /^v1\.(0|[1-9]\d*)$/.exec(version);
      if (match === null) bad(`${prefix}${mode}-version`, version, 'must be "latest" or "v1.x"');
      else minor = Number(match[1]);
    }
    return { level: found, minor };
  };
  const enforce = read("enforce");
  const audit = read("audit");
  let warn = read("warn");
  const enforced = labels[`${prefix}enforce`];
  const isEnforced = enforced !== undefined && isLevel(enforced);
  if (labels[`${prefix}warn`] === undefined && isEnforced && compareLevels(enforce.level, warn.level) > 0) {
    warn = { level: enforce.level, minor: labels[`${prefix}warn-version`] === undefined ? enforce.minor : warn.minor };
  }
  return { policy: { enforce, audit, warn }, problems };
}
