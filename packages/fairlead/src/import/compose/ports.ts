import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { integer } from "./units.ts";

/** One container port of a service. */
export interface Port {
  readonly target: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  /** The port on the host, a number or a range, as it is written. */
  readonly published: string | undefined;
  readonly name: string | undefined;
  readonly appProtocol: string | undefined;
}

/** A list of ports, or what is wrong with the text. */
export type Ports = { readonly ports: readonly Port[] } | { readonly problem: string };

const widest = 256;

/**
 * Reads an entry of `ports` or `expose`: `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]` with ranges, a number, or the long
 * form.
 */
export function readPorts(value: JsonValue): Ports {
  if (isObject(value)) return longForm(value);
  if (typeof value !== "string" && typeof value !== "number") return { problem: "is neither text nor a map" };
  const [spec = "", protocolText = "tcp", ...more] = String(value).split("/");
  const protocol = readProtocol(protocolText);
  if (protocol === undefined || more.length > 0)
    return { problem: `names the protocol ${JSON.stringify(protocolText)}` };
  const colon = spec.lastIndexOf(":");
  const targets = range(spec.slice(colon + 1));
  if (targets === undefined)
    return { problem: `${JSON.stringify(spec.slice(colon + 1))} is not a port or a range of at most ${widest} ports` };
  const front = colon < 0 ? "" : spec.slice(0, colon);
  const published = front.slice(front.lastIndexOf(":") + 1);
  const each = published === "" ? undefined : range(published);
  if (published !== "" && each === undefined)
    return { problem: `${JSON.stringify(published)} is not a port of the host` };
  const paired = each !== undefined && each.length === targets.length;
  return {
    ports: targets.map((target, index) => ({
      target,
      protocol,
      published: published === "" ? undefined : paired ? String(each[index]) : published,
      name: undefined,
      appProtocol: undefined,
    })),
  };
}

function longForm(value: JsonValue): Ports {
  const target = integer(get(value, "target"));
  if (target === undefined || target < 1 || target > 65535) return { problem: "has no valid `target`" };
  const text = get(value, "protocol") ?? "tcp";
  const protocol = typeof text === "string" ? readProtocol(text) : undefined;
  if (protocol === undefined) return { problem: `names the protocol ${JSON.stringify(text)}` };
  const published = get(value, "published");
  const name = get(value, "name");
  const appProtocol = get(value, "app_protocol");
  return {
    ports: [
      {
        target,
        protocol,
        published: typeof published === "string" || typeof published === "number" ? String(published) : undefined,
        name: typeof name === "string" ? name : undefined,
        appProtocol: typeof appProtocol === "string" ? appProtocol : undefined,
      },
    ],
  };
}

function readProtocol(text: string): Port["protocol"] | undefined {
  const upper = text.toUpperCase();
  return upper === "TCP" || upper === "UDP" || upper === "SCTP" ? upper : undefined;
}

function range(text: string): number[] | undefined {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (first < 1 || last > 65535 || last < first || last - first >= widest) return undefined;
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
