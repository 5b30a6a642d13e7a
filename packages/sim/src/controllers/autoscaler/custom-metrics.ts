import { get, parseQuantity, quantityUnits, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { replicasForAverage, type Proposal, type Tolerances } from "./replica-calculator.ts";

export interface CustomMetricInput {
  readonly spec: JsonValue;
  readonly current: number;
  readonly pods: readonly JsonObject[];
  readonly tolerances: Tolerances;
  readonly now: number;
  /** The autoscaler itself. */
  readonly scaler: JsonObject;
  /** What a metric of type Object describes. */
  readonly described: (reference: JsonValue | undefined) => JsonObject | undefined;
}

export interface CustomProposal {
  readonly proposal: Proposal;
  /** As in `Scaled up because of NAME`. */
  readonly name: string;
  /** How `current` is told: per pod or as a whole. */
  readonly field: "averageValue" | "value";
}

const prefix = "sim.fairlead.dev/";

/**
 * What a metric of type Pods, Object or External asks for, where annotations say it: `sim.fairlead.dev/metric.NAME: "12"`
 * of each pod or of the described object, `sim.fairlead.dev/external.NAME` of the autoscaler. Undefined where nobody
 * measures it.
 */
export function customProposal(input: CustomMetricInput): CustomProposal | undefined {
  const { spec, pods } = input;
  const type = textOf(get(spec, "type"));
  const source = get(spec, type.charAt(0).toLowerCase() + type.slice(1));
  const name = textOf(get(get(source, "metric"), "name"));
  const target = get(source, "target");
  const [average, value] = [milliOf(get(target, "averageValue")), milliOf(get(target, "value"))];
  if (type === "Pods") {
    const metrics = new Map(
      pods.flatMap((pod): [string, number][] => {
        const used = annotated(pod, `metric.${name}`);
        return used === undefined ? [] : [[textOf(get(pod["metadata"], "name")), used]];
      }),
    );
    if (metrics.size === 0 || average === undefined) return undefined;
    const proposal = replicasForAverage({ ...input, metrics, resource: "", container: "" }, average);
    return { proposal, name: `pods metric ${name}`, field: "averageValue" };
  }
  const isExternal = type === "External";
  const measured = isExternal
    ? annotated(input.scaler, `external.${name}`)
    : annotated(input.described(get(source, "describedObject")), `metric.${name}`);
  if (measured === undefined) return undefined;
  const described = textOf(get(get(source, "describedObject"), "kind"));
  const title = isExternal ? `external metric ${name}(nil)` : `${described} metric ${name}`;
  if (average !== undefined) {
    return { proposal: perPod(input, measured, average), name: `external metric ${name}(nil)`, field: "averageValue" };
  }
  return value === undefined ? undefined : { proposal: asWhole(input, measured, value), name: title, field: "value" };
}

function milliOf(value: JsonValue | undefined): number | undefined {
  const quantity = value === undefined ? undefined : parseQuantity(textOf(value));
  return quantity === undefined ? undefined : Number(quantityUnits(quantity, -3));
}

function annotated(object: JsonObject | undefined, name: string): number | undefined {
  return milliOf(get(get(object?.["metadata"], "annotations"), `${prefix}${name}`));
}

function isWithin(ratio: number, { up, down }: Tolerances): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}

/** So many replicas that each has no more than the target. */
function perPod({ current, tolerances }: CustomMetricInput, measured: number, target: number): Proposal {
  const replicas = isWithin(measured / (target * current), tolerances) ? current : Math.ceil(measured / target);
  return { kind: "replicas", replicas, usage: Math.ceil(measured / Math.max(1, current)) };
}

/** Grows and shrinks with the measured value, from the pods that are ready. */
function asWhole({ current, pods, tolerances }: CustomMetricInput, measured: number, target: number): Proposal {
  const ratio = measured / target;
  if (current === 0) return { kind: "replicas", replicas: Math.ceil(ratio), usage: measured };
  if (isWithin(ratio, tolerances)) return { kind: "replicas", replicas: current, usage: measured };
  if (pods.length === 0) {
    const why = "no pods returned by selector while calculating replica count";
    return { kind: "error", message: `unable to calculate ready pods: ${why}` };
  }
  return { kind: "replicas", replicas: Math.ceil(ratio * pods.filter(isReady).length), usage: measured };
}

function isReady({ status }: JsonObject): boolean {
  const conditions = get(status, "conditions");
  const list = Array.isArray(conditions) ? conditions : [];
  const ready = list.some((one) => get(one, "type") === "Ready" && get(one, "status") === "True");
  return get(status, "phase") === "Running" && ready;
}
