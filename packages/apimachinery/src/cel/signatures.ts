import { parseSignatures } from "./types.ts";

const quantity = "kubernetes.Quantity";
const ip = "net.IP";
const cidr = "net.CIDR";
const url = "kubernetes.URL";
const format = "kubernetes.NamedFormat";
const semver = "kubernetes.Semver";
const authorizer = "kubernetes.authorization.Authorizer";
const path = "kubernetes.authorization.PathCheck";
const group = "kubernetes.authorization.GroupCheck";
const resource = "kubernetes.authorization.ResourceCheck";
const decision = "kubernetes.authorization.Decision";

const ordered = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"];
const numbers = ["int", "uint", "double"];

const comparisons = ["_<_", "_<=_", "_>_", "_>=_"].flatMap((name) => [
  ...ordered.map((type) => `${name} (${type},${type}) bool`),
  ...numbers.flatMap((a) => numbers.filter((b) => a !== b).map((b) => `${name} (${a},${b}) bool`)),
]);

const lists = [
  ...ordered.flatMap((type) => [
    `isSorted list<${type}>() bool`,
    `min list<${type}>() ${type}`,
    `max list<${type}>() ${type}`,
    `sort list<${type}>() list<${type}>`,
  ]),
  ...[...numbers, "duration"].map((type) => `sum list<${type}>() ${type}`),
];

const conversions: Readonly<Record<string, readonly string[]>> = {
  bool: ["bool", "string"],
  bytes: ["bytes", "string"],
  double: ["double", "int", "string", "uint"],
  duration: ["duration", "string"],
  int: ["int", "double", "duration", "string", "timestamp", "uint"],
  string: ["string", "bool", "bytes", "double", "duration", "int", "timestamp", "uint", ip, cidr],
  timestamp: ["timestamp", "string", "int"],
  uint: ["uint", "double", "int", "string"],
};

const parts = [
  "FullYear",
  "Month",
  "DayOfYear",
  "DayOfMonth",
  "Date",
  "DayOfWeek",
  "Hours",
  "Minutes",
  "Seconds",
  "Milliseconds",
];

const formats = [
  "dns1123Label",
  "dns1123Subdomain",
  "dns1035Label",
  "qualifiedName",
  "dns1123LabelPrefix",
  "dns1123SubdomainPrefix",
  "dns1035LabelPrefix",
  "labelValue",
  "uri",
  "uuid",
  "byte",
  "date",
  "datetime",
];

/** The functions of Kubernetes' environment, as cel-go declares them. */
export const signatures = parseSignatures(
  [
    ...comparisons,
    ...lists,
    ...Object.entries(conversions).flatMap(([name, from]) => from.map((type) => `${name} (${type}) ${name}`)),
    ...["_==_", "_!=_"].map((name) => `${name} (A,A) bool`),
    ...["int", "uint", "double", "string", "bytes", "list<A>"].map((type) => `_+_ (${type},${type}) ${type}`),
    "_+_ (timestamp,duration) timestamp",
    "_+_ (duration,timestamp) timestamp",
    "_+_ (duration,duration) duration",
    ...numbers.flatMap((type) => ["_-_", "_*_", "_/_"].map((name) => `${name} (${type},${type}) ${type}`)),
    "_-_ (timestamp,timestamp) duration",
    "_-_ (timestamp,duration) timestamp",
    "_-_ (duration,duration) duration",
    "_%_ (int,int) int",
    "_%_ (uint,uint) uint",
    "-_ (int) int",
    "-_ (double) double",
    "!_ (bool) bool",
    "_?_:_ (bool,A,A) A",
    "@in (A,list<A>) bool",
    "@in (A,map<A:B>) bool",
    "_[_] (list<A>,int) A",
    "_[_] (map<A:B>,A) B",
    "@not_strictly_false (bool) bool",
    "@sortByKeys (list<A>,list<B>) list<A>",
    "@elements (optional<A>) list<A>",
    ...["string", "bytes", "list<A>", "map<A:B>"].flatMap((type) => [`size (${type}) int`, `size ${type}() int`]),
    ...["contains", "endsWith", "startsWith", "matches"].map((name) => `${name} string(string) bool`),
    "matches (string,string) bool",
    ...parts.flatMap((part) => [`get${part} timestamp() int`, `get${part} timestamp(string) int`]),
    ...parts.slice(-4).map((part) => `get${part} duration() int`),
    "charAt string(int) string",
    ...["indexOf", "lastIndexOf"].flatMap((name) => [
      `${name} string(string) int`,
      `${name} string(string,int) int`,
      `${name} list<A>(A) int`,
    ]),
    "join list<string>() string",
    "join list<string>(string) string",
    ...["lowerAscii", "upperAscii", "trim"].map((name) => `${name} string() string`),
    "replace string(string,string) string",
    "replace string(string,string,int) string",
    "split string(string) list<string>",
    "split string(string,int) list<string>",
    "substring string(int) string",
    "substring string(int,int) string",
    "format string(list<dyn>) string",
    "strings.quote (string) string",
    "find string(string) string",
    "findAll string(string) list<string>",
    "findAll string(string,int) list<string>",
    "slice list<A>(int,int) list<A>",
    "flatten list<list<A>>() list<A>",
    "flatten list<dyn>(int) list<dyn>",
    "distinct list<A>() list<A>",
    "reverse list<A>() list<A>",
    "lists.range (int) list<int>",
    ...["contains", "equivalent", "intersects"].map((name) => `sets.${name} (list<A>,list<A>) bool`),
    "optional.of (A) optional<A>",
    "optional.ofNonZeroValue (A) optional<A>",
    "optional.none () optional<A>",
    "value optional<A>() A",
    "hasValue optional<A>() bool",
    "or optional<A>(optional<A>) optional<A>",
    "orValue optional<A>(A) A",
    `quantity (string) ${quantity}`,
    "isQuantity (string) bool",
    `sign (${quantity}) int`,
    ...["isGreaterThan", "isLessThan"].flatMap((name) => [
      `${name} ${quantity}(${quantity}) bool`,
      `${name} ${semver}(${semver}) bool`,
    ]),
    ...[quantity, semver].map((type) => `compareTo ${type}(${type}) int`),
    `asApproximateFloat ${quantity}() double`,
    `asInteger ${quantity}() int`,
    `isInteger ${quantity}() bool`,
    ...["add", "sub"].flatMap((name) => [quantity, "int"].map((type) => `${name} ${quantity}(${type}) ${quantity}`)),
    `ip (string) ${ip}`,
    `ip ${cidr}() ${ip}`,
    "isIP (string) bool",
    "ip.isCanonical (string) bool",
    `family ${ip}() int`,
    ...["isUnspecified", "isLoopback", "isLinkLocalMulticast", "isLinkLocalUnicast", "isGlobalUnicast"].map(
      (name) => `${name} ${ip}() bool`,
    ),
    `cidr (string) ${cidr}`,
    "isCIDR (string) bool",
    ...["string", ip].map((type) => `containsIP ${cidr}(${type}) bool`),
    ...["string", cidr].map((type) => `containsCIDR ${cidr}(${type}) bool`),
    `prefixLength ${cidr}() int`,
    `masked ${cidr}() ${cidr}`,
    `url (string) ${url}`,
    "isURL (string) bool",
    ...["Scheme", "Host", "Hostname", "Port", "EscapedPath"].map((part) => `get${part} ${url}() string`),
    `getQuery ${url}() map<string:list<string>>`,
    ...formats.map((name) => `format.${name} () ${format}`),
    `format.named (string) optional<${format}>`,
    `validate ${format}(string) optional<list<string>>`,
    `semver (string) ${semver}`,
    `semver (string,bool) ${semver}`,
    "isSemver (string) bool",
    "isSemver (string,bool) bool",
    ...["major", "minor", "patch"].map((name) => `${name} ${semver}() int`),
    "jsonpatch.escapeKey (string) string",
    `path ${authorizer}(string) ${path}`,
    `group ${authorizer}(string) ${group}`,
    `serviceAccount ${authorizer}(string,string) ${authorizer}`,
    `resource ${group}(string) ${resource}`,
    ...["subresource", "namespace", "name", "fieldSelector", "labelSelector"].map(
      (name) => `${name} ${resource}(string) ${resource}`,
    ),
    ...[path, resource].map((type) => `check ${type}(string) ${decision}`),
    `allowed ${decision}() bool`,
    `errored ${decision}() bool`,
    `error ${decision}() string`,
    `reason ${decision}() string`,
  ].join("\n"),
);

/** Of `authorizer`: what it can be asked, and the resource of the request itself. */
export const authorizerType = { name: authorizer, fields: { requestResource: resource } };
