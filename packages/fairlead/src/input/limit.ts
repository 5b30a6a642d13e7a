/** A file or a standard input beyond this is refused before it is held: nothing that people write is near it. */
export const mostBytes = 256 * 1024 * 1024;
