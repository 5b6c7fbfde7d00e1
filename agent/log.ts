import { type ConsolaInstance, createConsola, type LogObject } from "consola/core";
import { hasControl } from "./control-characters.ts";
import type { Facts } from "./errors.ts";
import { messageOf } from "./errors.ts";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";
export type LogFormat = "json" | "text";

/** Where the agent says what an operator must know: a fixed message, and fields. */
export interface Logger {
  trace(message: string, facts?: Facts): void;
  debug(message: string, facts?: Facts): void;
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  error(message: string, facts?: Facts): void;
  setLevel(level: LogLevel): void;
}

const numbers: Readonly<Record<LogLevel, number>> = { trace: 5, debug: 4, info: 3, warn: 1, error: 0 };
const secretField = /pass|secret|token|authorization|credential/i;

/** A logger that hands finished lines to `write`: JSON lines for machines, text for a terminal. */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly now: () => number;
  readonly write: (line: string) => void;
}): Logger {
  const line = options.format === "json" ? jsonLine : textLine;
  const consola: ConsolaInstance = createConsola({
    level: numbers[options.level],
    // consola drops repeated lines by default.
    throttle: 0,
    reporters: [{ log: (entry) => options.write(`${line(entry, options.now())}\n`) }],
  });
  const at =
    (level: LogLevel) =>
    (message: string, facts: Facts = {}) =>
      consola[level](message, facts);
  return {
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    setLevel(level) {
      consola.level = numbers[level];
    },
  };
}

/** An error as log fields: its code, its message, its facts. */
export function errorFacts(error: unknown): Facts {
  if (error instanceof Error && "code" in error && "facts" in error) {
    return { ...(error.facts as Facts), code: String(error.code), error: messageOf(error) };
  }
  return { error: messageOf(error) };
}

function jsonLine(entry: LogObject, now: number): string {
  const [message, facts] = entry.args as [string, Facts];
  return JSON.stringify({ time: new Date(now).toISOString(), level: entry.type, msg: message, ...redact(facts) });
}

function textLine(entry: LogObject, now: number): string {
  const [message, facts] = entry.args as [string, Facts];
  const time = new Date(now).toISOString().slice(11, 23);
  const fields = Object.entries(redact(facts)).map(([key, value]) => `${key}=${textValue(value)}`);
  return [time, entry.type.toUpperCase().padEnd(5), message, ...fields].join(" ");
}

function textValue(value: Facts[string]): string {
  const text = Array.isArray(value) ? value.join(",") : String(value);
  return hasControl(text) || /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}

function redact(facts: Facts): Facts {
  const kept = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept.map(([key, value]) => [key, secretField.test(key) ? "[redacted]" : value]));
}
