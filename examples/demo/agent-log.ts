/** What the demo takes from the agent's JSON log. Lines about other things are undefined. */
export type AgentLine =
  | {
      readonly about: "applied";
      readonly plan: string;
      readonly reasons: string;
      readonly checkMs: number;
      readonly reloadMs: number;
      readonly totalMs: number;
      readonly proof: string;
    }
  | { readonly about: "refused"; readonly app: string; readonly message: string }
  | { readonly about: "trouble"; readonly message: string };

/** Reads one line of the agent's log. */
export function readAgentLine(line: string): AgentLine | undefined {
  const said = parse(line);
  if (said === undefined) return line.trim() === "" ? undefined : { about: "trouble", message: line };
  const text = (key: string) => String(said[key] ?? "");
  const number = (key: string) => Number(said[key] ?? 0);
  if (said["msg"] === "applied") {
    return {
      about: "applied",
      plan: text("plan"),
      reasons: text("reasons"),
      checkMs: number("check_ms"),
      reloadMs: number("reload_ms"),
      totalMs: number("total_ms"),
      proof: text("proof"),
    };
  }
  if (text("code").endsWith("-refused") && said["level"] === "warn") {
    return { about: "refused", app: text("app"), message: text("msg") };
  }
  if (said["level"] !== "error") return undefined;
  return { about: "trouble", message: [text("msg"), text("error")].filter((part) => part !== "").join(": ") };
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
