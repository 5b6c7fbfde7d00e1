import { byteLength } from "./bytes.ts";
import type { Source } from "./nodes.ts";

/** A template that does not parse or does not execute. The message is Go's, to the letter. */
export class GoTemplateError extends Error {
  /** The file at fault: the template's own name or that of a partial. */
  readonly templateName: string;
  /** Counted from 1; 0 where there is none. */
  readonly line: number;
  /** Bytes from the start of the line, counted from 0 as Go does; only execution errors have one. */
  readonly column: number | undefined;

  constructor(message: string, place: Place) {
    super(message);
    this.name = "GoTemplateError";
    this.templateName = place.templateName;
    this.line = place.line;
    this.column = place.column;
  }
}

interface Place {
  readonly templateName: string;
  readonly line: number;
  readonly column?: number;
}

/** A parse error: Go gives the line alone. */
export function parseError(source: Source, line: number, message: string): GoTemplateError {
  return new GoTemplateError(`template: ${source.name}:${line}: ${message}`, { templateName: source.name, line });
}

/** Line and column of an offset, the column in bytes. */
export function placeOf(source: Source, pos: number): Required<Place> {
  const before = source.text.slice(0, pos);
  const lineStart = before.lastIndexOf("\n") + 1;
  const line = before.split("\n").length;
  return { templateName: source.name, line, column: byteLength(before.slice(lineStart)) };
}
