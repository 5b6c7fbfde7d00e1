import { styleText } from "node:util";

/** What a line tells of: something that happens in the cluster, and what the gateway makes of it. */
export type Kind = "start" | "event" | "plan" | "applied" | "served" | "refused" | "load" | "failed" | "try";

export interface Entry {
  readonly kind: Kind;
  readonly text: string;
  /** Shown at the right, in ms. */
  readonly tookMs?: number | undefined;
}

/** Prints the demo's lines, each with the time since the start. */
export interface Timeline {
  tell(entry: Entry): void;
  /** A line without a time. */
  plain(text?: string): void;
}

type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<Kind, Style>> = {
  start: "dim",
  event: ["bold", "cyan"],
  plan: "yellow",
  applied: "yellow",
  served: "green",
  refused: "magenta",
  load: "dim",
  failed: ["bold", "red"],
  try: "dim",
};

const kindWidth = 8;
const textWidth = 58;

/** One line: time, kind, text and duration, in columns. Lines that follow from an event stand a little to the right. */
export function formatEntry(entry: Entry, { atMs, colours }: { readonly atMs: number; readonly colours: boolean }) {
  const paint = (style: Style, text: string) => (colours ? styleText(style, text, { validateStream: false }) : text);
  const time = `${(atMs / 1000).toFixed(1)} s`.padStart(8);
  const indent = ["plan", "applied", "served", "refused"].includes(entry.kind) ? "  " : "";
  const kind = entry.kind.padEnd(kindWidth);
  const text = entry.text.padEnd(textWidth - indent.length);
  const took = entry.tookMs === undefined ? "" : `${Math.max(0, Math.round(entry.tookMs))} ms`.padStart(8);
  const line = `${indent}${paint(styles[entry.kind], kind)} ${entry.kind === "event" ? paint("bold", text) : text}`;
  return `${paint("dim", time)}  ${line}${took === "" ? "" : paint("bold", took)}`.trimEnd();
}

/** A timeline that begins now. */
export function createTimeline(options: {
  readonly write: (text: string) => void;
  readonly now: () => number;
  readonly colours: boolean;
}): Timeline {
  const begun = options.now();
  return {
    tell: (entry) =>
      options.write(`${formatEntry(entry, { atMs: options.now() - begun, colours: options.colours })}\n`),
    plain: (text = "") => options.write(`${text}\n`),
  };
}
