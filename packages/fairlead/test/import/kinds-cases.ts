/** A manifest and what import makes of it. */
export interface Case {
  readonly name: string;
  readonly input: string;
  /** `Kind name` of the declarations. */
  readonly declared: readonly string[];
  /** `Kind name` of what stays. */
  readonly untouched?: readonly string[];
  /** A part of the finding's message for something that stays. */
  readonly reason?: RegExp;
  /** Texts that the declarations have, or do not have. */
  readonly has?: readonly RegExp[];
  readonly lacks?: readonly RegExp[];
}

const template = (labels = "{app: web}", more = "") => `
  template:
    metadata: {labels: ${labels}}
    spec:
      containers: [{name: web, image: "web:1"}]${more}`;
/** A Deployment of namespace shop. */
export const deployment = (more = "", name = "web", podMore = "") => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop, labels: {app: web}}
spec:
  selector: {matchLabels: {app: ${name}}}${more}${template(`{app: ${name}}`, podMore)}
`;
export const service = (name: string, selector: string, more = "") => `
---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec:
  selector: ${selector}
  ports: [{port: 80}]${more}
`;

export const cases: readonly Case[] = [
  {
    name: "a Deployment",
    input: deployment(),
    declared: ["App web"],
    has: [/"standardLabels":false/, /"resources":"unlimited"/],
  },
  {
    name: "a StatefulSet with claims and a headless Service",
    input: `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  replicas: 3
  podManagementPolicy: Parallel
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}
  ordinals: {start: 1}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      terminationGracePeriodSeconds: 60
      containers:
      - {name: db, image: "postgres:16", volumeMounts: [{name: data, mountPath: /data}]}
  volumeClaimTemplates:
  - metadata: {name: data, labels: {a: b}}
    spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 10Gi}}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: pg, port: 5432}], publishNotReadyAddresses: true}
`,
    declared: ["App db"],
    has: [/"workload":"StatefulSet"/, /"serviceName":"db"/],
  },
  {
    name: "a StatefulSet without a Service",
    input: deployment().replace("kind: Deployment", "kind: StatefulSet"),
    declared: ["App web"],
  },
  {
    name: "a DaemonSet on the host's network",
    input: `
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: kube-system}
spec:
  selector: {matchLabels: {app: agent}}
  updateStrategy: {type: OnDelete}
  template:
    metadata: {labels: {app: agent}}
    spec:
      hostNetwork: true
      hostPID: true
      dnsPolicy: ClusterFirstWithHostNet
      priorityClassName: system-node-critical
      tolerations: [{operator: Exists}]
      containers:
      - name: agent
        image: agent:1
        securityContext: {privileged: true}
        ports: [{name: metrics, containerPort: 9100, hostPort: 9100}]
        volumeMounts: [{name: root, mountPath: /host, readOnly: true, mountPropagation: HostToContainer}]
      volumes: [{name: root, hostPath: {path: /}}]
`,
    declared: ["App agent"],
    has: [/"workload":"DaemonSet"/],
  },
  {
    name: "an Argo Rollout with its own strategy",
    input: `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  strategy:
    canary:
      canaryService: web-canary
      stableService: web-stable
      steps: [{setWeight: 20}, {pause: {duration: 5m}}, {setCanaryScale: {weight: 50}}]
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1", resources: {}}]}
`,
    declared: ["App web"],
    has: [/"strategy":\{"canary"/],
  },
  {
    name: "a Rollout that refers to a Deployment",
    input: `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  strategy: {canary: {}}
`,
    declared: [],
    untouched: ["Rollout web"],
    reason: /workloadRef/,
  },
  {
    name: "a Job with everything that a Job can say",
    input: `
apiVersion: batch/v1
kind: Job
metadata: {name: migrate, namespace: shop, labels: {a: b}, annotations: {c: d}}
spec:
  parallelism: 2
  completions: 4
  completionMode: Indexed
  backoffLimitPerIndex: 1
  maxFailedIndexes: 2
  ttlSecondsAfterFinished: 100
  activeDeadlineSeconds: 600
  podReplacementPolicy: Failed
  podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]}
  template:
    metadata: {labels: {app: migrate}}
    spec:
      activeDeadlineSeconds: 300
      restartPolicy: Never
      serviceAccountName: migrator
      containers: [{name: main, image: "migrate:1"}, {name: other, image: "other:1"}]
`,
    declared: ["Task migrate"],
    has: [/"podActiveDeadlineSeconds":300/, /"activeDeadlineSeconds":600/],
  },
  {
    name: "a CronJob with labels of its Jobs",
    input: `
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec:
  schedule: "0 3 * * *"
  timeZone: Europe/Berlin
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 200
  successfulJobsHistoryLimit: 0
  jobTemplate:
    metadata: {labels: {job: nightly}, annotations: {a: b}}
    spec:
      backoffLimit: 0
      template:
        metadata: {labels: {app: nightly}}
        spec: {restartPolicy: OnFailure, containers: [{name: nightly, image: "n:1"}]}
`,
    declared: ["Task nightly"],
    lacks: [/serviceAccount/, /"failedJobsHistoryLimit"/],
  },
  {
    name: "a suspended CronJob that never comes due",
    input: `
apiVersion: batch/v1
kind: CronJob
metadata: {name: byhand}
spec:
  schedule: "0 0 31 2 *"
  suspend: true
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: byhand, image: "n:1"}]}}}}
`,
    declared: ["Task byhand"],
    has: [/"manual":true/],
    lacks: [/schedule/],
  },
  {
    name: "a Job without a name of its own",
    input: `
apiVersion: batch/v1
kind: Job
metadata: {generateName: once-}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: once, image: "n:1"}]}}}
`,
    declared: [],
    untouched: ["Job undefined"],
    reason: /generateName/,
  },
  {
    name: "several Services of one workload",
    input:
      deployment() +
      service("web", "{app: web}") +
      service(
        "web-admin",
        "{app: web}",
        "\n  type: NodePort\n  externalTrafficPolicy: Local\n  sessionAffinity: ClientIP",
      ),
    declared: ["App web"],
    has: [/"services":\[\{"name":"web-admin"/, /"sessionAffinity":"ClientIP"/],
  },
  {
    name: "a Service with a name of its own and a narrower selector",
    input: `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web, tier: front}}${template("{app: web, tier: front, version: v1}")}
---
apiVersion: v1
kind: Service
metadata: {name: frontend, namespace: shop, labels: {x: why}, annotations: {z: w}}
spec:
  type: LoadBalancer
  loadBalancerSourceRanges: [10.0.0.0/8]
  allocateLoadBalancerNodePorts: false
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080, appProtocol: http}, {name: dns, port: 53, protocol: UDP}]
`,
    declared: ["App web"],
    has: [/"name":"frontend"/, /"selector":\{"app":"web"\}/, /"appProtocol":"http"/],
  },
  {
    name: "a Service of two workloads",
    input:
      deployment("", "a").replace(
        "template:\n    metadata: {labels: {app: a}}",
        "template:\n    metadata: {labels: {app: a, of: both}}",
      ) +
      "---" +
      deployment("", "b").replace(
        "template:\n    metadata: {labels: {app: b}}",
        "template:\n    metadata: {labels: {app: b, of: both}}",
      ) +
      service("both", "{of: both}"),
    declared: ["App a", "App b"],
    untouched: ["Service both"],
    reason: /belongs to 2 workloads: Deployment a, Deployment b/,
  },
  {
    name: "Services that select nothing, and other clusters' names",
    input: `
apiVersion: v1
kind: Service
metadata: {name: external}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: manual}
spec: {ports: [{port: 80}]}
`,
    declared: [],
    untouched: ["Service external", "Service manual"],
    reason: /selects no pods/,
  },
  {
    name: "a HorizontalPodAutoscaler by CPU and memory with behaviour",
    input:
      deployment() +
      `
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web-hpa, namespace: shop, labels: {l: m}}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 9
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
  - {type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 80}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 60, policies: [{type: Percent, value: 10, periodSeconds: 30}]}}
`,
    declared: ["App web"],
    has: [/"engine":"hpa"/, /"name":"web-hpa"/, /"cpu":70/],
  },
  {
    name: "a HorizontalPodAutoscaler by requests per second",
    input:
      deployment("\n  replicas: 2") +
      `
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 9
  metrics: [{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: "100"}}}]
`,
    declared: ["App web"],
    untouched: ["HorizontalPodAutoscaler web"],
    reason: /not the use of CPU or memory/,
  },
  {
    name: "a HorizontalPodAutoscaler in the old version",
    input:
      deployment() +
      `
---
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 9, targetCPUUtilizationPercentage: 50}
`,
    declared: ["App web"],
    untouched: ["HorizontalPodAutoscaler web"],
  },
  {
    name: "a ScaledObject with its credentials",
    input:
      deployment() +
      `
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {name: web}
  minReplicaCount: 0
  maxReplicaCount: 5
  cooldownPeriod: 120
  triggers:
  - {type: cpu, metricType: Utilization, metadata: {value: "60"}}
  - {type: aws-sqs-queue, metadata: {queueURL: q}, authenticationRef: {name: sqs}}
---
apiVersion: keda.sh/v1alpha1
kind: TriggerAuthentication
metadata: {name: sqs, namespace: shop}
spec: {podIdentity: {provider: aws}}
`,
    declared: ["App web"],
  },
  {
    name: "a PodDisruptionBudget in percent",
    input:
      deployment("\n  replicas: 4") +
      `
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web-pdb, namespace: shop}
spec: {minAvailable: 50%, unhealthyPodEvictionPolicy: IfHealthyBudget, selector: {matchLabels: {app: web}}}
`,
    declared: ["App web"],
    has: [/"minAvailable":"50%"/, /"name":"web-pdb"/],
  },
  {
    name: "a ServiceAccount of one workload",
    input:
      deployment("", "web", "\n      serviceAccountName: web-identity\n      automountServiceAccountToken: false") +
      `
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web-identity, namespace: shop, annotations: {iam.example/role: x}}
automountServiceAccountToken: false
imagePullSecrets: [{name: pull}]
`,
    declared: ["App web"],
    has: [/"iam.example\/role":"x"/],
  },
  {
    name: "a ServiceAccount of several workloads, named in the old way too",
    input:
      deployment("", "a", "\n      serviceAccountName: shared\n      serviceAccount: shared") +
      "---" +
      deployment("", "b", "\n      serviceAccount: shared") +
      `
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: shared, namespace: shop}
`,
    declared: ["App a", "App b"],
    untouched: ["ServiceAccount shared"],
  },
  {
    name: "a PodMonitor",
    input:
      deployment("", "web", "").replace(
        'image: "web:1"',
        'image: "web:1", ports: [{name: metrics, containerPort: 9000}]',
      ) +
      `
---
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: web, namespace: shop, labels: {release: prom}}
spec: {selector: {matchLabels: {app: web}}, podMetricsEndpoints: [{port: metrics, path: /m, interval: 30s}]}
`,
    declared: ["App web"],
    has: [/"prometheus":\{/],
  },
  {
    name: "a ServiceMonitor that has more than an App can say",
    input:
      deployment() +
      service("web", "{app: web}").replace(
        "metadata: {name: web, namespace: shop}",
        "metadata: {name: web, namespace: shop, labels: {app: web}}",
      ) +
      `
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, endpoints: [{port: a, relabelings: [{a: b, c: d, e: f}]}, {port: b}]}
`,
    declared: ["App web"],
    untouched: ["ServiceMonitor web"],
  },
  {
    name: "a selector with expressions",
    input: deployment().replace(
      "selector: {matchLabels: {app: web}}",
      "selector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: NotIn, values: [x]}]}",
    ),
    declared: ["App web"],
    has: [/"matchExpressions"/],
  },
  {
    name: "fields that no kind has a word for",
    input: deployment()
      .replace("labels: {app: web}}\nspec", "labels: {app: web}, finalizers: [example.com/keep]}\nspec")
      .replace("metadata: {labels: {app: web}}", "metadata: {labels: {app: web}, finalizers: [example.com/pod]}"),
    declared: ["App web"],
    has: [/"patches":\[/],
  },
  {
    name: "a workload whose name an App cannot have",
    input: deployment("", "1.web"),
    declared: [],
    untouched: ["Deployment 1.web"],
    reason: /not a valid name/,
  },
  {
    name: "two workloads of one name",
    input: deployment() + "---" + deployment().replace("kind: Deployment", "kind: StatefulSet"),
    declared: ["App web"],
    untouched: ["StatefulSet web"],
    reason: /another workload is App web already/,
  },
  {
    name: "an object that a controller made",
    input: deployment().replace(
      "namespace: shop,",
      "namespace: shop, ownerReferences: [{apiVersion: v1, kind: X, name: x, uid: u, controller: true}],",
    ),
    declared: [],
    untouched: ["Deployment web"],
    reason: /a controller makes it/,
  },
  {
    name: "a List",
    input: `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": {"selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "a", "image": "a"}]}}}}, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"k": "v"}}]}`,
    declared: ["App a"],
    untouched: ["ConfigMap c"],
  },
  {
    name: "workloads of several namespaces, each with its own Service",
    input:
      deployment() +
      service("web", "{app: web}") +
      "---" +
      (deployment() + service("web", "{app: web}")).replaceAll("namespace: shop", "namespace: other") +
      "---" +
      deployment().replaceAll(", namespace: shop", ""),
    declared: ["App web", "App web", "App web"],
  },
  {
    name: "a manifest that was read from a cluster",
    input: deployment().replace(
      "labels: {app: web}}\nspec",
      'labels: {app: web}, uid: u, resourceVersion: "5", generation: 3, creationTimestamp: "2024-01-01T00:00:00Z", managedFields: [], annotations: {deployment.kubernetes.io/revision: "4", kubectl.kubernetes.io/last-applied-configuration: "{}", keep: me}}\nstatus: {replicas: 1}\nspec',
    ),
    declared: ["App web"],
    has: [/"keep":"me"/],
    lacks: [/revision/, /resourceVersion/, /"status"/],
  },
  {
    name: "defaults that somebody wrote out",
    input: deployment(
      "\n  progressDeadlineSeconds: 600\n  revisionHistoryLimit: 10\n  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}",
      "web",
      "\n      restartPolicy: Always\n      dnsPolicy: ClusterFirst\n      schedulerName: default-scheduler\n      securityContext: {}\n      terminationGracePeriodSeconds: 30",
    ),
    declared: ["App web"],
    lacks: [/restartPolicy/, /dnsPolicy/, /revisionHistoryLimit/, /updateStrategy/, /securityContext/],
  },
];
