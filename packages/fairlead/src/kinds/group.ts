/** The API group of Fairlead's kinds, and the version that is served. */
export const group = "fairlead.dev";
export const version = "v1alpha1";
export const apiVersion = `${group}/${version}`;
