/** On a Secret: nothing is written to its clusters, and their endpoints stay. */
export const pausedAnnotation = "fairlead.dev/paused";
