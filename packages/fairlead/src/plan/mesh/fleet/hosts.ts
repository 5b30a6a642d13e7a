import type { NameSettings } from "../model/settings.ts";

/** What a host can be by the template of names, in lower case. */
export interface HostReading {
  readonly identity: string;
  /** Undefined: the template names no env. */
  readonly env: string | undefined;
}

/**
 * What a host can be, the longest identity first: an identity may have dots, and prefixes may stand in front.
 * `west.prd.orders.global` is of `prd.orders` in env `west`, or of `orders` in env `prd`.
 */
export type HostReader = (host: string) => readonly HostReading[];

export function hostReader({ template, suffix, additional }: NameSettings): HostReader {
  const patterns = [suffix, ...additional.suffixes].map((end) => pattern(template, end));
  return (host) => {
    const found = new Map<string, HostReading>();
    const parts = host.toLowerCase().split(".");
    if (host.length > 253 || parts.length > 64) return [];
    for (let from = 0; from < parts.length; from++) {
      const rest = parts.slice(from).join(".");
      for (const one of patterns) {
        const groups = one.exec(rest)?.groups;
        const identity = groups?.["identity"];
        if (identity === undefined) continue;
        const env = groups?.["env"];
        found.set(`${identity}\0${env ?? ""}`, { identity, env });
      }
    }
    return [...found.values()];
  };
}

/** Of a part that the template names twice, the first counts. */
function pattern(template: string, end: string): RegExp {
  const known = new Set<string>();
  const source = template.split(/(\{env\}|\{identity\}|\{suffix\})/).map((part) => {
    if (part === "{suffix}") return escape(end.toLowerCase());
    const [name, any] = part === "{env}" ? ["env", "[^.]+"] : part === "{identity}" ? ["identity", ".+"] : [];
    if (name === undefined) return escape(part.toLowerCase());
    const group = known.has(name) ? "?:" : `?<${name}>`;
    known.add(name);
    return `(${group}${any})`;
  });
  return new RegExp(`^${source.join("")}$`);
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
