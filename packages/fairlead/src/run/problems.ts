import { sortFindings, type Finding } from "@fairlead/krm";

/** Findings by whom they are about: what is said anew of one takes the place of what was said before. */
export interface Problems {
  /** Returns those that were not said before. */
  set(about: string, findings: readonly Finding[]): readonly Finding[];
  /** Forgets everything whose name begins so. */
  drop(prefix: string): void;
  of(about: string): readonly Finding[];
  all(): readonly Finding[];
  counts(): { readonly error: number; readonly warning: number; readonly info: number };
}

export function createProblems(): Problems {
  const known = new Map<string, readonly Finding[]>();
  return {
    set(about, findings) {
      const before = known.get(about) ?? [];
      if (findings.length === 0) known.delete(about);
      else known.set(about, findings);
      const said = new Set(before.map(idOf));
      return findings.filter((finding) => !said.has(idOf(finding)));
    },
    drop(prefix) {
      for (const about of known.keys()) if (about.startsWith(prefix)) known.delete(about);
    },
    of: (about) => known.get(about) ?? [],
    all: () => sortFindings([...known.values()].flat()),
    counts() {
      const counts = { error: 0, warning: 0, info: 0 };
      for (const findings of known.values()) for (const { severity } of findings) counts[severity]++;
      return counts;
    },
  };
}

function idOf({ code, message }: Finding): string {
  return `${code} ${message}`;
}
