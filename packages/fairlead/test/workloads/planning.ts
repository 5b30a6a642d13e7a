import assert from "node:assert/strict";
import { isObject, type JsonObject } from "@fairlead/apimachinery";
import type { Finding, KrmObject, ObjectMeta } from "@fairlead/krm";
import { createWorld } from "../../src/compile/world.ts";
import type { AppSpec } from "../../src/kinds/app.ts";
import type { EnvironmentSpec } from "../../src/kinds/environment.ts";
import type { TaskSpec } from "../../src/kinds/task.ts";
import type { Declaration } from "../../src/plan/declaration.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { appPlanner } from "../../src/plan/workloads/app.ts";
import { taskPlanner } from "../../src/plan/workloads/task.ts";

export interface Surroundings {
  readonly name?: string;
  readonly compat?: boolean;
  readonly metadata?: Partial<ObjectMeta>;
  readonly environment?: string;
  readonly settings?: EnvironmentSpec;
  readonly objects?: readonly KrmObject[];
  readonly declarations?: readonly Declaration[];
}

const apiVersion = "fairlead.dev/v1alpha1";

/** A declaration of any kind in namespace shop. */
export function declare<Spec>(kind: string, spec: Spec, around: Surroundings = {}): Declaration<Spec> {
  const name = around.name ?? "orders";
  const namespace = "shop";
  const metadata = { name, namespace, ...around.metadata } as ObjectMeta;
  const ref = { apiVersion, kind, namespace, name };
  return { ref, kind, name, namespace, metadata, spec, compat: around.compat === true };
}

export function worldOf(declaration: Declaration<unknown>, around: Surroundings = {}) {
  return createWorld({
    environment: around.environment,
    settings: around.settings ?? {},
    declarations: [declaration as Declaration, ...(around.declarations ?? [])],
    objects: around.objects ?? [],
  });
}

export function planApp(spec: AppSpec, around: Surroundings = {}): Planned {
  const declaration = declare("App", spec, around);
  return planned(appPlanner.plan(declaration, worldOf(declaration, around)));
}

export function planTask(spec: TaskSpec, around: Surroundings = {}): Planned {
  const declaration = declare("Task", spec, around);
  return planned(taskPlanner.plan(declaration, worldOf(declaration, around)));
}

/** A plan with what tests ask of it. */
export interface Planned {
  readonly plan: Plan;
  readonly objects: readonly KrmObject[];
  readonly findings: readonly Finding[];
  readonly codes: readonly string[];
  /** The one object of a kind, and of a name where there are several. */
  one(kind: string, name?: string): KrmObject & { spec: JsonObject };
  has(kind: string, name?: string): boolean;
  /** `Kind/name` of all objects, sorted. */
  readonly list: readonly string[];
  /** The pod template of the workload. */
  readonly template: { metadata: ObjectMeta; spec: JsonObject & { containers: JsonObject[] } };
  readonly container: JsonObject;
}

const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "Rollout", "Job", "CronJob"]);

function planned(plan: Plan): Planned {
  const objects = plan.desired;
  const matching = (kind: string, name?: string) =>
    objects.filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name));
  const list = objects.map((object) => `${object.kind}/${object.metadata.name}`).sort();
  const templateOf = () => {
    const workload = objects.find(({ kind }) => workloads.has(kind));
    assert.ok(workload !== undefined, `a workload among ${list.join(", ")}`);
    let spec = workload["spec"] as JsonObject;
    if (isObject(spec["jobTemplate"])) spec = spec["jobTemplate"]["spec"] as JsonObject;
    return spec["template"] as never as Planned["template"];
  };
  return {
    plan,
    objects,
    findings: plan.findings,
    codes: plan.findings.map(({ code }) => code),
    one(kind, name) {
      const found = matching(kind, name);
      assert.equal(found.length, 1, `one ${kind} ${name ?? ""} among ${list.join(", ")}`);
      return found[0] as KrmObject & { spec: JsonObject };
    },
    has: (kind, name) => matching(kind, name).length > 0,
    list,
    get template() {
      return templateOf();
    },
    get container() {
      return templateOf().spec.containers[0]!;
    },
  };
}

export const resources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "128Mi" } };

/** A container that has nothing wrong. */
export function container(more: object = {}) {
  return { name: "orders", image: "registry.example/orders:1.4.2", resources, ...more } as NonNullable<
    AppSpec["containers"]
  >[number];
}

/** An App that has nothing wrong: one container that serves HTTP. */
export function appSpec(more: object = {}): AppSpec {
  return { containers: [container({ http: { port: 8000, path: "/healthz" } })], ...more };
}

export function taskSpec(more: object = {}): TaskSpec {
  return { containers: [container()], ...more };
}
