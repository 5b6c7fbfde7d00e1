import { byteLength } from "../go-text/bytes.ts";

/** The file that a part of a template comes from. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** A part of a template that an error may point at. */
export interface Located {
  /** Offset in the source, in UTF-16 units. */
  readonly pos: number;
  /** As Go writes it in errors: always with the default delimiters. */
  readonly text: string;
}

interface Place {
  /** The file at fault: the template's own name or that of a partial. */
  readonly templateName: string;
  /** Counted from 1; 0 where there is none. */
  readonly line: number;
  /** Bytes from the start of the line, counted from 0 as Go does; only execution errors have one. */
  readonly column?: number;
}

/** A template that does not parse or does not execute. The message is Go's, to the letter. */
export class GoTemplateError extends Error {
  override readonly name = "GoTemplateError";
  readonly templateName: string;
  readonly line: number;
  readonly column: number | undefined;

  constructor(message: string, { templateName, line, column }: Place) {
    super(message);
    this.templateName = templateName;
    this.line = line;
    this.column = column;
  }
}

/** Line and column of an offset. */
export function placeOf(source: Source, pos: number): Required<Place> {
  const before = source.text.slice(0, pos);
  const column = byteLength(before.slice(before.lastIndexOf("\n") + 1));
  return { templateName: source.name, line: before.split("\n").length, column };
}
