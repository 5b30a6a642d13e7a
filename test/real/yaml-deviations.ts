/** A reading that differs from kubectl's on purpose, with the reason that a user would accept. */
export interface Deviation {
  readonly why: string;
  /** kubectl reads the text; Fairlead reports one of these codes. */
  readonly codes?: readonly string[];
  /** kubectl refuses the text with this message; Fairlead reads it. */
  readonly refusal?: RegExp;
  /** Both read the text, differently. */
  readonly reading?: true;
  /** Only texts like these. */
  readonly texts?: RegExp;
}

export const deviations: readonly Deviation[] = [
  { why: "kubectl keeps the last of several equal keys and says nothing: a lost setting", codes: ["FL008"] },
  {
    why: "kubectl drops whatever follows the first complete value of a document and says nothing: a lost object",
    codes: ["FL003", "FL004", "FL005", "FL006", "FL007"],
  },
  { why: "kubectl writes the name of an infinity as the key's text; nobody means that", codes: ["FL011"], texts: /:/ },
  { why: "kubectl loses the key or the whole document when a list is the key", codes: ["FL010"] },
  {
    why: "content on the line of a document marker is YAML; kubectl splits the stream before it parses",
    refusal: /invalid Yaml document separator/,
  },
  {
    why: "directives are YAML; kubectl splits them off the document that they belong to",
    refusal:
      /document start|incompatible YAML document|directive|expected comment or line break|non-alphabetical|version/,
    texts: /^%/m,
  },
  {
    why: "JSON's escapes in quoted text: a JSON file stays readable when a comment or a marker precedes it",
    refusal: /unknown escape character|invalid Unicode character escape/,
    texts: /\\(\/|u[dD][89a-fA-F])/,
  },
  {
    why: "files with byte order marks that were put together: kubectl takes the mark for a part of the first key",
    reading: true,
    refusal: /./,
    texts: /[\r\n]\uFEFF/,
  },
  {
    why: "a tab before a comment means nothing in either reading",
    refusal: /found character that cannot start any token/,
    texts: /^[ \t]*\t[ \t]*(#|$)/m,
  },
  {
    why: "a document end marker before any content ends nothing",
    refusal: /did not find expected node content/,
    texts: /^\.\.\.(\s|$)/m,
  },
];
