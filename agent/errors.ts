/**
 * Every way in which the agent can fail. `retry` says who can mend it: `soon` passes by itself (a controller that is
 * away), `change` needs an edit by somebody (a template), `never` ends the process (wrong flags, unusable config).
 */
const codes = {
  "config-invalid": { retry: "change" },
  "config-unreadable": { retry: "change" },
  "template-invalid": { retry: "change" },
  "template-unreadable": { retry: "change" },
  "controller-unreachable": { retry: "soon" },
  "controller-refused": { retry: "soon" },
  "controller-garbage": { retry: "soon" },
  "no-leader": { retry: "soon" },
  "disk-failed": { retry: "soon" },
  "proxy-refused-config": { retry: "change" },
  "proxy-command-failed": { retry: "soon" },
  "proxy-not-proven": { retry: "soon" },
  "proxy-not-started": { retry: "soon" },
  "proxy-api-failed": { retry: "soon" },
  "listen-failed": { retry: "never" },
  "gateway-unreachable": { retry: "soon" },
  "gateway-refused": { retry: "never" },
  usage: { retry: "never" },
} as const satisfies Record<string, { retry: "soon" | "change" | "never" }>;

export type ErrorCode = keyof typeof codes;
export type Retry = "soon" | "change" | "never";

/** Plain facts for the log: never a secret. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A failure with a code. The message is one line that says what is wrong and what to do. */
export class AgentError extends Error {
  readonly code: ErrorCode;
  readonly retry: Retry;
  readonly facts: Facts;

  constructor(code: ErrorCode, message: string, options: { readonly cause?: unknown; readonly facts?: Facts } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AgentError";
    this.code = code;
    this.retry = codes[code].retry;
    this.facts = options.facts ?? {};
  }
}

/** True for the error of a file that is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, " ").trim();
}
