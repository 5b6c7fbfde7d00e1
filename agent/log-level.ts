import type { Logger, LogLevel } from "./log.ts";
import { json, type Route, text } from "./status/api.ts";

/** How much is logged now, and how much the configuration asks for. */
export interface LevelState {
  readonly level: LogLevel;
  readonly configured: LogLevel;
}

/** The log's level: that of the configuration, unless an operator has set another one for this run of the agent. */
export interface LevelSwitch {
  /** The configuration says so. */
  configure(level: LogLevel): void;
  /** An operator says so; undefined goes back to what is configured. */
  override(level: LogLevel | undefined): LevelState;
}

export function createLevelSwitch(log: Pick<Logger, "setLevel">, configured: LogLevel): LevelSwitch {
  const now: { configured: LogLevel; override: LogLevel | undefined } = { configured, override: undefined };
  const set = () => {
    const level = now.override ?? now.configured;
    log.setLevel(level);
    return { level, configured: now.configured };
  };
  return {
    configure(level) {
      now.configured = level;
      set();
    },
    override(level) {
      now.override = level;
      return set();
    },
  };
}

const levels: readonly LogLevel[] = ["trace", "debug", "info", "warn", "error"];

/** `POST /v1/loglevel?level=debug`; without a level, back to the configured one. */
export function levelRoute(parts: LevelSwitch): readonly [string, Route] {
  return [
    "/v1/loglevel",
    {
      methods: "write",
      access: "token",
      reply(_, { query }) {
        const asked = query.get("level") ?? "";
        const level = levels.find((one) => one === asked.toLowerCase());
        if (asked !== "" && level === undefined) return text(400, `level must be one of ${levels.join(", ")}`);
        return json(200, parts.override(level));
      },
    },
  ];
}
