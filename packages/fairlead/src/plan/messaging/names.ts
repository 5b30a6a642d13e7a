import { contentHash } from "../shared/content-hash.ts";

/**
 * The Kubernetes name of an object whose real name (in the cloud or in the broker) may have any letters. A real name that
 * is a valid one stays; any other gets a hash, so that `topicA` and `topica` are two objects.
 */
export function kubernetesName(real: string): string {
  if (isSubdomain(real)) return real;
  const letters = real
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, "-")
    .replaceAll(/[-.]*\.[-.]*/g, ".")
    .slice(0, 200)
    .replaceAll(/^[-.]+|[-.]+$/g, "");
  return `${letters === "" ? "" : `${letters}-`}${contentHash(real, 6)}`;
}

function isSubdomain(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

/** https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
export function isPubsubName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/.test(name) && !name.toLowerCase().startsWith("goog");
}

/** The dead-letter topic of a topic, and its subscription. */
export function deadLetterName(topic: string): string {
  return `${topic}.dlx`;
}
