import { inspect } from "node:util";

/** A credential that prints as `[redacted]` wherever it ends up by mistake: log, JSON, template, error. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The credential itself. Call it only where it is sent. */
  reveal(): string {
    return this.#value;
  }

  get isSet(): boolean {
    return this.#value !== "";
  }

  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [inspect.custom](): string {
    return "[redacted]";
  }
}
