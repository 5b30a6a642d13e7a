import manifest from "../package.json" with { type: "json" };

/** Fairlead's own version. */
export const version: string = manifest.version;
