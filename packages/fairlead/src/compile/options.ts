/** What a caller decides about a compilation; everything else is in the objects. */
export interface CompileOptions {
  /** The environment whose patches and settings count. */
  readonly environment?: string | undefined;
  /** Renders every declaration as the predecessor did. */
  readonly compat?: boolean | undefined;
  /** Leaves out warnings and hints; with thousands of them, finding their places is most of the work. */
  readonly errorsOnly?: boolean | undefined;
}
