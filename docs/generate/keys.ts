import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as v from "valibot";
import { type KeyKind, namespaceKeys, topLevelKeys } from "../../agent/config/keys.ts";
import { configSchema, namespaceSchema } from "../../agent/config/schema.ts";
import { readToml } from "../../agent/config/toml-layer.ts";
import { type FieldFacts, factsOf } from "./field-facts.ts";
import { type KeyComment, keyComments } from "./key-comments.ts";

/** All that is known of a key. */
export interface DocumentedKey extends FieldFacts, KeyComment {
  readonly name: string;
  readonly kind: KeyKind;
  /** The image's default, where it is another one. */
  readonly imageDefault: unknown;
}

const root = join(import.meta.dirname, "..", "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** The keys at top level, and those of a `[[namespaces]]` table, in the order of the schema. */
export function documentedKeys(): {
  readonly top: readonly DocumentedKey[];
  readonly namespace: readonly DocumentedKey[];
} {
  const sources: readonly (readonly [string, string])[] = [
    ["schema.ts", ""],
    ["schema-nginx.ts", "nginx"],
    ["schema-haproxy.ts", "HAProxy"],
  ];
  const comments = sources.flatMap(([file, section]) => [...keyComments(read(`agent/config/${file}`), section)]);
  const ofNamespace = keyComments(read("agent/config/schema-namespace.ts"), "Namespaces");
  const image = imageDefaults();
  return {
    top: joined(topLevelKeys, { entries: configSchema.entries, comments: new Map(comments), image }),
    namespace: joined(namespaceKeys, { entries: namespaceSchema.entries, comments: ofNamespace, image: new Map() }),
  };
}

function joined(
  keys: ReadonlyMap<string, KeyKind>,
  known: {
    readonly entries: Readonly<Record<string, v.GenericSchema>>;
    readonly comments: ReadonlyMap<string, KeyComment>;
    readonly image: ReadonlyMap<string, unknown>;
  },
): readonly DocumentedKey[] {
  return [...keys].map(([name, kind]) => {
    const comment = known.comments.get(name);
    const entry = known.entries[name];
    if (comment === undefined || entry === undefined)
      throw new Error(`${name} has no comment above it in agent/config/schema*.ts: say there what it means`);
    const facts = factsOf(entry);
    const inImage = known.image.get(name);
    return { name, kind, ...facts, ...comment, imageDefault: inImage === facts.fallback ? undefined : inImage };
  });
}

/** Which proxy it is says the image's name by itself. */
function imageDefaults(): ReadonlyMap<string, unknown> {
  const files = ["image/nginx.toml", "image/haproxy.toml"];
  const all = files.flatMap((file) => Object.entries(readToml(read(file), file).values));
  return new Map(all.filter(([key]) => key !== "proxy_platform"));
}
