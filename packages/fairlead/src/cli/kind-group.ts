/** Kinds that belong together: ours, those of a mesh, or both. */
export const kindGroups = ["fairlead", "mesh", "all"] as const;
export type KindGroup = (typeof kindGroups)[number];

/** A flag that chooses the kinds of `schema` and `crds`. */
export const groupFlag = {
  kind: "enum",
  values: kindGroups,
  default: "fairlead",
  brief: "fairlead: Fairlead's kinds; mesh: MeshConfig and the kinds of admiral.io; all",
} as const;
