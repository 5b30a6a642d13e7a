/** A mistake that does not end the reading: the rest of the document is still worth checking. */
export type YamlRemark =
  | { readonly kind: "duplicate"; readonly offset: number; readonly firstOffset: number; readonly key: string }
  | { readonly kind: "unknownTag"; readonly offset: number; readonly tag: string }
  | { readonly kind: "lateMerge"; readonly offset: number; readonly key: string }
  | { readonly kind: "lineSeparator"; readonly offset: number };
