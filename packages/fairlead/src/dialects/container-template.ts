import { formatPath, get, isObject, type FieldPath, type JsonObject } from "@fairlead/apimachinery";
import { translateContainer } from "./container.ts";
import type { Conversion, ConvertOptions } from "./dialect.ts";
import { startTranslation } from "./translation.ts";
import { restOfObject, translateMetadata } from "./workload.ts";

/**
 * LummoContainer becomes a ContainerTemplate. The README only announced it, so each shape that people may have written
 * is read: the container's fields right below `spec`, or below `spec.container`, or as the only one of `containers`.
 */
export function convertContainerTemplate(value: JsonObject, options?: ConvertOptions): Conversion {
  const t = startTranslation(value, "LummoContainer", "ContainerTemplate", options);
  const spec = t.map(["spec"]);
  const place = containerPlace(spec);
  const named = isObject(value["metadata"]) && (get(value["metadata"], "name") ?? undefined) !== undefined;
  const name = translateMetadata(
    t,
    named
      ? []
      : [
          ["spec", "app"],
          [...place, "name"],
        ],
  );
  translateContainer(t, place, ["spec"], { beside: place.length === 1 ? ["app", "part-of"] : [] });
  if (place.length > 1) t.rest(["spec"], ["spec"], ["app", "part-of", "env", String(place[1])], () => []);
  const containers = t.read(["spec", "containers"]);
  if (Array.isArray(containers) && containers.length > 1) {
    t.report("FL157", ["spec", "containers"], {
      message: `${formatPath(["spec", "containers"])} has ${containers.length} containers; a LummoContainer is one`,
      hint: "Write one LummoContainer for each.",
    });
  }
  restOfObject(t, ["spec"]);
  return t.finish(name);
}

function containerPlace(spec: JsonObject | undefined): FieldPath {
  if ((get(spec, "container") ?? undefined) !== undefined) return ["spec", "container"];
  const many = get(spec, "containers") ?? undefined;
  if (Array.isArray(many) && many.length > 0) return ["spec", "containers", 0];
  return many !== undefined ? ["spec", "containers"] : ["spec"];
}
