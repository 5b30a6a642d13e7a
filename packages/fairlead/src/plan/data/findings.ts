import { defineFindings } from "@fairlead/krm";

/** What can be wrong with ConnectionPools: FL400 to FL449. */
export const dataFinding = defineFindings({
  FL400: {
    title: "A ConnectionPool's connection Secret is not in the input",
    severity: "warning",
    explanation:
      "The pool reads host, port, user, password and database from a Secret. One that is made elsewhere is fine; its keys are taken to be POSTGRESQL_HOST and so on. With a similar name in the input, and in compat mode, it is an error.",
    remedy: "Correct `connectionSecret`, or add the Secret or ExternalSecret to the input.",
  },
  FL401: {
    title: "A connection Secret lacks keys",
    severity: "error",
    explanation: "The contract of a connection Secret is five keys: host, port, user, password and database.",
    remedy: "Add the missing keys, or name other ones in `keys`.",
  },
  FL402: {
    title: "An ExternalSecret of a connection is incomplete",
    severity: "error",
    explanation:
      "Each item of its data names a key of the Secret and where it comes from; an empty one fetches nothing.",
    remedy: "Write secretKey and remoteRef.key (and a remoteRef.property that is not empty, if any).",
  },
  FL403: {
    title: "A PgBouncer setting is not known",
    severity: "warning",
    explanation: "The image ignores settings that it does not know, so a typing error stays without effect.",
    remedy: "Correct the name: PgBouncer's own, in capital letters.",
  },
  FL404: {
    title: "A PgBouncer setting is not the pool's to make",
    severity: "error",
    explanation: "Address and credentials of the database come from the connection Secret, the port from `port`.",
    remedy: "Remove it from `config`.",
  },
  FL405: {
    title: "An App bypasses the pool that it names",
    severity: "warning",
    explanation:
      "The App reads the database's own address from a Secret beside the pool's. Which one it uses is up to its code, and often it is the database's.",
    remedy: "Take the Secret out of the App: the pool gives PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD.",
  },
  FL406: {
    title: "Several objects make the connection Secret",
    severity: "error",
    explanation: "More than one Secret or ExternalSecret is marked as the connection, and they do not hold the same.",
    remedy: "Name one in `connectionSecret`.",
  },
  FL407: {
    title: "A ConnectionPool of the predecessor has no part-of",
    severity: "error",
    explanation: "In compat mode everything is named PART-OF-pgbouncer.",
    remedy: "Write `partOf` (part-of), or drop compat mode.",
  },
  FL408: {
    title: "A PgBouncer setting is there twice",
    severity: "error",
    explanation: "Two names mean one setting, such as POOL_SIZE and DEFAULT_POOL_SIZE, and only one value can count.",
    remedy: "Keep one.",
  },
});
