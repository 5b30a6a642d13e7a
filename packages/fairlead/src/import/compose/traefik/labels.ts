import type { FieldPath } from "@fairlead/apimachinery";
import { get } from "@fairlead/apimachinery";
import { pairs, type Service } from "../service.ts";

/** One label for Traefik: `traefik.http.routers.web.rule` has the path `[http, routers, web, rule]`. */
export interface TraefikLabel {
  readonly path: readonly string[];
  readonly key: string;
  readonly value: string;
  readonly field: FieldPath;
}

export function isTraefikLabel(key: string): boolean {
  return /^traefik\./i.test(key);
}

/** Labels of the container and, as Swarm has them, of its deployment. */
export function labelsOf(service: Service): TraefikLabel[] {
  const sources = [
    { value: service.value["labels"], field: ["labels"] },
    { value: get(service.value["deploy"], "labels"), field: ["deploy", "labels"] },
  ];
  return sources.flatMap(({ value, field }) =>
    pairs(value)
      .filter(([key]) => isTraefikLabel(key))
      .map(([key, text], index) => ({
        path: key.split(".").slice(1),
        key,
        value: text ?? "",
        field: Array.isArray(value) ? [...field, index] : [...field, key],
      })),
  );
}

/** Whether a path begins with `words`; Traefik does not mind upper and lower case. */
export function under(label: TraefikLabel, ...words: readonly string[]): boolean {
  return words.every((word, index) => label.path[index]?.toLowerCase() === word);
}
