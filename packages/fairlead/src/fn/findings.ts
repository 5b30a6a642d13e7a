import { defineFindings } from "@fairlead/krm";

/** FL650–699: what a run as a KRM function meets. */
export const fnFinding = defineFindings({
  FL650: {
    title: "The functionConfig is of no use",
    severity: "warning",
    explanation:
      "The functionConfig is neither one of Fairlead's kinds, nor one that Fairlead translates, nor a ConfigMap or Render with settings. It was ignored; the items were compiled.",
    remedy:
      "Give no functionConfig, one of Fairlead's kinds, a Render, or a ConfigMap with the keys environment, compat and validate.",
  },
  FL651: {
    title: "An object of an earlier run has no owner any more",
    severity: "info",
    explanation:
      "The item was made from a declaration that is not among the items of this run. It was kept: the declaration may only be elsewhere.",
    remedy: "Remove the item if its declaration is gone for good.",
  },
  FL652: {
    title: "The settings of the function are wrong",
    severity: "error",
    explanation: "A key of the functionConfig is unknown or has a value of the wrong type.",
    remedy:
      "The settings are environment (text), compat (true or false), validate (true or false), and, in a Render, items (a list of objects).",
  },
});
