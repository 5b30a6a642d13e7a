import type { NameSettings } from "../model/settings.ts";

/**
 * The identities that a host can be of by the template of names, in lower case, the longest first: an identity may have
 * dots, and prefixes may stand in front. `west.prd.orders.global` is of `prd.orders` in env `west`, or of `orders` in
 * env `prd`.
 */
export type HostReader = (host: string) => readonly string[];

export function hostReader({ template, suffix, additional }: NameSettings): HostReader {
  const patterns = [suffix, ...additional.suffixes].map((end) => {
    const parts = template.split(/(\{env\}|\{identity\}|\{suffix\})/);
    const source = parts.map((part) => {
      if (part === "{env}") return "[^.]+";
      if (part === "{identity}") return "(.+)";
      return escape((part === "{suffix}" ? end : part).toLowerCase());
    });
    return new RegExp(`^${source.join("")}$`);
  });
  return (host) => {
    const found = new Set<string>();
    const parts = host.toLowerCase().split(".");
    if (host.length > 253 || parts.length > 64) return [];
    for (let from = 0; from < parts.length; from++) {
      const rest = parts.slice(from).join(".");
      for (const pattern of patterns) {
        const identity = pattern.exec(rest)?.[1];
        if (identity !== undefined) found.add(identity);
      }
    }
    return [...found];
  };
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
