import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { at, listAt, nameOf, numberAt, or, textAt, textsAt } from "../read.ts";
import { labelsText, selectorOrNone } from "../selector-text.ts";
import { age, firstThree, type Cells } from "./cells.ts";

export const serviceCells: Cells = (object, now) => [
  nameOf(object),
  textAt(object, "spec", "type"),
  textsAt(object, "spec", "clusterIPs")[0] ?? "<none>",
  externalIp(object),
  or(listAt(object, "spec", "ports").map(portText).join(","), "<none>"),
  age(object, now),
  labelsText(at(object, "spec", "selector")),
];

function portText(port: JsonValue): string {
  const nodePort = numberAt(port, "nodePort");
  const number = numberAt(port, "port");
  return `${nodePort > 0 ? `${number}:${nodePort}` : number}/${textAt(port, "protocol")}`;
}

function externalIp(object: JsonObject): string {
  const external = textsAt(object, "spec", "externalIPs");
  switch (textAt(object, "spec", "type")) {
    case "ClusterIP":
    case "NodePort":
      return external.length > 0 ? external.join(",") : "<none>";
    case "LoadBalancer": {
      const balanced = loadBalancer(object);
      return or([...(balanced === "" ? [] : balanced.split(",")), ...external].join(","), "<pending>");
    }
    case "ExternalName":
      return textAt(object, "spec", "externalName");
    default:
      return "<unknown>";
  }
}

function loadBalancer(object: JsonObject): string {
  const addresses = listAt(object, "status", "loadBalancer", "ingress")
    .map((one) => or(textAt(one, "ip"), textAt(one, "hostname")))
    .filter((address) => address !== "");
  return [...new Set(addresses)].sort().join(",");
}

export const ingressCells: Cells = (object, now) => {
  const className = at(object, "spec", "ingressClassName");
  return [
    nameOf(object),
    typeof className === "string" ? className : "<none>",
    hosts(listAt(object, "spec", "rules")),
    loadBalancer(object),
    listAt(object, "spec", "tls").length > 0 ? "80, 443" : "80",
    age(object, now),
  ];
};

/** As the server counts: what is "more" depends on all rules, those without a host included. */
function hosts(rules: readonly JsonValue[]): string {
  const list: string[] = [];
  let more = false;
  for (const rule of rules) {
    if (list.length === 3) more = true;
    const host = textAt(rule, "host");
    if (!more && host !== "") list.push(host);
  }
  if (list.length === 0) return "*";
  return more ? `${list.join(",")} + ${rules.length - 3} more...` : list.join(",");
}

export const ingressClassCells: Cells = (object, now) => {
  const isDefault = textAt(object, "metadata", "annotations", "ingressclass.kubernetes.io/is-default-class") === "true";
  const parameters = at(object, "spec", "parameters");
  const group = at(parameters, "apiGroup");
  const kind = textAt(parameters, "kind") + (typeof group === "string" ? `.${group}` : "");
  return [
    nameOf(object) + (isDefault ? " (default)" : ""),
    textAt(object, "spec", "controller"),
    parameters === undefined ? "<none>" : `${kind}/${textAt(parameters, "name")}`,
    age(object, now),
  ];
};

export const networkPolicyCells: Cells = (object, now) => [
  nameOf(object),
  selectorOrNone(at(object, "spec", "podSelector")),
  age(object, now),
];

export const serviceCidrCells: Cells = (object, now) => [
  nameOf(object),
  textsAt(object, "spec", "cidrs").join(","),
  age(object, now),
];

export const ipAddressCells: Cells = (object, now) => {
  const parent = at(object, "spec", "parentRef");
  const group = textAt(parent, "group");
  const resource = textAt(parent, "resource") + (group === "" ? "" : `.${group}`);
  const path = [resource.toLowerCase(), textAt(parent, "namespace"), textAt(parent, "name")];
  const text = path.filter((part, index) => index !== 1 || part !== "").join("/");
  return [nameOf(object), isObject(parent) ? text : "<none>", age(object, now)];
};

export const endpointsCells: Cells = (object, now) => [nameOf(object), endpointsText(object), age(object, now)];

/** The first three addresses; how many more there are is counted over all ports. */
function endpointsText(object: JsonObject): string {
  const subsets = listAt(object, "subsets");
  if (subsets.length === 0) return "<none>";
  const all = subsets.flatMap((subset) => {
    const addresses = listAt(subset, "addresses").map((one) => textAt(one, "ip"));
    const ports = listAt(subset, "ports");
    if (ports.length === 0) return addresses;
    return ports.flatMap((port) => addresses.map((ip) => hostPort(ip, numberAt(port, "port"))));
  });
  const text = all.slice(0, 3).join(",");
  return all.length > 3 ? `${text} + ${all.length - 3} more...` : text;
}

function hostPort(ip: string, port: number): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

export const endpointSliceCells: Cells = (object, now) => {
  const ports = listAt(object, "ports").map((port) => {
    const number = get(port, "port");
    return typeof number === "number" ? String(number) : at(port, "name") === undefined ? "*" : textAt(port, "name");
  });
  const addresses = listAt(object, "endpoints").flatMap((one) => textsAt(one, "addresses"));
  return [
    nameOf(object),
    textAt(object, "addressType"),
    firstThree(ports, "<unset>"),
    firstThree(addresses, "<unset>"),
    age(object, now),
  ];
};
