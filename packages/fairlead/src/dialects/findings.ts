import { defineFindings } from "@fairlead/krm";

/** FL150–199: input written for krm-functions, and compat mode. */
export const dialectFinding = defineFindings({
  FL150: {
    title: "The object is written in the predecessor's spelling",
    severity: "info",
    explanation:
      "Kinds of krm-functions (LummoDeployment, pgbouncer, …) are read as Fairlead's kinds. The finding lists how its fields are spelled there.",
    remedy: "Nothing has to be done. `fairlead convert` rewrites the file and keeps its comments.",
  },
  FL152: {
    title: "The field is unknown",
    severity: "error",
    explanation:
      "Neither the predecessor's kind nor Fairlead's has this field. The predecessor ignored unknown fields silently, so that a misspelt `scaling` gave an application that never scaled.",
    remedy: "Correct the name of the field, or remove it.",
  },
  FL153: {
    title: "The predecessor ignored this field",
    severity: "warning",
    explanation:
      "The predecessor's kind has no such field and ignored it. Fairlead's kind has it, so it takes effect now.",
    remedy: "Check that its effect is wanted, or remove it. In compat mode it stays without effect.",
  },
  FL154: {
    title: "The container has no resources",
    severity: "warning",
    explanation:
      "The predecessor did not ask for resources. Without requests the scheduler cannot place the pod well, and scaling by CPU or memory has nothing to measure against. The container is rendered with `resources: unlimited`.",
    remedy: "Write requests and limits, or `resources: unlimited` to say that there are none on purpose.",
  },
  FL155: {
    title: "The field says nothing",
    severity: "warning",
    explanation: "A placeholder such as `...` stands where a value belongs. It is left out.",
    remedy: "Write the value, or remove the field.",
  },
  FL156: {
    title: "A required field is missing",
    severity: "error",
    explanation:
      "The object cannot be rendered without this field. The predecessor panicked or rendered something invalid.",
    remedy: "Add the field.",
  },
  FL157: {
    title: "The value has the wrong type",
    severity: "error",
    explanation: "Something else than a mapping stands where the predecessor's kind has one.",
    remedy: "Write the value in the form that the hint shows.",
  },
  FL158: {
    title: "The field has no effect",
    severity: "info",
    explanation: "The predecessor's kind knows the field but makes nothing of it, and neither does Fairlead.",
    remedy: "Remove it, or use what the hint names.",
  },
  FL159: {
    title: "A value is written twice",
    severity: "warning",
    explanation: "Two spellings of one field are present. One of them counts.",
    remedy: "Keep the one that is meant.",
  },
  FL160: {
    title: "The document was not converted",
    severity: "error",
    explanation:
      "`fairlead convert` leaves a document as it is when it holds something that would be lost, or that nobody can read.",
    remedy: "Correct what the other findings name, then convert again.",
  },
  FL161: {
    title: "Comments were moved",
    severity: "info",
    explanation:
      "The field at which a comment stood has no counterpart in the modern spelling. The comment now stands at the head of the document.",
    remedy: "Read them and put them where they belong.",
  },
});
