export * from "./object.ts";
export * from "./finding/finding.ts";
