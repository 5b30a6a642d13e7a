import { defineFunction, runAsMain } from "@fairlead/krm";
type Container = { name: string; resources?: { limits?: { memory?: string } } };
type Workload = { spec?: { template?: { spec?: { containers?: Container[] } } } };

const memory = { type: "string", pattern: "^[0-9]+[MG]i$" };
const limitMemory = defineFunction<{ data: { memory: string } }>({
  name: "limit-memory",
  description: "Gives every container of a workload without a memory limit one.",
  schema: { required: ["data"], properties: { data: { type: "object", required: ["memory"], properties: { memory } } } },
  run({ config, items, report }) {
    for (const item of items) {
      for (const [index, container] of ((item as Workload).spec?.template?.spec?.containers ?? []).entries()) {
        if (container.resources?.limits?.memory !== undefined) continue;
        ((container.resources ??= {}).limits ??= {}).memory = config.data.memory;
        report({ severity: "info", message: `${container.name} had no memory limit`, object: item, field: `spec.template.spec.containers[${index}]` });
      }
    }
  },
});
await runAsMain(limitMemory);
