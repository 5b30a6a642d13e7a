/** A DNS label from a Compose name: lower case, dashes for everything else, beginning with a letter, at most 63 long. */
export function labelName(name: string): string {
  const label = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  if (label === "") return "app";
  return /^[a-z]/.test(label) ? label : `app-${label}`.slice(0, 63).replace(/-+$/, "");
}

/** A name for a volume after the path that it is mounted to: `data` of `/var/lib/app/data`. */
export function volumeName(path: string, taken: ReadonlySet<string>): string {
  const parts = path.split(/[/\\]+/).filter((part) => part !== "");
  let name = labelName(parts.at(-1) ?? "root");
  for (let more = 2; taken.has(name) && more <= parts.length; more++) name = labelName(parts.slice(-more).join("-"));
  for (let count = 2, stem = name; taken.has(name); count++) name = `${stem.slice(0, 58)}-${count}`;
  return name;
}

/** A key of a ConfigMap or Secret. */
export function dataKey(name: string): string {
  return name.replace(/[^-._a-zA-Z0-9]+/g, "-").replace(/^\.+$/, "file") || "file";
}
