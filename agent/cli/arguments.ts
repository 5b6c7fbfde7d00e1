import { parseArgs } from "node:util";
import { AgentError, messageOf } from "../errors.ts";

/** What was asked for on the command line. */
export type Command =
  | { readonly name: "run"; readonly file: string | undefined }
  | { readonly name: "check"; readonly file: string | undefined; readonly endpoints: readonly Recorded[] }
  | { readonly name: "render"; readonly file: string | undefined; readonly endpoints: readonly Recorded[] }
  | { readonly name: "healthcheck"; readonly file: string | undefined }
  | { readonly name: "sync-haproxy-state-config"; readonly file: string | undefined }
  | { readonly name: "version" }
  | { readonly name: "help" };

/** `--endpoints NAMESPACE=FILE.json`: a recorded answer of `/apis/v1/endpoints`. */
export interface Recorded {
  readonly namespace: string;
  readonly file: string;
}

export const usage = `Usage: drove-gateway [run] [-f FILE]            keep the proxy in step with Drove
       drove-gateway check [-f FILE] [--endpoints NAMESPACE=FILE.json]...
                                                check the configuration, the template, and the proxy's opinion
       drove-gateway render [-f FILE] [--endpoints NAMESPACE=FILE.json]...
                                                print the proxy's configuration
       drove-gateway healthcheck [-f FILE]      exit 0 if the gateway is ready
       drove-gateway -sync-haproxy-state-config [-f FILE]
                                                fill the #DROVE-SERVERS blocks of haproxy_config from the server-state file
       drove-gateway version                    also -v

Without -f: the file of CONFIG_FILE_PATH, else the DROVE_* variables, else nixy.toml.`;

const options = {
  file: { type: "string", short: "f" },
  version: { type: "boolean", short: "v" },
  help: { type: "boolean", short: "h" },
  endpoints: { type: "string", multiple: true },
  "sync-haproxy-state-config": { type: "boolean" },
} as const;

/** Reads the arguments after the program's name. Throws AgentError("usage"). */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parse(argv);
  const { file } = values;
  const [name = "run", ...rest] = positionals;
  if (rest.length > 0) throw usageError(`unexpected "${rest[0]}"`);
  if (values.help || name === "help") return { name: "help" };
  if (values.version || name === "version") return { name: "version" };
  if (values["sync-haproxy-state-config"]) return { name: "sync-haproxy-state-config", file };
  if (name === "run" || name === "healthcheck") return { name, file };
  if (name === "check" || name === "render") return { name, file, endpoints: (values.endpoints ?? []).map(recorded) };
  throw usageError(`unknown command "${name}"`);
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: argv.map(longDashes), options, allowPositionals: true });
  } catch (error) {
    throw usageError(messageOf(error));
  }
}

/** Go's flags take one dash or two: `-sync-haproxy-state-config`, `--f FILE`, `-f=FILE`. */
function longDashes(argument: string): string {
  const short = /^--?(?<letter>[fvh])(?:=(?<value>.*))?$/s.exec(argument)?.groups;
  if (short !== undefined) return `-${short["letter"]}${short["value"] ?? ""}`;
  return /^-[a-z][a-z-]+(=|$)/.test(argument) && !/^-[fvh]\//.test(argument) ? `-${argument}` : argument;
}

function recorded(value: string): Recorded {
  const at = value.indexOf("=");
  if (at <= 0 || at === value.length - 1) throw usageError(`--endpoints needs NAMESPACE=FILE.json, not "${value}"`);
  return { namespace: value.slice(0, at), file: value.slice(at + 1) };
}

function usageError(message: string): AgentError {
  return new AgentError("usage", `${message}; see drove-gateway --help`);
}
