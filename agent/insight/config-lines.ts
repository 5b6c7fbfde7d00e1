/** Lines of a configuration that stand together; numbers begin at 1. */
export interface ConfigBlock {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** At most so many lines of one block, and so many blocks, are shown. */
const mostLines = 60;
const mostBlocks = 20;

/** Where a block begins and ends, as line numbers from 0. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * The parts of a configuration that are about one vhost, whatever template made them: of nginx the `server` blocks that
 * name it and the upstreams that they lead to, of HAProxy its backends; of both single lines, as of maps.
 */
export function linesAbout(
  text: string,
  {
    platform,
    vhost,
    backends,
  }: { readonly platform: "nginx" | "haproxy"; readonly vhost: string; readonly backends: readonly string[] },
): readonly ConfigBlock[] {
  const lines = text.split("\n");
  const ranges = platform === "nginx" ? inNginx(lines, vhost) : inHaproxy(lines, [vhost, ...backends]);
  return merged(ranges)
    .slice(0, mostBlocks)
    .map(({ from, to }) => ({ from: from + 1, to: to + 1, text: shown(lines.slice(from, to + 1)) }));
}

function shown(lines: readonly string[]): string {
  const indent = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  const more = lines.length - mostLines;
  const kept = lines.slice(0, mostLines).map((line) => line.slice(indent).trimEnd());
  return [...kept, ...(more > 0 ? [`… ${more} more lines`] : [])].join("\n");
}

/** Whether a line has the word, as a whole: `shop.test` is not in `my-shop.test`. */
function hasWord(words: readonly string[]): (line: string) => boolean {
  const escaped = words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(?<![\\w.*-])(?:${escaped.join("|")})(?![\\w-]|\\.\\w)`, "i");
  return (line) => pattern.test(line);
}

/** Blocks that hold everything else: what is found in them stands for itself. */
const outer = /^\s*(?:http|stream|events|map|geo|split_clients)\b/;

function inNginx(lines: readonly string[], vhost: string): readonly Range[] {
  const blocks = nginxBlocks(lines);
  const found = rangesOf(lines, { blocks, test: hasWord([vhost]) });
  const targets = found.flatMap(({ from, to }) =>
    lines.slice(from, to + 1).flatMap((line) => /\b\w+_pass\s+(?:\w+:\/\/)?([\w.-]+)/.exec(line)?.[1] ?? []),
  );
  const upstreams = blocks.filter(({ from }) =>
    targets.includes(/^\s*upstream\s+"?([\w.-]+)/.exec(lines[from] ?? "")?.[1] ?? ""),
  );
  return [...found, ...upstreams];
}

/** The largest blocks but the outer ones. Braces in comments and quotes do not count. */
function nginxBlocks(lines: readonly string[]): readonly Range[] {
  const open: { readonly from: number; readonly isOuter: boolean }[] = [];
  const blocks: Range[] = [];
  for (const [index, line] of lines.entries()) {
    const code = line.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|#.*$/g, "");
    for (const [brace] of code.matchAll(/[{}]/g)) {
      const closed = brace === "{" ? undefined : open.pop();
      if (brace === "{") open.push({ from: index, isOuter: outer.test(line) });
      else if (closed?.isOuter === false && open.every((one) => one.isOuter))
        blocks.push({ from: closed.from, to: index });
    }
  }
  return blocks;
}

function rangesOf(
  lines: readonly string[],
  { blocks, test }: { readonly blocks: readonly Range[]; readonly test: (line: string) => boolean },
): readonly Range[] {
  return lines.flatMap((line, index) => {
    if (!test(line)) return [];
    return [blocks.find(({ from, to }) => from <= index && index <= to) ?? { from: index, to: index }];
  });
}

function inHaproxy(lines: readonly string[], names: readonly string[]): readonly Range[] {
  const starts = lines.flatMap((line, index) => (/^[a-z][a-z-]*(?:\s|$)|^#DROVE-FILE-BEGIN/.test(line) ? [index] : []));
  const sections = starts
    .map((from, index) => ({ from, to: lastLine(lines, { from, to: (starts[index + 1] ?? lines.length) - 1 }) }))
    .filter(({ from }) => /^(?:backend|listen)\s/.test(lines[from] ?? ""))
    .filter(({ from }) => names.includes((lines[from] ?? "").split(/\s+/)[1] ?? ""));
  return rangesOf(lines, { blocks: sections, test: hasWord(names) });
}

/** Without the empty lines and comments that belong to what comes next. */
function lastLine(lines: readonly string[], { from, to }: Range): number {
  let last = to;
  while (last > from && /^\s*(?:#.*)?$/.test(lines[last] ?? "")) last -= 1;
  return last;
}

function merged(ranges: readonly Range[]): readonly Range[] {
  const result: Range[] = [];
  for (const range of ranges.toSorted((one, other) => one.from - other.from)) {
    const last = result.at(-1);
    if (last !== undefined && range.from <= last.to + 1)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else result.push(range);
  }
  return result;
}
