/**
 * Bounds on untrusted YAML. Each is generous against what Kubernetes stores (etcd refuses objects above 1.5 MiB) and
 * small enough that hostile input ends in a finding within a moment instead of in an exhausted process.
 */
export interface YamlLimits {
  /** Characters of one text, or bytes of one stream, over all its documents. */
  readonly total: number;
  /** Characters of one document. A ResourceList is one document. */
  readonly document: number;
  /** Characters of one scalar, keys included. */
  readonly scalar: number;
  /** Nested collections in one document. */
  readonly depth: number;
  /** Documents of one text or stream, empty ones included. */
  readonly documents: number;
  /** Keys and list items of one document before aliases are expanded. */
  readonly nodes: number;
  /** Nodes that aliases and merge keys may add to one document. */
  readonly aliasNodes: number;
  /** Characters of scalars that aliases and merge keys may add to one document. */
  readonly aliasText: number;
}

const MiB = 1024 * 1024;

export const defaultYamlLimits: YamlLimits = {
  total: 512 * MiB,
  document: 64 * MiB,
  scalar: 4 * MiB,
  depth: 500,
  documents: 1_000_000,
  nodes: 10_000_000,
  aliasNodes: 400_000,
  aliasText: 16 * MiB,
};
