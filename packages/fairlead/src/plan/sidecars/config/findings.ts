import { defineFindings } from "@fairlead/krm";

/** FL875-FL879, FL896: the configuration of sidecars, and the predecessor's flags. */
export const sidecarConfigFinding = defineFindings({
  FL875: {
    title: "A value of the sidecars' configuration cannot be used",
    severity: "error",
    explanation:
      "A SidecarPolicy has a value of a wrong type or form. What holds without it holds for this field until it is corrected; a controller that runs keeps the configuration it has.",
    remedy: "Correct the value; `fairlead explain SidecarPolicy` shows each field and its default.",
  },
  FL876: {
    title: "There are several configurations of sidecars",
    severity: "warning",
    explanation: "One fleet has one SidecarPolicy. The oldest counts, and the others have no effect.",
    remedy: "Delete the others, or name the file that counts with --config.",
  },
  FL877: {
    title: "An argument is not a flag of the predecessor",
    severity: "error",
    explanation: "The predecessor would not have started with this argument, so that it is probably a typing error.",
    remedy: "Correct the flag; docs/reference/sidecar-flags.md lists all of them.",
  },
  FL878: {
    title: "A value of a predecessor's flag cannot be used",
    severity: "error",
    explanation: "The value has a wrong type or form. It may stand in a variable of the environment as well.",
    remedy: "Correct the value; docs/reference/sidecar-flags.md says what each flag takes.",
  },
  FL879: {
    title: "A flag of the predecessor has no effect",
    severity: "info",
    explanation:
      "The flag is accepted, so that arguments and environments can be taken over as they are, and changes nothing here.",
    remedy: "Leave it out, or use what the message names.",
  },
  FL896: {
    title: "The sidecars' configuration has an unknown field",
    severity: "error",
    explanation:
      "A SidecarPolicy has no field of this name here, so that what it is meant to set does not take effect.",
    remedy: "Correct the name (often one letter or the indentation is wrong), or remove the field.",
  },
});
