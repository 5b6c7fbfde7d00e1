type Node = string | { readonly t: string; readonly val: string };

/**
 * Lines that hold nothing but a control tag (`<% for (…) { %>`) leave no line behind, so that templates can be indented
 * as they read. Eta keeps text escaped for a JavaScript string: a newline is the two characters `\n` here.
 */
export function standaloneTags<T>(nodes: T): T {
  const list = nodes as readonly Node[];
  return list.map((node, index) => {
    if (typeof node !== "string") return node;
    const afterTag = isAlone(list, index - 1);
    const beforeTag = isAlone(list, index + 1);
    const head = afterTag ? node.replace(/^[ \t]*\\n/, "") : node;
    return beforeTag ? head.replace(/(^|\\n)[ \t]+$/, "$1") : head;
  }) as T;
}

function isAlone(nodes: readonly Node[], index: number): boolean {
  const tag = nodes[index];
  if (tag === undefined || typeof tag === "string" || tag.t !== "e") return false;
  const before = nodes[index - 1];
  const after = nodes[index + 1];
  const startsLine =
    before === undefined || (typeof before === "string" && /(^|\\n)[ \t]*$/.test(before) && !midLine(index, before));
  const endsLine = after === undefined || (typeof after === "string" && /^[ \t]*\\n/.test(after));
  return startsLine && endsLine;
}

/** Text without a newline in it starts a line only if the tag before it was alone too, or nothing is before it. */
function midLine(index: number, before: string): boolean {
  return !before.includes("\\n") && index >= 2;
}
