import { field, items, text } from "../objects.ts";
import { amount } from "./amounts.ts";
import type { QuotaEvaluator } from "./evaluator.ts";

const names = ["count/services", "services", "services.nodeports", "services.loadbalancers"];

export const serviceEvaluator: QuotaEvaluator = {
  handles: ({ operation, subresource }) => subresource === "" && (operation === "CREATE" || operation === "UPDATE"),
  matching: (asked) => asked.filter((name) => names.includes(name)).sort(),
  inScope: () => false,
  usage: (service) => {
    const type = text(service, "spec", "type");
    const ports = items(service, "spec", "ports");
    const withNodePort = ports.filter((port) => Number(port["nodePort"] ?? 0) !== 0);
    const isBalanced = type === "LoadBalancer";
    const allocates =
      type === "NodePort" || (isBalanced && field(service, "spec", "allocateLoadBalancerNodePorts") !== false);
    const nodePorts = allocates ? ports.length : isBalanced ? withNodePort.length : 0;
    return new Map([
      ["count/services", amount(1)],
      ["services", amount(1)],
      ["services.loadbalancers", amount(isBalanced ? 1 : 0)],
      ["services.nodeports", amount(nodePorts)],
    ]);
  },
};
