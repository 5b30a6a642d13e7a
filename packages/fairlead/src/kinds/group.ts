/** The API group of Fairlead's kinds, and the version that is served. */
export const group = "fairlead.dev";
export const version = "v1alpha1";
export const apiVersion = `${group}/${version}`;

/** The functionConfig of `fairlead fn`. It configures a run and declares nothing, so it is no kind of the API. */
export const functionConfigKind = "Render";

/** What `fairlead up` starts: it renders nothing, and no cluster knows it. */
export const fleetKind = "Fleet";
