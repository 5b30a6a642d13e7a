/** What differs between any two clusters, however alike: names with random ends, times, addresses, widths of columns. */
const patterns: readonly (readonly [RegExp, string])[] = [
  // What client-go 1.32 and older grumbles when a watch with a short timeout ends before anything happens.
  [/^(stderr: )?W\d{4} .*\breflector\.go:.*very short watch.*\n/gm, "$1"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "UID"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, "TIME"],
  [/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000/g, "TIME"],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC/g, "TIME"],
  [/(resource ?version"?:\s*"?)\d+/gi, "$1N"],
  [/\/tmp\/[\w./-]+/g, "/tmp/PATH"],
  [/\b127\.0\.0\.1:\d+/g, "ADDRESS"],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, "TOKEN"],
  // Nodes' ports, and addresses of pods and Services.
  [/\b3[0-2]\d{3}\b/g, "PORT"],
  [/\b10\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g, "IP"],
  [/-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "-RANDOM"],
  [/\b[bcdfghjklmnpqrstvwxz2456789]{7,10}\b/g, "HASH"],
  [/(?<![\w.])(\d+(d|h|ms|m|s))+( ago)?\b/g, "AGE"],
  [/<invalid>/g, "AGE"],
  [/[ \t]{2,}|\t/g, "  "],
  [/[ \t]+$/gm, ""],
  [/^-{4,}$/gm, "----"],
];

export function normalised(text: string): string {
  return patterns.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

/** Servers list by name: which of two names with one stem and different random ends comes first is luck. */
export function sortedByStem(text: string): string {
  const groups: { stem: string; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const stem = /^(?:\S+\s+)?\S*-(?:HASH|RANDOM)(?!\S)/.exec(line)?.[0] ?? "";
    const last = groups.at(-1);
    if (stem !== "" && last?.stem === stem) last.lines.push(line);
    else groups.push({ stem, lines: [line] });
  }
  return groups.flatMap(({ lines }) => lines.sort()).join("\n");
}
