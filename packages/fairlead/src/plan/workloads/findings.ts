import { defineFindings } from "@fairlead/krm";

/** FL200-299. */
export const workloadFinding = defineFindings({
  FL200: {
    title: "Which container is the main one is not clear",
    severity: "error",
    explanation:
      "Service ports, the Datadog version and the metrics port come from the main container: the one named like the App, or the only one. Here there are several and none has the App's name.",
    remedy: "Give the main container the name of the App.",
  },
  FL201: {
    title: "There is no container",
    severity: "error",
    explanation: "A pod runs at least one container.",
    remedy: "Write `containers` with a name, an image and resources.",
  },
  FL202: {
    title: "A container has no image",
    severity: "error",
    explanation: "Neither the container nor a template that it extends names an image.",
    remedy: "Write `image`, or `extends` with a ContainerTemplate that has one.",
  },
  FL203: {
    title: "A container has no resources",
    severity: "error",
    explanation:
      "Without requests the scheduler places the pod blindly and it is the first to be evicted; without a memory limit it can take its node down.",
    remedy:
      "Write `resources` with requests and limits, or `resources: unlimited` to say on purpose that there are none.",
  },
  FL204: {
    title: "A container's name is invalid or taken",
    severity: "error",
    explanation: "Names of containers are DNS labels, and no two containers of a pod have the same one.",
    remedy: "Use lower-case letters, digits and dashes, and a name of its own for each container and init container.",
  },
  FL205: {
    title: "The name of a port is invalid",
    severity: "error",
    explanation:
      "Kubernetes wants port names of at most 15 lower-case letters, digits and single dashes, with at least one letter.",
    remedy: "Shorten or correct the name.",
  },
  FL206: {
    title: "A port number is out of range",
    severity: "error",
    explanation: "Ports are numbers from 1 to 65535.",
    remedy: "Correct the number.",
  },
  FL207: {
    title: "Two ports are the same",
    severity: "error",
    explanation:
      "Two ports have the same name, or the same number and protocol, where Kubernetes allows one; or http and grpc are said to be served on one port.",
    remedy: "Give each port its own name and number. For gRPC and HTTP on one port write `grpc` only.",
  },
  FL208: {
    title: "A port is named that no container has",
    severity: "error",
    explanation:
      "A probe, a Service, or the monitoring refers to a container port that none of the containers declares.",
    remedy: "Declare the port in `http`, `grpc` or `ports` of a container, or correct the reference.",
  },
  FL209: {
    title: "A Service has no ports",
    severity: "error",
    explanation: "Kubernetes refuses a Service without ports unless it is headless or an ExternalName.",
    remedy: "Declare a port in the main container, write `ports` in the Service, or turn it off with `enabled: false`.",
  },
  FL210: {
    title: "A field does not apply to this workload",
    severity: "error",
    explanation:
      "The field belongs to another kind of workload than the one that this object becomes, and would be lost.",
    remedy: "Remove the field, or choose the `workload` that it belongs to.",
  },
  FL211: {
    title: "Fixed replicas together with scaling",
    severity: "warning",
    explanation:
      "With both, every apply would reset what the autoscaler decided, so the replicas are left out when scaling is present.",
    remedy: "Remove `replicas`; `scaling.min` is the least number.",
  },
  FL212: {
    title: "Scaling limits contradict each other",
    severity: "error",
    explanation: "The autoscaler refuses a minimum above the maximum, and an idle count that is not below the minimum.",
    remedy: "Write idle < min <= max.",
  },
  FL213: {
    title: "Scaling has nothing to scale by",
    severity: "error",
    explanation: "An autoscaler without triggers never changes the number of replicas, and KEDA and the HPA refuse it.",
    remedy: "Add cpu, memory, pubsub, rabbitmq, kafka, prometheus, cron or triggers; or write `replicas` instead.",
  },
  FL214: {
    title: "A trigger is incomplete or contradictory",
    severity: "error",
    explanation: "The trigger needs exactly one target value, and values that its scaler understands.",
    remedy: "Correct the trigger as the message says.",
  },
  FL215: {
    title: "The HorizontalPodAutoscaler cannot use this trigger",
    severity: "error",
    explanation: "It knows cpu and memory only; queues, Prometheus, schedules and scale to zero need KEDA.",
    remedy: "Use `engine: keda`, or remove the trigger.",
  },
  FL216: {
    title: "The workload could not come back from zero",
    severity: "error",
    explanation:
      "CPU and memory of pods that do not run cannot be measured, so cpu and memory alone cannot scale up from zero.",
    remedy: "Write `min: 1`, or add a trigger that is measured elsewhere, such as a queue.",
  },
  FL217: {
    title: "A trigger names a subscription that is not declared",
    severity: "warning",
    explanation: "Subscriptions are declared in the input, but none has this name.",
    remedy: "Correct the name, or ignore this when the subscription is made elsewhere.",
  },
  FL218: {
    title: "A queue trigger has no credentials",
    severity: "warning",
    explanation: "KEDA reads the queue's length itself and needs credentials for it.",
    remedy:
      "Name a TriggerAuthentication in the trigger's `authentication`, in `scaling.triggerAuthentications`, or for all in the Environment's `scaling.authentication`.",
  },
  FL219: {
    title: "KEDA no longer reads what compat mode writes",
    severity: "info",
    explanation:
      "Compat mode writes triggers as the predecessor did. KEDA 2.18 dropped `metadata.type` of cpu and memory triggers, and 2.20 drops `subscriptionSize`.",
    remedy: "Leave compat mode before upgrading KEDA.",
  },
  FL220: {
    title: "The PodDisruptionBudget blocks every drain",
    severity: "warning",
    explanation: "With these numbers no pod may ever be evicted, so nodes cannot be drained for upgrades.",
    remedy: "Use `maxUnavailable: 1`, lower `minAvailable`, or run more replicas.",
  },
  FL221: {
    title: "The PodDisruptionBudget has both limits",
    severity: "error",
    explanation: "Kubernetes accepts minAvailable or maxUnavailable, not both.",
    remedy: "Remove one of them.",
  },
  FL222: {
    title: "A mount has no volume",
    severity: "error",
    explanation: "A container mounts a volume that the pod does not have.",
    remedy: "Add it to `volumes` or `volumeClaimTemplates`, or correct the name.",
  },
  FL223: {
    title: "Two volumes or mounts are the same",
    severity: "error",
    explanation: "Volume names are unique in a pod, and mount paths in a container.",
    remedy: "Remove or rename one of them.",
  },
  FL224: {
    title: "Something is listed twice",
    severity: "warning",
    explanation: "The same ConfigMap, Secret or variable is listed twice; the last one counts.",
    remedy: "Remove one of the two.",
  },
  FL225: {
    title: "The selector does not select the pods",
    severity: "error",
    explanation: "Kubernetes refuses a workload whose selector does not match the labels of its own pods.",
    remedy: "Write the selector's labels in `pod.labels`.",
  },
  FL226: {
    title: "Prometheus has no port to scrape",
    severity: "error",
    explanation: "The metrics port is `http` of the main container unless `monitoring.prometheus.port` says otherwise.",
    remedy: "Write `monitoring.prometheus.port`.",
  },
  FL227: {
    title: "Datadog's tags are incomplete",
    severity: "info",
    explanation:
      "DD_ENV is the name of the environment and DD_VERSION the tag of the main container's image; one of them is not known.",
    remedy: "Choose an environment with `--environment`, and give the image a tag.",
  },
  FL228: {
    title: "A configuration is not in the input",
    severity: "info",
    explanation:
      "`reload` puts a hash of the configuration on the pods. The content of this ConfigMap or Secret is not known while rendering, so the workload is annotated for Stakater's Reloader instead.",
    remedy: "Nothing, if Reloader runs in the cluster; otherwise add the object to the input.",
  },
  FL229: {
    title: "Reload has no effect",
    severity: "info",
    explanation:
      "A CronJob's next run reads the new configuration anyway, and a Job's pods cannot be changed unless `uniqueName` makes a new Job.",
    remedy: "Remove `reload`, or add `uniqueName: true` to a Job.",
  },
  FL230: {
    title: "A connection pool is not declared",
    severity: "error",
    explanation: "`connectionPools` names a ConnectionPool that is not in the input.",
    remedy: "Declare it, or correct the name.",
  },
  FL231: {
    title: "Utilisation cannot be measured",
    severity: "warning",
    explanation:
      "The targets of cpu and memory are percentages of the requests of all containers; one container has no request (nor limit).",
    remedy: "Write the request for every container.",
  },
  FL232: {
    title: "The rollout's steps are wrong",
    severity: "error",
    explanation:
      "Steps set a weight, wait, or both; and either `steps` or Argo's own `strategy` describes the rollout.",
    remedy: "Correct the step, or remove one of the two.",
  },
  FL233: {
    title: "The analysis measures nothing",
    severity: "warning",
    explanation: "A canary that is judged by numbers which nobody reports always passes.",
    remedy: "Correct the analysis as the message says.",
  },
  FL234: {
    title: "The traffic router cannot split this App's traffic",
    severity: "error",
    explanation: "A traffic router divides requests between two Services and needs a Service port, and a route.",
    remedy: "Declare `http` or `grpc`, declare the Route, or use `trafficRouter: none`.",
  },
  FL235: {
    title: "A patch matches no object",
    severity: "error",
    explanation: "`patches` applies to the objects that this declaration becomes; none of them is the target.",
    remedy: "Correct `target.kind` or `target.name`.",
  },
  FL236: {
    title: "A patch is not possible",
    severity: "error",
    explanation: "Patches may change everything but the identity of an object, and leave an object behind.",
    remedy: "Remove apiVersion, kind, name and namespace from the patch; use the declaration's own fields for names.",
  },
  FL237: {
    title: "When the Task runs is contradictory",
    severity: "error",
    explanation: "A Task runs on a schedule, by hand (`manual`), or once.",
    remedy: "Keep one of them.",
  },
  FL238: {
    title: "A cron expression is invalid",
    severity: "error",
    explanation: "Kubernetes and KEDA read five fields (minute hour day month weekday), or a word such as @daily.",
    remedy: "Correct the expression.",
  },
  FL239: {
    title: "A time zone is unknown",
    severity: "error",
    explanation: "Time zones are names of the IANA database, such as Europe/Berlin.",
    remedy: "Correct the name.",
  },
  FL240: {
    title: "A name is too long",
    severity: "error",
    explanation:
      "Kubernetes adds to names: a CronJob's Jobs get 11 more characters, a StatefulSet's revision label 11, a canary Service 7; each has to stay within 63.",
    remedy: "Shorten the name of the object.",
  },
  FL241: {
    title: "A field has no effect on this Task",
    severity: "error",
    explanation: "The field belongs to a CronJob and this is a Job, or the other way round, and would be lost.",
    remedy: "Remove the field, or add `schedule`.",
  },
  FL242: {
    title: "A failure policy needs restartPolicy Never",
    severity: "error",
    explanation: "Kubernetes refuses podFailurePolicy together with another restartPolicy.",
    remedy: "Write `restartPolicy: Never`, or remove it.",
  },
  FL243: {
    title: "An App and a Task have the same name",
    severity: "error",
    explanation: "The pods of both would carry the same label, so the App's Service would send requests to the Task.",
    remedy: "Rename the Task.",
  },
  FL244: {
    title: "A duration is invalid",
    severity: "error",
    explanation: "Durations are written as Kubernetes writes them: 500ms, 30s, 5m, 1h30m.",
    remedy: "Correct the duration.",
  },
  FL245: {
    title: "Two Services of the App have the same name",
    severity: "error",
    explanation: "Each Service needs a name of its own.",
    remedy: "Rename one of them.",
  },
  FL246: {
    title: "A label is invalid",
    severity: "error",
    explanation:
      "Label values have at most 63 letters, digits, dashes, dots and underscores, and begin and end with a letter or digit.",
    remedy: "Correct the value.",
  },
  FL247: {
    title: "A request is above its limit",
    severity: "error",
    explanation: "Kubernetes refuses a container that asks for more than it may use.",
    remedy: "Lower the request or raise the limit.",
  },
  FL248: {
    title: "A name is invalid",
    severity: "error",
    explanation: "Kubernetes refuses objects, volumes and variables of such a name.",
    remedy: "Correct the name as the hint says.",
  },
});

export type WorkloadCode = keyof typeof workloadFinding.definitions;
