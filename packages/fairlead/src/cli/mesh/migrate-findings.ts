import { defineFindings } from "@fairlead/krm";

/** FL850, FL851 and FL859: taking a mesh over from others. */
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
  FL859: {
    title: "What is imported has a name already",
    severity: "info",
    explanation:
      "ServiceExports are read as they are: in all clusters the Service has the name `NAME.NAMESPACE.svc.clusterset.local`. The identity that the import gives it makes a second one, with an environment and with policies. Both lead to the same Service.",
    remedy:
      "Leave the import out where the names of exports are enough; else delete the ServiceExports when no caller uses their names any more, or set `names.clusterSet` to the empty text.",
  },
});
