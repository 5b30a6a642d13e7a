/**
 * Whose a key is: the member with the highest score for it (rendezvous hashing). When a member comes or goes, only the
 * keys that it gets or had change hands. Undefined without members; the order of the members plays no part.
 */
export function memberOf(key: string, members: readonly string[]): string | undefined {
  let best: string | undefined;
  let highest = -1;
  for (const member of members) {
    const score = scoreOf(member, key);
    if (score > highest || (score === highest && member < best!)) {
      best = member;
      highest = score;
    }
  }
  return best;
}

/** FNV-1a, then murmur3's finalizer: without it, names that differ in the last letter share their keys unevenly. */
function scoreOf(member: string, key: string): number {
  let hash = 0x811c9dc5;
  const text = `${member}\n${key}`;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
