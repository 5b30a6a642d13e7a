/** Labels and annotations that are part of the contract (docs/reference/stability.md). */
export const fieldManager = "fairlead";
/** `Kind/namespace/name` of the declaration an object came from. An annotation: a label's value cannot hold a slash. */
export const ownerAnnotation = "fairlead.dev/owner";
export const compatAnnotation = "fairlead.dev/compat";
export const managedByLabel = "app.kubernetes.io/managed-by";
export const nameLabel = "app.kubernetes.io/name";
export const partOfLabel = "app.kubernetes.io/part-of";
