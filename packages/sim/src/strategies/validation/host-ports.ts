import { get, type JsonValue } from "@fairlead/apimachinery";
import { duplicateValue } from "../../field-problem.ts";
import { listOf, text, type Problems } from "./checks.ts";

/** Ports of the host that two of the containers want. */
export function* hostPortConflicts(containers: readonly JsonValue[], at: string): Problems {
  const seen = new Set<string>();
  for (const [index, container] of containers.entries()) {
    for (const [which, port] of listOf(get(container, "ports")).entries()) {
      const number = get(port, "hostPort") ?? 0;
      if (number === 0) continue;
      const wanted = `${text(port, "protocol")}/${text(port, "hostIP")}/${Number(number)}`;
      if (seen.has(wanted)) yield duplicateValue(`${at}[${index}].ports[${which}].hostPort`, wanted);
      seen.add(wanted);
    }
  }
}
