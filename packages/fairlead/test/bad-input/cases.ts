/** One piece of bad input, and what has to be said about it. */
export interface BadInput {
  readonly name: string;
  readonly text: string;
  /** The code, line and column of the first finding of severity error. */
  readonly code: string;
  readonly at: string;
  /** What the hint or, without one, the message has to hold. */
  readonly says: RegExp;
}

const resources = "resources: {requests: {cpu: 100m, memory: 64Mi}}";

/** A valid App whose spec is followed by `rest` from line 10 on. */
function app(rest = "", { name = "orders", container = "" } = {}): string {
  return `apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: ${name}, namespace: shop}
spec:
  containers:
    - name: ${name}
      image: example/orders:1
      http: {port: 8080}
      ${resources}
${container}${rest}`;
}

function object(kind: string, spec: string, name = "x"): string {
  return `apiVersion: fairlead.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: shop}\nspec: ${spec}\n`;
}

const documents = (...texts: string[]) => texts.join("---\n");

export const badInputs: readonly BadInput[] = [
  // YAML
  { name: "an unclosed bracket", text: "a: [1, 2\nb: 3\n", code: "FL006", at: "2:2", says: /\]/ },
  { name: "an unclosed quote", text: 'a: "x\nb: 1\n', code: "FL006", at: "1:4", says: /quote|"/ },
  { name: "a tab as indentation", text: "a:\n\tb: 1\n", code: "FL005", at: "2:1", says: /spaces/ },
  {
    name: "a key twice",
    text: app().replace("kind: App\n", "kind: App\nkind: Task\n"),
    code: "FL008",
    at: "3:1",
    says: /remove one/,
  },
  {
    name: "a value indented less than its list",
    text: "a:\n  - b: 1\n c: 2\n",
    code: "FL007",
    at: "3:2",
    says: /indent/,
  },
  { name: "an alias without an anchor", text: "a: *nowhere\n", code: "FL009", at: "1:4", says: /anchor/ },
  { name: "a number that JSON cannot hold", text: "a: .inf\n", code: "FL011", at: "1:4", says: /quote|number/i },
  { name: "a list as a key", text: "? [a]\n: 1\n", code: "FL010", at: "1:3", says: /key/ },
  { name: "a control character", text: 'a: "\u0007"\n', code: "FL003", at: "1:5", says: /\\u0007/ },
  { name: "two values on a line", text: "a: b: c\n", code: "FL004", at: "1:5", says: /quote|map/ },
  { name: "an unknown escape", text: 'a: "\\q"\n', code: "FL004", at: "1:5", says: /escape/ },
  { name: "a bomb of aliases", text: bomb(), code: "FL024", at: "6:30", says: /alias/ },
  {
    name: "ten thousand levels of depth",
    text: `a: ${"[".repeat(10_000)}${"]".repeat(10_000)}\n`,
    code: "FL023",
    at: "1:503",
    says: /deep|level/,
  },
  {
    name: "a scalar of ten megabytes",
    text: `a: ${"x".repeat(10 * 1024 * 1024)}\n`,
    code: "FL022",
    at: "1:4",
    says: /character/,
  },

  // What a document is
  { name: "a list as a document", text: "- 1\n", code: "FL100", at: "1:1", says: /list/ },
  { name: "a text as a document", text: "hello\n", code: "FL100", at: "1:1", says: /hello/ },
  { name: "no kind", text: "apiVersion: v1\nmetadata: {name: x}\n", code: "FL101", at: "1:1", says: /kind/ },
  { name: "a kind that is a number", text: "apiVersion: v1\nkind: 3\n", code: "FL101", at: "2:7", says: /kind/ },
  {
    name: "no apiVersion on somebody's kind",
    text: "kind: ConfigMap\nmetadata: {name: x}\n",
    code: "FL101",
    at: "1:1",
    says: /apiVersion/,
  },
  {
    name: "no apiVersion on our kind",
    text: "kind: App\nmetadata: {name: x}\nspec: {}\n",
    code: "FL103",
    at: "1:1",
    says: /fairlead\.dev\/v1alpha1/,
  },
  {
    name: "an apiVersion we do not serve",
    text: app().replace("v1alpha1", "v1"),
    code: "FL103",
    at: "1:13",
    says: /v1alpha1/,
  },
  {
    name: "a misspelt kind of ours",
    text: app().replace("kind: App", "kind: Ap"),
    code: "FL102",
    at: "2:7",
    says: /App/,
  },
  {
    name: "a misspelt foreign kind",
    text: "apiVersion: lummoKRM/v1\nkind: LummoDeploymnet\n",
    code: "FL102",
    at: "2:7",
    says: /LummoDeployment/,
  },

  // Identity
  { name: "no metadata", text: app().replace(/metadata: .*\n/, ""), code: "FL104", at: "1:1", says: /metadata\.name/ },
  { name: "an empty name", text: app("", { name: '""' }), code: "FL104", at: "3:18", says: /empty|letters/ },
  {
    name: "a name in capitals",
    text: app().replace("name: orders, ", "name: Orders_API, "),
    code: "FL104",
    at: "3:18",
    says: /orders-api/,
  },
  {
    name: "a name of 80 letters",
    text: app().replace("name: orders, ", `name: ${"a".repeat(80)}, `),
    code: "FL104",
    at: "3:18",
    says: /63/,
  },
  { name: "the same App twice", text: documents(app(), app()), code: "FL105", at: "13:18", says: /rename/ },
  {
    name: "labels that are numbers",
    text: app().replace("namespace: shop", "labels: {a: 1}"),
    code: "FL051",
    at: "3:38",
    says: /string/,
  },

  // Types and fields
  { name: "a misspelt field", text: app("  scalling: {max: 3}\n"), code: "FL050", at: "10:3", says: /scaling/ },
  {
    name: "a misspelt field of a container",
    text: app("      htpp: {port: 1}\n"),
    code: "FL050",
    at: "10:7",
    says: /http/,
  },
  { name: "a field of nobody", text: app("  zebra: 1\n"), code: "FL050", at: "10:3", says: /zebra/ },
  {
    name: "a port as text",
    text: app().replace("port: 8080", 'port: "8080"'),
    code: "FL051",
    at: "8:20",
    says: /integer/,
  },
  { name: "a port beyond all ports", text: app().replace("8080", "700000"), code: "FL057", at: "8:20", says: /65535/ },
  { name: "port zero", text: app().replace("8080", "0"), code: "FL056", at: "8:20", says: /1/ },
  { name: "replicas as text", text: app("  replicas: three\n"), code: "FL051", at: "10:13", says: /integer/ },
  { name: "replicas below zero", text: app("  replicas: -1\n"), code: "FL056", at: "10:13", says: /0/ },
  {
    name: "an env value that is a number",
    text: app("      env: [{name: A, value: 1}]\n"),
    code: "FL051",
    at: "10:30",
    says: /string/,
  },
  {
    name: "a quantity that is none",
    text: app().replace("100m", "lots"),
    code: "FL055",
    at: "9:35",
    says: /quantity/i,
  },
  {
    name: "containers as a map",
    text: object("App", "{containers: {name: a}}"),
    code: "FL051",
    at: "4:20",
    says: /list|array/,
  },
  {
    name: "a misspelt workload",
    text: app("  workload: Statefulset\n"),
    code: "FL053",
    at: "10:13",
    says: /StatefulSet/,
  },
  {
    name: "a duration without a unit",
    text: app("  rollout: {steps: [{weight: 30, pause: 5}]}\n"),
    code: "FL066",
    at: "10:41",
    says: /./,
  },
  { name: "spec as a list", text: object("App", "[]"), code: "FL051", at: "4:7", says: /object/ },

  // Templates
  {
    name: "a template that is missing",
    text: app("      extends: bas\n") + "---\n" + object("ContainerTemplate", "{image: a}", "base"),
    code: "FL110",
    at: "10:16",
    says: /base/,
  },
  {
    name: "templates in a circle",
    text: documents(
      object("ContainerTemplate", "{extends: b}", "a"),
      object("ContainerTemplate", "{extends: a}", "b"),
      app("      extends: a\n"),
    ),
    code: "FL111",
    at: "20:16",
    says: /a → b → a/,
  },
  {
    name: "an App that extends itself",
    text: app("  extends: orders\n"),
    code: "FL111",
    at: "10:12",
    says: /orders → orders/,
  },
  { name: "a base App that is missing", text: app("  extends: nobody\n"), code: "FL110", at: "10:12", says: /nobody/ },

  // Workloads
  {
    name: "no image",
    text: app().replace("      image: example/orders:1\n", ""),
    code: "FL202",
    at: "6:7",
    says: /image/,
  },
  {
    name: "no resources",
    text: app().replace(`      ${resources}\n`, ""),
    code: "FL203",
    at: "6:7",
    says: /resources/,
  },
  { name: "no containers", text: object("App", "{partOf: a}"), code: "FL201", at: "4:7", says: /container/ },
  {
    name: "two containers of one name",
    text: app("    - {name: orders, image: b, resources: unlimited}\n"),
    code: "FL065",
    at: "10:7",
    says: /orders/,
  },
  {
    name: "http and grpc on one port",
    text: app("      grpc: {port: 8080}\n"),
    code: "FL207",
    at: "10:20",
    says: /8080/,
  },
  {
    name: "fewer at most than at least",
    text: app("  scaling: {min: 5, max: 1, cpu: 50}\n"),
    code: "FL212",
    at: "10:18",
    says: /5/,
  },
  { name: "scaling by nothing", text: app("  scaling: {max: 3}\n"), code: "FL213", at: "10:12", says: /trigger|cpu/ },
  {
    name: "a Service port to nowhere",
    text: app("  service: {ports: [{port: 80, targetPort: web}]}\n"),
    code: "FL208",
    at: "10:44",
    says: /web/,
  },
  {
    name: "a mount without a volume",
    text: app("      volumeMounts: [{name: data, mountPath: /data}]\n"),
    code: "FL222",
    at: "10:29",
    says: /data/,
  },
  {
    name: "a DaemonSet that scales",
    text: app("  workload: DaemonSet\n  scaling: {max: 3, cpu: 50}\n"),
    code: "FL210",
    at: "11:12",
    says: /DaemonSet/,
  },
  {
    name: "claims of a Deployment",
    text: app("  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce]}}]\n"),
    code: "FL210",
    at: "10:25",
    says: /StatefulSet/,
  },
  {
    name: "a pool that is not declared",
    text: app("  connectionPools: [nothing]\n"),
    code: "FL230",
    at: "10:21",
    says: /nothing/,
  },
  {
    name: "metrics on a port of nobody",
    text: app("  monitoring: {prometheus: {port: metrics}}\n"),
    code: "FL208",
    at: "10:35",
    says: /metrics/,
  },
  {
    name: "a patch for an object that is not made",
    text: app("  patches: [{target: {kind: Ingress}, patch: {a: 1}}]\n"),
    code: "FL235",
    at: "10:22",
    says: /Ingress/,
  },
  {
    name: "canary steps and a strategy",
    text: app("  rollout: {steps: [{weight: 30}], strategy: {canary: {}}}\n"),
    code: "FL232",
    at: "10:20",
    says: /strategy/,
  },
  {
    name: "a cron expression that is none",
    text: object("Task", "{schedule: daily, containers: [{name: x, image: a, resources: unlimited}]}"),
    code: "FL238",
    at: "4:18",
    says: /cron|schedule/,
  },
  {
    name: "a time zone that is none",
    text: object(
      "Task",
      "{schedule: '0 3 * * *', timeZone: Berlin, containers: [{name: x, image: a, resources: unlimited}]}",
    ),
    code: "FL239",
    at: "4:41",
    says: /Berlin/,
  },
  {
    name: "a schedule by hand",
    text: object(
      "Task",
      "{schedule: '0 3 * * *', manual: true, containers: [{name: x, image: a, resources: unlimited}]}",
    ),
    code: "FL237",
    at: "4:39",
    says: /manual/,
  },
  {
    name: "a restart policy of servers",
    text: object("Task", "{restartPolicy: Always, containers: [{name: x, image: a, resources: unlimited}]}"),
    code: "FL053",
    at: "4:23",
    says: /OnFailure/,
  },
  {
    name: "a field of Apps on a Task",
    text: object("Task", "{replicas: 3, containers: [{name: x, image: a, resources: unlimited}]}"),
    code: "FL050",
    at: "4:8",
    says: /replicas/,
  },

  // Routes
  {
    name: "a Route to nobody",
    text: object("Route", "{app: ordres, hosts: [a.example]}") + "---\n" + app(),
    code: "FL300",
    at: "4:13",
    says: /orders/,
  },
  {
    name: "a Route without hosts",
    text: object("Route", "{app: orders}") + "---\n" + app(),
    code: "FL309",
    at: "4:7",
    says: /host/,
  },
  {
    name: "a host that is none",
    text: object("Route", "{app: orders, hosts: ['a b']}") + "---\n" + app(),
    code: "FL303",
    at: "4:29",
    says: /a b/,
  },
  {
    name: "gRPC without a grpc port",
    text: object("Route", "{app: orders, hosts: [a.example], grpc: true}") + "---\n" + app(),
    code: "FL305",
    at: "4:47",
    says: /grpc/,
  },
  {
    name: "an empty match",
    text: object("Route", "{app: orders, hosts: [a.example], routes: [{match: ''}]}") + "---\n" + app(),
    code: "FL304",
    at: "4:58",
    says: /match/,
  },
  {
    name: "two Routes of one host and path",
    text: documents(
      object("Route", "{app: orders, hosts: [a.example]}", "a"),
      object("Route", "{app: orders, hosts: [a.example]}", "b"),
      app(),
    ),
    code: "FL306",
    at: "9:28",
    says: /a\.example/,
  },
  {
    name: "a port that the App does not have",
    text: object("Route", "{app: orders, hosts: [a.example], port: 9999}") + "---\n" + app(),
    code: "FL301",
    at: "4:47",
    says: /9999/,
  },

  // Messaging, data, access
  {
    name: "an acknowledgement deadline of an hour",
    text: object("Subscription", "{topic: payments, config: {ackDeadlineSeconds: 3600}}", "payments"),
    code: "FL351",
    at: "4:54",
    says: /600/,
  },
  {
    name: "a subscription of nothing",
    text: object("Subscription", "{config: {}}"),
    code: "FL360",
    at: "4:7",
    says: /topic/,
  },
  {
    name: "a pool without its secret's keys",
    text:
      object("ConnectionPool", "{connectionSecret: db}") +
      "---\napiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {HOST: a}\n",
    code: "FL401",
    at: "4:26",
    says: /password|PASSWORD/,
  },
  {
    name: "a role that is none",
    text: object("CloudIdentity", "{project: shop-prod, roles: [admin]}", "orders"),
    code: "FL453",
    at: "4:36",
    says: /roles\//,
  },

  // Collisions
  {
    name: "a Service that somebody wrote by hand",
    text:
      app() +
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: orders, namespace: shop}\nspec: {ports: [{port: 1}]}\n",
    code: "FL107",
    at: "3:18",
    says: /remove/,
  },
  {
    name: "two Apps that make one Service",
    text: documents(
      app(),
      app("  service: {name: orders}\n")
        .replaceAll("name: orders,", "name: other,")
        .replace("- name: orders", "- name: other"),
    ),
    code: "FL106",
    at: "13:18",
    says: /rename/,
  },
];

/** Nine anchors, each nine times the one before: a few hundred bytes that would be a billion nodes. */
function bomb(): string {
  let text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (let level = 1; level < 10; level++)
    text += `a${level}: &a${level} [${Array(9)
      .fill(`*a${level - 1}`)
      .join(", ")}]\n`;
  return text;
}
