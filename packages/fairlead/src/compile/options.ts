/** What a caller decides about a compilation; everything else is in the objects. */
export interface CompileOptions {
  /** The environment whose patches and settings count. */
  readonly environment?: string | undefined;
  /** Renders every declaration as the predecessor did. */
  readonly compat?: boolean | undefined;
}
