import {
  dns1035LabelProblem,
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  relaxedEnvVarNameProblem,
  type FieldPath,
  type NameCheck,
} from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import { items, object, shown, text, texts } from "../shared/read.ts";
import { placedContainers } from "./check-containers.ts";
import type { WorkloadContext } from "./context.ts";

/** Names that the API server would refuse: of the objects that are made, and of what the pods refer to. */
export function checkNames(context: WorkloadContext): void {
  const spec = context.spec as AppSpec;
  const judge = (value: unknown, problem: NameCheck, field: FieldPath, hint: string): void => {
    const name = text(value);
    if (name === undefined || problem(name) === undefined) return;
    context.report("FL248", { message: `${shown(name)} is no valid name here`, hint, field });
  };
  const service = (value: unknown, field: FieldPath): void =>
    judge(value, dns1035LabelProblem, field, "use at most 63 lower-case letters, digits and dashes, a letter first");
  const other = (value: unknown, field: FieldPath): void =>
    judge(value, dns1123SubdomainProblem, field, "use lower-case letters, digits, dashes and dots");
  service(object(spec.service)?.name, ["spec", "service", "name"]);
  for (const [index, { name }] of items(spec.services).entries()) service(name, ["spec", "services", index, "name"]);
  other(spec.serviceAccountName, ["spec", "serviceAccountName"]);
  other(object(spec.serviceAccount)?.name, ["spec", "serviceAccount", "name"]);
  other(object(spec.disruptionBudget)?.name, ["spec", "disruptionBudget", "name"]);
  const scaling = object(spec.scaling);
  other(scaling?.name, ["spec", "scaling", "name"]);
  for (const [index, { name }] of items(scaling?.triggerAuthentications).entries()) {
    other(name, ["spec", "scaling", "triggerAuthentications", index, "name"]);
  }
  for (const [index, { name }] of items(spec.volumes).entries()) {
    judge(name, dns1123LabelProblem, ["spec", "volumes", index, "name"], "use lower-case letters, digits and dashes");
  }
  for (const { container, field } of placedContainers(context)) {
    for (const list of ["configs", "secrets"] as const) {
      for (const [index, name] of texts(container[list]).entries()) other(name, [...field, list, index]);
    }
    for (const [index, { name }] of items(container.env).entries()) {
      const hint = "use printable characters other than =";
      judge(name, relaxedEnvVarNameProblem, [...field, "env", index, "name"], hint);
    }
  }
}
