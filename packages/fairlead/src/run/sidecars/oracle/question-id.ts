import type { JsonObject } from "@fairlead/apimachinery";
import type { Injector, Question } from "../../../plan/sidecars/model/question.ts";

export function injectorId(cluster: string, { id }: Injector): string {
  return `${cluster} ${id}`;
}

export function questionId({ cluster, injector, key }: Question): string {
  return `${cluster} ${injector.id} ${key}`;
}

/** The question whose answer says most about the configuration: of a pod that asks for nothing special. */
export function plainest(questions: Iterable<Question>): Question | undefined {
  let first: Question | undefined;
  for (const question of questions) {
    first ??= question;
    const metadata = question.pod["metadata"] as JsonObject | undefined;
    const names = Object.keys((metadata?.["annotations"] as JsonObject | undefined) ?? {});
    if (!names.some((name) => /^(sidecar|inject|proxy)\.istio\.io\//.test(name))) return question;
  }
  return first;
}
