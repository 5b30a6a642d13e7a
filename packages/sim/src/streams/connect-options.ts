import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { badRequest } from "../errors.ts";
import type { ExecRequest } from "./exec-target.ts";

/** As API servers read booleans of a query: anything but `false` and `0` is true. */
function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== "0" && value.toLowerCase() !== "false";
}

/** PodExecOptions or PodAttachOptions of a query: `stdin=true&command=a&command=b`. What is not set is left out, as Go does. */
export function execOptions(kind: "PodExecOptions" | "PodAttachOptions", query: URLSearchParams): JsonObject {
  const flags = ["stdin", "stdout", "stderr", "tty"].filter((name) => isSet(query, name));
  const container = query.get("container") ?? "";
  const command = query.getAll("command");
  return {
    kind,
    apiVersion: "v1",
    ...Object.fromEntries(flags.map((name) => [name, true])),
    ...(container === "" ? {} : { container }),
    ...(kind === "PodAttachOptions" ? {} : { command: command.length === 0 ? null : command }),
  };
}

/** What options ask for, once admission has had its say. */
export function execRequest(options: JsonObject): ExecRequest {
  const is = (name: string): boolean => get(options, name) === true;
  const command = get(options, "command");
  return {
    command: Array.isArray(command) ? command.map(textOf) : [],
    container: textOf(get(options, "container")),
    stdin: is("stdin"),
    stdout: is("stdout"),
    // A terminal has one output.
    stderr: is("stderr") && !is("tty"),
    tty: is("tty"),
  };
}

/** PodPortForwardOptions of a query: `ports=80&ports=81,82`. Throws 400 for what is no number. */
export function portForwardOptions(query: URLSearchParams): JsonObject {
  const texts = query.getAll("ports").flatMap((text) => text.split(","));
  const ports = texts.map((text) => {
    const quoted = JSON.stringify(text);
    if (!/^\d+$/.test(text))
      throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${quoted}: invalid syntax`);
    if (Number(text) > 0xffff)
      throw badRequest(`cannot convert to []int32: strconv.ParseUint: parsing ${quoted}: value out of range`);
    return Number(text);
  });
  return { kind: "PodPortForwardOptions", apiVersion: "v1", ...(ports.length === 0 ? {} : { ports }) };
}
