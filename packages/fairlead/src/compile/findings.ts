import { defineFindings } from "@fairlead/krm";

/** FL100–149: identity, references between declarations, environments, extends, collisions. */
export const compileFinding = defineFindings({
  FL100: {
    title: "The document is not an object",
    severity: "error",
    explanation: "Every document of the input has to be a mapping with apiVersion, kind and metadata.",
    remedy: "Write a Kubernetes object or one of Fairlead's kinds, or leave the file out.",
  },
  FL101: {
    title: "The object has no kind or apiVersion",
    severity: "error",
    explanation: "Without apiVersion and kind nobody can tell what an object is.",
    remedy: "Add both. Fairlead's own kinds have apiVersion fairlead.dev/v1alpha1.",
  },
  FL102: {
    title: "Fairlead has no such kind",
    severity: "error",
    explanation:
      "The apiVersion is Fairlead's, or the kind looks like one of Fairlead's, but there is no kind of that name.",
    remedy: "Correct the kind. `fairlead explain` lists all kinds.",
  },
  FL103: {
    title: "The apiVersion does not belong to the kind",
    severity: "error",
    explanation: "The kind is Fairlead's; its apiVersion is missing or another one.",
    remedy: "Write apiVersion: fairlead.dev/v1alpha1.",
  },
  FL104: {
    title: "The object has no valid name",
    severity: "error",
    explanation:
      "The name of a declaration becomes the name of its objects, and therefore has to be one that Kubernetes accepts.",
    remedy: "Use at most 63 lower-case letters, digits and dashes; begin with a letter and end with a letter or digit.",
  },
  FL105: {
    title: "Two declarations have one name",
    severity: "error",
    explanation: "Two documents declare the same kind, namespace and name. Which one counts would be chance.",
    remedy: "Rename one, or remove it.",
  },
  FL106: {
    title: "Two declarations make the same object",
    severity: "error",
    explanation: "Both results would have the same kind, namespace and name; the second would overwrite the first.",
    remedy: "Rename one of the declarations, or the object in the declaration that allows it.",
  },
  FL107: {
    title: "A generated object collides with one of the input",
    severity: "error",
    explanation: "The input holds an object of the same kind, namespace and name that Fairlead did not make.",
    remedy:
      "Remove the hand-written object, or rename the declaration. `fairlead import` turns existing objects into declarations.",
  },
  FL110: {
    title: "The base does not exist",
    severity: "error",
    explanation: "`extends` names an object that is not in the input, neither in the same namespace nor without one.",
    remedy: "Correct the name, or add the base to the input.",
  },
  FL111: {
    title: "The bases form a circle",
    severity: "error",
    explanation: "An object extends itself, directly or through others.",
    remedy: "Remove one `extends` of the circle.",
  },
  FL112: {
    title: "The chain of bases is too long",
    severity: "error",
    explanation: "More than 32 levels of `extends` are refused: nobody could read the result.",
    remedy: "Flatten the chain.",
  },
  FL120: {
    title: "The environment is unknown",
    severity: "error",
    explanation: "An environment was asked for that no Environment object and no `environments` patch names.",
    remedy: "Correct the name given with --environment.",
  },
  FL121: {
    title: "Several environments and none chosen",
    severity: "warning",
    explanation:
      "The input has several Environment objects and none is named with --environment or marked `default: true`.",
    remedy: "Choose one with --environment NAME, or mark one as the default.",
  },
  FL130: {
    title: "A generated object does not pass Kubernetes' own schema",
    severity: "error",
    explanation: "A field that was passed through, or a patch, gave an object that the API server would refuse.",
    remedy: "Correct the field that the finding names.",
  },
});
