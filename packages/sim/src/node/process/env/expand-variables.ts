/** `$(NAME)` as Kubernetes expands it: names that are not known stay as they are, and `$$(NAME)` means `$(NAME)`. */
export function expandVariables(text: string, value: (name: string) => string | undefined): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (found, name: string | undefined) =>
    name === undefined ? "$" : (value(name) ?? found),
  );
}
