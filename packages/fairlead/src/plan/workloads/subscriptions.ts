import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import { items, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";

/** A subscription as it is written, and its real name with the prefix. */
export interface KnownSubscription {
  readonly written: string;
  readonly real: string;
}

/** What the Subscriptions in reach of the App are called. */
export function knownSubscriptions(context: WorkloadContext<AppSpec>): KnownSubscription[] {
  const known: KnownSubscription[] = [];
  for (const declaration of context.world.allDeclared("Subscription")) {
    const spec: JsonValue = declaration.spec;
    if (!isObject(spec)) continue;
    const prefix = text(get(spec, "prefix")) ?? "";
    const listed = items(get(spec, "subscriptions") as { subscription?: JsonValue }[] | undefined);
    const names =
      listed.length > 0
        ? listed.map(({ subscription }) => text(subscription))
        : [text(get(spec, "name")) ?? declaration.name];
    for (const name of names) {
      if (name !== undefined) known.push({ written: name, real: `${prefix}${name}` });
    }
  }
  return known;
}

/** The real name: a declared Subscription's, found with or without its prefix; any other name is taken as it is. */
export function subscriptionName(context: WorkloadContext<AppSpec>, name: string): string {
  if (context.mode === "compat") return name;
  const known = knownSubscriptions(context);
  if (known.some(({ real }) => real === name)) return name;
  return known.find(({ written }) => written === name)?.real ?? name;
}
