const component = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const domainPart = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const domain = `(?:${domainPart}(?:\\.${domainPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const reference = new RegExp(
  `^(?:${domain}/)?${component}(?:/${component})*(?::([\\w][\\w.-]{0,127}))?(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
);
const longest = 4096;

/**
 * The tag of an image reference: `latest` when it has neither tag nor digest, empty when it has only a digest or is no
 * reference at all (a placeholder, say).
 */
export function imageTag(image: string): string {
  const match = image.length > longest ? null : reference.exec(image);
  if (match === null || /^[a-f0-9]{64}$/.test(image)) return "";
  return match[1] ?? (match[2] === undefined ? "latest" : "");
}
