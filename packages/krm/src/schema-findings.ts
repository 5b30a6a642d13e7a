import { defineFindings } from "./finding/finding.ts";

/** FL050-FL099: what a schema says about an object. One code for each kind of problem of the validator. */
export const schemaFindings = defineFindings({
  FL050: {
    title: "A field is unknown",
    severity: "error",
    explanation:
      "The schema has no field of this name here. An API server would drop it or refuse the object, so that the setting never takes effect.",
    remedy: "Correct the name (often one letter or the indentation is wrong), or remove the field.",
  },
  FL051: {
    title: "A value has the wrong type",
    severity: "error",
    explanation:
      'The schema asks for another type. In YAML `80` is a number and `"80"` a text, `yes` is a boolean and `"yes"` a text.',
    remedy: "Add or remove quotes, or write a list where a list is asked for.",
  },
  FL052: {
    title: "A required field is missing",
    severity: "error",
    explanation: "The schema has no default for the field, and the object cannot work without it.",
    remedy: "Add the field; `fairlead explain` shows what belongs into it.",
  },
  FL053: {
    title: "A value is not one of those allowed",
    severity: "error",
    explanation: "The field takes one of a few values. Upper and lower case matter.",
    remedy: "Write one of the values that the message lists.",
  },
  FL054: {
    title: "A text does not match the pattern of its field",
    severity: "error",
    explanation: "The field has a form that is given as a regular expression, for example that of a name or an amount.",
    remedy: "Correct the text.",
  },
  FL055: {
    title: "A text does not have the format of its field",
    severity: "error",
    explanation: "The field takes text of a certain format, such as a date, a duration, an IP address or base64.",
    remedy: "Write the value in that format.",
  },
  FL056: {
    title: "A number is too small",
    severity: "error",
    explanation: "The number is below the smallest that the field takes.",
    remedy: "Write a larger number.",
  },
  FL057: {
    title: "A number is too large",
    severity: "error",
    explanation: "The number is above the largest that the field takes.",
    remedy: "Write a smaller number.",
  },
  FL058: {
    title: "A number is not a multiple of the step of its field",
    severity: "error",
    explanation: "The field takes only multiples of a number.",
    remedy: "Write the next multiple.",
  },
  FL059: {
    title: "A text is too short",
    severity: "error",
    explanation: "The text has fewer characters than the field needs; often it is empty.",
    remedy: "Write a longer text, or remove the field when it is optional.",
  },
  FL060: {
    title: "A text is too long",
    severity: "error",
    explanation: "The text has more characters than the field takes.",
    remedy: "Shorten the text.",
  },
  FL061: {
    title: "A list has too few items",
    severity: "error",
    explanation: "The list has fewer items than the field needs; often it is empty.",
    remedy: "Add items, or remove the field when it is optional.",
  },
  FL062: {
    title: "A list has too many items",
    severity: "error",
    explanation: "The list has more items than the field takes.",
    remedy: "Remove items.",
  },
  FL063: {
    title: "A map has too few keys",
    severity: "error",
    explanation: "The map has fewer keys than the field needs; often it is empty.",
    remedy: "Add keys, or remove the field when it is optional.",
  },
  FL064: {
    title: "A map has too many keys",
    severity: "error",
    explanation: "The map has more keys than the field takes.",
    remedy: "Remove keys.",
  },
  FL065: {
    title: "A list has two items with the same identity",
    severity: "error",
    explanation:
      "The items of this list are told apart by one or more of their fields (a container by its name, a port by number and protocol). Two items have the same; an API server refuses them or keeps one.",
    remedy: "Rename one of the items, or remove it.",
  },
  FL066: {
    title: "A value fits none of the forms of its field",
    severity: "error",
    explanation: "The field can be written in several ways, and the value is none of them.",
    remedy: "Write the value in one of the forms; the reference page of the kind shows them.",
  },
  FL067: {
    title: "A value does not fit exactly one of the forms of its field",
    severity: "error",
    explanation:
      "The field is written in one of several ways that exclude each other. The value is none of them, or several at once.",
    remedy: "Keep one of the alternatives and remove the others.",
  },
  FL068: {
    title: "A value has a form that its field excludes",
    severity: "error",
    explanation: "The schema forbids this value or combination of values.",
    remedy: "Change the value as the message says.",
  },
  FL069: {
    title: "An object is nested too deeply to be checked",
    severity: "error",
    explanation:
      "The check of the object stopped at the reported place, because nothing that Kubernetes knows is nested as deeply.",
    remedy: "Check whether the object is what it should be.",
  },
  FL070: {
    title: "An object has more problems than are listed",
    severity: "error",
    explanation: "The check stopped after a number of problems; there are more.",
    remedy: "Correct the problems listed and run the check again.",
  },
});
