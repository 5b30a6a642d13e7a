/** The syntax tree of one document. Offsets are UTF-16 units in the text that was parsed. */
export type YamlNode = ScalarNode | MapNode | SeqNode | AliasNode;

interface NodeBase {
  /** Where its own text begins, behind tag and anchor. */
  readonly start: number;
  /** Behind its last character; behind the last child for block collections. */
  end: number;
  /** Where its tag or anchor begins, else `start`. */
  readonly outerStart: number;
  readonly tag: string;
  readonly anchor: string;
}

export interface ScalarNode extends NodeBase {
  readonly kind: "scalar";
  readonly value: string;
  /** One of `style` in scan.ts. */
  readonly style: number;
}

export interface MapNode extends NodeBase {
  readonly kind: "map";
  readonly flow: boolean;
  readonly keys: YamlNode[];
  readonly values: YamlNode[];
  /** Where the `:` of each entry stands, or -1. */
  readonly colons: number[];
}

export interface SeqNode extends NodeBase {
  readonly kind: "seq";
  readonly flow: boolean;
  readonly items: YamlNode[];
  /** Where each item's `- ` begins; empty for flow lists. */
  readonly dashes: number[];
}

export interface AliasNode extends NodeBase {
  readonly kind: "alias";
  readonly name: string;
}
