import * as v from "valibot";

/*
 * What the history keeps of one plan. What is read back is checked: the files may be of another version, or damaged.
 */

/** What `history` lists. */
export const entrySchema = v.object({
  /** Counts up, for as long as there is a history. */
  id: v.number(),
  /** ISO time. */
  at: v.string(),
  kind: v.picklist(["none", "write", "start", "runtime", "reload"]),
  outcome: v.picklist(["applied", "failed"]),
  /** One line, without any credential, when it failed. */
  error: v.optional(v.string()),
  reasons: v.array(v.object({ code: v.string(), subjects: v.array(v.string()), count: v.number() })),
  /** How it was proven. */
  proof: v.optional(v.string()),
  tookMs: v.number(),
  vhosts: v.number(),
  instances: v.number(),
  /** Size on disk. */
  bytes: v.number(),
});

const endpointSchema = v.object({ host: v.string(), port: v.number(), portType: v.string() });

const appSchema = v.object({
  appName: v.string(),
  appId: v.string(),
  vhost: v.string(),
  tags: v.record(v.string(), v.string()),
  hosts: v.pipe(v.array(endpointSchema), v.readonly()),
});

/** The configuration, and all that it was made of. */
const contentSchema = v.object({
  file: v.object({
    path: v.string(),
    text: v.string(),
    generation: v.string(),
    renderedAt: v.number(),
    carriesGeneration: v.boolean(),
  }),
  /** As the proxy printed it. */
  proxyVersion: v.optional(v.string()),
  /** What host names resolved to. */
  addresses: v.array(v.tuple([v.string(), v.string()])),
  snapshots: v.array(
    v.object({
      namespace: v.string(),
      fetchedAt: v.number(),
      leader: v.optional(v.object({ endpoint: v.string(), host: v.string(), port: v.number() })),
      apps: v.pipe(v.array(appSchema), v.readonly()),
    }),
  ),
});

export type HistoryEntry = Readonly<v.InferOutput<typeof entrySchema>>;
export type NewEntry = Omit<HistoryEntry, "id" | "bytes">;
export type HistoryContent = Readonly<v.InferOutput<typeof contentSchema>>;

/** Throws if it is not what this version writes. */
export function readContent(value: unknown): HistoryContent {
  return v.parse(contentSchema, value);
}
