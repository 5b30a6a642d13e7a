/** What kind of mistake stops a document from being read; each is one finding code. */
export type YamlFailureKind =
  | "syntax"
  | "tab"
  | "unclosed"
  | "indentation"
  | "alias"
  | "key"
  | "tag"
  | "number"
  | "merge"
  | "scalarLimit"
  | "depthLimit"
  | "nodesLimit"
  | "aliasLimit";

/** Leaves the scanner, parser or constructor; `parseStream` turns it into a finding, nobody else ever sees it. */
export class YamlFailure extends Error {
  readonly kind: YamlFailureKind;
  /** Where in the text, in UTF-16 units. */
  readonly offset: number;
  readonly hint: string | undefined;
  /** A second place: `{line}` and `{column}` in the message and hint stand for it. */
  readonly related: number | undefined;

  constructor(kind: YamlFailureKind, offset: number, message: string, hint?: string, related?: number) {
    super(message);
    this.kind = kind;
    this.offset = offset;
    this.hint = hint;
    this.related = related;
  }
}
