import { defineFindings } from "./finding/finding.ts";

/** FL001-FL049: input and YAML. What comes in is a file, a stream or a text; nothing here knows a schema. */
export const inputFindings = defineFindings({
  FL001: {
    title: "A file cannot be read",
    severity: "error",
    explanation: "The path does not exist, is a directory where a file is expected, or may not be read by this user.",
    remedy: "Check the path and its permissions. Paths are relative to the folder in which the command runs.",
  },
  FL002: {
    title: "The input is not UTF-8",
    severity: "error",
    explanation:
      "YAML and JSON for Kubernetes are UTF-8 text. The bytes at the reported place are not; often the file is compressed, binary, or saved in an old code page.",
    remedy: "Save the file as UTF-8, or name another file.",
  },
  FL003: {
    title: "The input holds a control character",
    severity: "error",
    explanation:
      "YAML allows no control characters besides tab, line feed and carriage return. kubectl refuses the file with `control characters are not allowed`.",
    remedy: 'Remove the character, or write it as an escape in double quotes, for example `"\\x07"`.',
  },
  FL004: {
    title: "The text is not YAML",
    severity: "error",
    explanation:
      "The document cannot be read at the reported place. The rules are those of kubectl's own YAML reader. Documents before and after it are still read and checked.",
    remedy:
      "Follow the hint. Most often a value needs quotes because it holds `: `, ` #` or begins with a character that means something to YAML.",
  },
  FL005: {
    title: "A tab is used for indentation",
    severity: "error",
    explanation: "YAML is indented with spaces only, because tabs have no width that everybody agrees on.",
    remedy:
      "Replace the tab by spaces, two per level. Most editors do it with `expandtab` or `Convert indentation to spaces`.",
  },
  FL006: {
    title: "A quote or bracket is never closed",
    severity: "error",
    explanation:
      "A quoted text, a `[` list or a `{` map begins and the document ends, or something else begins, before it is closed.",
    remedy: "Add the closing character, or quote the value when the character is part of a text.",
  },
  FL007: {
    title: "The indentation fits no level",
    severity: "error",
    explanation:
      "Lines of one map or list begin in the same column. This line begins in a column that belongs to no map or list that is open here.",
    remedy: "Give the line the indentation of its neighbours, or indent it deeper than the key that it belongs to.",
  },
  FL008: {
    title: "A key stands twice in one map",
    severity: "error",
    explanation:
      "kubectl keeps the last value and drops the others without a word, which hides mistakes of copying. Fairlead refuses the document instead.",
    remedy: "Remove one of the two, or merge their values.",
  },
  FL009: {
    title: "An alias refers to nothing that it may refer to",
    severity: "error",
    explanation:
      "`*name` stands for the value that was marked with `&name` earlier in the same document. There is none, or the alias stands inside it.",
    remedy: "Mark the value with `&name` before its first use. Quote the text when it is meant to begin with `*`.",
  },
  FL010: {
    title: "A key is not text",
    severity: "error",
    explanation:
      "Kubernetes objects are JSON, whose keys are text. Numbers and booleans are turned into text as kubectl does it; null, lists and maps cannot be.",
    remedy:
      "Quote the key, or write a name before the colon. `{{ … }}` of a template that was not rendered is such a key, too.",
  },
  FL011: {
    title: "A number cannot be expressed in JSON",
    severity: "error",
    explanation: "`.inf` and `.nan` are numbers in YAML but not in JSON, the form in which Kubernetes keeps objects.",
    remedy: "Write a finite number, or quote the value when text is meant.",
  },
  FL012: {
    title: "A value does not fit its tag",
    severity: "error",
    explanation:
      "A tag such as `!!int` or `!!binary` demands a form that the value does not have, or the tag itself is malformed.",
    remedy: "Remove the tag; Kubernetes manifests need none.",
  },
  FL013: {
    title: "A tag is ignored",
    severity: "warning",
    explanation:
      "kubectl ignores tags that it does not know and takes the value as text, list or map. Tags of other tools (`!Ref`, `!reference`, `!vault`) have no effect here.",
    remedy: "Run the tool that resolves the tag first, or remove the tag.",
  },
  FL014: {
    title: "A merge key refers to something that is no map",
    severity: "error",
    explanation: "`<<:` takes over the keys of a map, or of each map in a list.",
    remedy: "Refer to a map, or quote the key when the text `<<` is meant.",
  },
  FL015: {
    title: "A merge key overrides a key before it",
    severity: "warning",
    explanation:
      "In the YAML specification a key of the map itself wins over `<<`. kubectl reads from top to bottom: keys after `<<` win, keys before it lose. Fairlead reads as kubectl does.",
    remedy: "Put `<<` first in its map; then every reader agrees.",
  },
  FL016: {
    title: "A rare line break stands in a value",
    severity: "warning",
    explanation:
      "U+0085, U+2028 and U+2029 end a line for kubectl but not for most other YAML readers and editors. They usually come from copying out of a web page.",
    remedy: "Remove the character, or write `\\N`, `\\L` or `\\P` in double quotes.",
  },
  FL020: {
    title: "The input is too large",
    severity: "error",
    explanation: "The whole input is longer than the limit. Nothing behind the limit was read.",
    remedy: "Split the input into several runs or files.",
  },
  FL021: {
    title: "A document is too large",
    severity: "error",
    explanation: "One document is longer than the limit. A Kubernetes object may have at most about 1.5 MiB.",
    remedy: "Separate the objects with `---`. Large data belongs into a volume or a registry.",
  },
  FL022: {
    title: "A value is too long",
    severity: "error",
    explanation: "One scalar is longer than the limit, which is above what a Kubernetes object can hold as a whole.",
    remedy: "Put the data somewhere else and refer to it.",
  },
  FL023: {
    title: "Values are nested too deeply",
    severity: "error",
    explanation: "The document nests lists and maps deeper than any Kubernetes object does.",
    remedy: "Check whether the file is what it should be; a program may have wrapped it again and again.",
  },
  FL024: {
    title: "Aliases multiply the document beyond the limit",
    severity: "error",
    explanation:
      "Aliases that refer to values with aliases let a few lines stand for billions of values. kubectl refuses such documents, too (`document contains excessive aliasing`).",
    remedy: "Write the values out, or refer to fewer of them.",
  },
  FL025: {
    title: "The input holds too many documents",
    severity: "error",
    explanation: "The number of documents is above the limit. Nothing behind the limit was read.",
    remedy: "Split the input into several runs.",
  },
  FL026: {
    title: "A document holds too many values",
    severity: "error",
    explanation: "The number of keys, items and values in one document is above the limit.",
    remedy: "Separate the objects with `---`.",
  },
  FL030: {
    title: "A document is not an object",
    severity: "error",
    explanation:
      "Each document of a Kubernetes manifest is a map with `apiVersion` and `kind`. This one is a list or a single value.",
    remedy:
      "Check whether the file is a manifest. Items of a list need their own documents, or a `kind: List` around them.",
  },
  FL031: {
    title: "apiVersion or kind is missing",
    severity: "error",
    explanation: "Without `apiVersion` and `kind`, both text, nobody can tell what the object is.",
    remedy: "Add both, for example `apiVersion: apps/v1` and `kind: Deployment`.",
  },
  FL032: {
    title: "The metadata of an object has the wrong form",
    severity: "error",
    explanation:
      "`metadata` is a map; its names are text, its labels and annotations are maps of text. A number or boolean there was probably meant to be text.",
    remedy: 'Quote the value, for example `version: "1.10"`.',
  },
  FL033: {
    title: "The input holds no object",
    severity: "warning",
    explanation: "All documents are empty or only comments.",
    remedy: "Check the path. An empty file can be removed.",
  },
  FL035: {
    title: "An edit refers to a place that does not exist",
    severity: "error",
    explanation: "A value was to be replaced, renamed or deleted at a path that the document does not have.",
    remedy: "Check the path against the file; it may have changed in the meantime.",
  },
  FL036: {
    title: "An edit would go through an alias",
    severity: "error",
    explanation:
      "The value comes from `*alias` or `<<`. Changing it there would change every other place that refers to it.",
    remedy: "Edit the place that carries the anchor, or write the value out where it differs.",
  },
  FL037: {
    title: "An edit is not possible",
    severity: "error",
    explanation:
      "The document has another shape than the edit assumes, for example a list where a key was to be added, or a key of the new name exists already.",
    remedy: "Edit the file by hand.",
  },
  FL040: {
    title: "The input of a function is not a ResourceList",
    severity: "error",
    explanation:
      "A KRM function reads one document of kind ResourceList, apiVersion config.kubernetes.io/v1 or v1beta1, with a list `items`.",
    remedy:
      "Run the function through kustomize or kpt, or give it files as arguments: `FUNCTION config.yaml input.yaml`.",
  },
  FL041: {
    title: "An item of a ResourceList is not an object",
    severity: "error",
    explanation: "Each item is a map with `apiVersion` and `kind`, both text.",
    remedy: "Remove the item, or give it both fields.",
  },
  FL042: {
    title: "A function got no functionConfig",
    severity: "error",
    explanation: "The function cannot work without its configuration, and the ResourceList has no `functionConfig`.",
    remedy:
      "Name a functionConfig: `kpt fn eval --fn-config FILE`, or the generator or transformer file of kustomize. `--help` shows its fields.",
  },
  FL043: {
    title: "The functionConfig is of another kind",
    severity: "error",
    explanation: "The function is configured with one kind of object and got another.",
    remedy: "Write the apiVersion and kind that the message names.",
  },
  FL044: {
    title: "Path or index annotations contradict each other",
    severity: "error",
    explanation:
      "An item carries its place in a package twice: `internal.config.kubernetes.io/path` and, for older tools, `config.kubernetes.io/path` (also `index` and `id`). A function changed both, to different values.",
    remedy: "Change one of the two; the other follows.",
  },
  FL045: {
    title: "A result of an earlier function cannot be read",
    severity: "warning",
    explanation: "`results` of the ResourceList holds something that is not a result with a message. It is left out.",
    remedy: "Correct the function that wrote it.",
  },
  FL046: {
    title: "A function failed",
    severity: "error",
    explanation:
      "The code of the function threw an error instead of reporting a finding. The items are passed on as they came in.",
    remedy: "The message is the function's own. Report it to whoever maintains the function.",
  },
  FL047: {
    title: "A function returned something that is not an object",
    severity: "error",
    explanation:
      "The items that a function returns are KRM objects: maps with `apiVersion` and `kind`. The items are passed on as they came in.",
    remedy: "Report it to whoever maintains the function.",
  },
  FL048: {
    title: "A function reports a problem",
    severity: "error",
    explanation: "The message is that of the function, which gave it no code of its own.",
    remedy: "See the documentation of the function.",
  },
  FL049: {
    title: "An earlier function reported a problem",
    severity: "error",
    explanation: "The ResourceList came in with this result; it is passed on.",
    remedy: "See the documentation of the function that reported it.",
  },
});
