import type { JsonObject } from "@fairlead/apimachinery";
import type { ObjectMeta } from "@fairlead/krm";
import type { SubscriptionSpec } from "../../kinds/subscription.ts";
import type { TopicSpec } from "../../kinds/topic.ts";
import type { Declaration } from "../declaration.ts";
import { fields } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { reporter, type Reporter } from "../shared/report.ts";
import type { World } from "../world.ts";
import { messagingFinding } from "./findings.ts";

export type MessagingSpec = TopicSpec | SubscriptionSpec;
export type MessagingCode = keyof (typeof messagingFinding)["definitions"];
export type Engine = "pubsub" | "rabbitmq";

/** What every file of this folder works on: one Topic or Subscription, its surroundings, and where findings go. */
export interface MessagingContext<Spec extends MessagingSpec = MessagingSpec> {
  readonly declaration: Declaration<Spec>;
  readonly spec: Spec;
  readonly world: World;
  readonly engine: Engine;
  /** The Google Cloud project, where one is known. */
  readonly project: string | undefined;
  readonly report: Reporter<MessagingCode>;
}

export function messagingContext<Spec extends MessagingSpec>(
  declaration: Declaration<Spec>,
  world: World,
): MessagingContext<Spec> {
  const { spec } = declaration;
  const settings = world.environment.settings.messaging ?? {};
  const engine = spec.engine ?? settings.engine ?? "pubsub";
  const project = spec.project ?? settings.project;
  const report = reporter(messagingFinding, declaration.ref);
  return { declaration, spec, world, engine, project, report };
}

/** Says, once for a declaration, that Config Connector will have to guess the project. */
export function checkProject({ project, report }: MessagingContext): void {
  if (project !== undefined) return;
  const hint = "set messaging.project in the Environment, or write `project`";
  report("FL358", { message: "the Google Cloud project is not known", hint, field: ["spec", "project"] });
}

/** The same Subscription where it is in the broker of its Topic, as far as it does not say otherwise. */
export function besideTopic<Spec extends MessagingSpec>(
  context: MessagingContext<Spec>,
  topic: TopicSpec,
): MessagingContext<Spec> {
  const { spec } = context;
  const cluster = spec.rabbitmqCluster ?? topic.rabbitmqCluster;
  const vhost = spec.vhost ?? topic.vhost;
  return {
    ...context,
    engine: spec.engine ?? topic.engine ?? context.engine,
    spec: {
      ...spec,
      ...(cluster === undefined ? {} : { rabbitmqCluster: cluster }),
      ...(vhost === undefined ? {} : { vhost }),
    },
  };
}

/** The metadata of an object; Config Connector finds its project in an annotation. */
export function messagingMetadata(context: MessagingContext, name: string): ObjectMeta {
  const { declaration, world, engine, project } = context;
  const annotations =
    engine === "pubsub" && project !== undefined ? { "cnrm.cloud.google.com/project-id": project } : undefined;
  return objectMetadata(declaration as Declaration<MessagingSpec>, world, { name, annotations, primary: true });
}

/** What every object of the topology operator says; undefined, and reported, when the cluster is not known. */
export function rabbitmqPlace(context: MessagingContext): JsonObject | undefined {
  const { spec, world, report } = context;
  const settings = world.environment.settings.messaging ?? {};
  const { name, namespace, connectionSecret } = spec.rabbitmqCluster ?? {
    connectionSecret: undefined,
    ...settings.rabbitmqCluster,
  };
  if ((name === undefined) === (connectionSecret === undefined)) {
    const message =
      name === undefined ? "the RabbitMQ cluster is not known" : "both a cluster and a connectionSecret are named";
    const hint =
      name === undefined ? "set messaging.rabbitmqCluster in the Environment, or write `rabbitmqCluster`" : "keep one";
    report("FL359", { message, hint, field: ["spec", "rabbitmqCluster"] });
    return undefined;
  }
  return fields({
    vhost: spec.vhost ?? settings.vhost,
    rabbitmqClusterReference: fields({
      name,
      namespace,
      connectionSecret: connectionSecret === undefined ? undefined : { name: connectionSecret },
    }),
  });
}
