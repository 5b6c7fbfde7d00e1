/** What the comment above a key says. */
export interface KeyComment {
  /** One paragraph of Markdown. */
  readonly text: string;
  /** True if the Go gateway does not have the key. */
  readonly isNew: boolean;
  /** The section that the key stands in. */
  readonly section: string;
}

const comment = /^ +\/\*\*(?<text>(?:(?!\*\/)[\s\S])*)\*\/\n +(?<key>\w+): |^ +\/\* (?<section>.+) \*\/$/gm;

/** Reads the comments of the keys in the source of a schema; keys before the first section are in `first`. */
export function keyComments(source: string, first: string): ReadonlyMap<string, KeyComment> {
  const found = new Map<string, KeyComment>();
  let section = first;
  for (const { groups = {} } of source.matchAll(comment)) {
    section = groups["section"] ?? section;
    if (groups["key"] !== undefined) found.set(groups["key"], { ...proseOf(groups["text"] ?? ""), section });
  }
  return found;
}

function proseOf(raw: string): Pick<KeyComment, "text" | "isNew"> {
  const text = raw
    .replaceAll(/\n *\* ?/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return { text: text.replace(/ ?@new\b/, "").trim(), isNew: text.includes("@new") };
}
