import { defineFindings } from "@fairlead/krm";

/** FL850–851: taking a mesh over from others. */
export const migrateFinding = defineFindings({
  FL850: {
    title: "What is there is not what the predecessor would write",
    severity: "warning",
    explanation:
      "Taking over begins with a plan that changes nothing. A difference means that the predecessor runs with other flags, has not finished, or left something behind that follows from nothing any more.",
    remedy: "Give its flags after `--compat-flags`, or look at each difference: it is what taking over changes.",
  },
  FL851: {
    title: "An exported Service has nothing to be known by",
    severity: "warning",
    explanation:
      "A ServiceExport makes a Service known in all clusters under its name and namespace. What is imported becomes an identity on the Service's labels; an export of a Service that is not in the files cannot.",
    remedy: "Put the Service beside its ServiceExport.",
  },
});
