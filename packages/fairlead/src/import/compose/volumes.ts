import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { boolean } from "./units.ts";

/** One mount of a service. */
export interface Mount {
  readonly type: string;
  /** The volume's name, or the path on the host; undefined for anonymous volumes and memory. */
  readonly source: string | undefined;
  readonly target: string;
  readonly readOnly: boolean;
  readonly subPath: string | undefined;
  readonly size: JsonValue | undefined;
  readonly propagation: string | undefined;
}

/** Reads an entry of `volumes`: `[SOURCE:]TARGET[:MODE]` or the long form; a text says what is wrong. */
export function readMount(value: JsonValue): Mount | string {
  if (isObject(value)) return longForm(value);
  if (typeof value !== "string" || value === "") return "is neither text nor a map";
  const parts = split(value);
  if (parts.length > 3) return "has more than source, target and mode";
  const [first = "", second, mode = ""] = parts.length === 1 ? ["", parts[0]] : parts;
  const target = second ?? "";
  if (!/^(\/|[A-Za-z]:[\\/])/.test(target)) return `mounts to ${JSON.stringify(target)}, which is not an absolute path`;
  const modes = mode.split(",");
  return {
    type: first === "" || !isPath(first) ? "volume" : "bind",
    source: first === "" ? undefined : first,
    target,
    readOnly: modes.includes("ro") || modes.includes("readonly"),
    subPath: undefined,
    size: undefined,
    propagation: modes.find((word) => /^r?(shared|slave)$/.test(word)),
  };
}

/** Whether a source is a path on the host rather than a volume's name. */
export function isPath(source: string): boolean {
  return /^[./~\\]/.test(source) || /^[A-Za-z]:[\\/]/.test(source) || source.includes("/");
}

function split(text: string): string[] {
  // The colon of a Windows drive is part of the path.
  const drive = /^[A-Za-z]:[\\/]/.exec(text)?.[0] ?? "";
  const parts = text.slice(drive.length).split(":");
  parts[0] = drive + parts[0]!;
  return parts;
}

function longForm(value: JsonValue): Mount | string {
  const type = get(value, "type");
  const source = get(value, "source");
  const target = get(value, "target");
  if (typeof target !== "string" || target === "") return "has no `target`";
  const subPath = get(get(value, "volume"), "subpath");
  const propagation = get(get(value, "bind"), "propagation");
  return {
    type: typeof type === "string" ? type : typeof source === "string" && isPath(source) ? "bind" : "volume",
    source: typeof source === "string" && source !== "" ? source : undefined,
    target,
    readOnly: boolean(get(value, "read_only")) === true,
    subPath: typeof subPath === "string" ? subPath : undefined,
    size: get(get(value, "tmpfs"), "size"),
    propagation: typeof propagation === "string" ? propagation : undefined,
  };
}
