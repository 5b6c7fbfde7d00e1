import { parseArgs } from "node:util";
import { parseDuration } from "../duration.ts";
import { AgentError, messageOf } from "../errors.ts";

/** What was asked for on the command line. */
export type Command =
  | { readonly name: "run"; readonly file: string | undefined }
  | { readonly name: "check"; readonly file: string | undefined; readonly endpoints: readonly Recorded[] }
  | { readonly name: "render"; readonly file: string | undefined; readonly endpoints: readonly Recorded[] }
  | { readonly name: "healthcheck"; readonly file: string | undefined }
  | { readonly name: "sync-haproxy-state-config"; readonly file: string | undefined }
  | OperatorCommand
  | {
      readonly name: "test";
      readonly file: string | undefined;
      readonly folder: string;
      readonly json: boolean;
      readonly update: boolean;
      readonly proxyVersion: string | undefined;
    }
  | {
      readonly name: "replay";
      readonly file: string | undefined;
      /** Empty: all of them. */
      readonly generation: string;
      readonly template: string | undefined;
      readonly json: boolean;
    }
  | { readonly name: "version" }
  | { readonly name: "help" };

/** What the running gateway is asked. `json`: its answer as it comes, for machines. */
export type OperatorCommand = { readonly file: string | undefined; readonly json: boolean } & (
  | { readonly name: "plan" }
  | { readonly name: "diff" }
  | { readonly name: "explain"; readonly subject: string }
  | { readonly name: "freeze"; readonly for: string | undefined; readonly reason: string | undefined }
  | { readonly name: "thaw" }
  | { readonly name: "loglevel"; readonly level: string | undefined }
  | { readonly name: "history" }
  | { readonly name: "rollback"; readonly generation: string; readonly reason: string | undefined }
  | { readonly name: "accept"; readonly namespace: string | undefined }
);

/** `--endpoints NAMESPACE=FILE.json`: a recorded answer of `/apis/v1/endpoints`. */
export interface Recorded {
  readonly namespace: string;
  readonly file: string;
}

const options = {
  file: { type: "string", short: "f" },
  version: { type: "boolean", short: "v" },
  help: { type: "boolean", short: "h" },
  endpoints: { type: "string", multiple: true },
  json: { type: "boolean" },
  for: { type: "string" },
  reason: { type: "string" },
  template: { type: "string" },
  update: { type: "boolean" },
  "proxy-version": { type: "string" },
  "sync-haproxy-state-config": { type: "boolean" },
} as const;

type OptionName = keyof typeof options;
type Values = ReturnType<typeof parse>["values"];

/** One command: what it takes besides `-f FILE`, and what it is then. */
interface Grammar {
  readonly options: readonly OptionName[];
  /** What its one operand is, if it has one. */
  readonly operand?: string;
  /** Default: it must be given. */
  readonly operandIs?: "optional";
  readonly make: (given: Given) => Command;
}

interface Given {
  readonly file: string | undefined;
  readonly values: Values;
  readonly operand: string;
}

const grammars: Readonly<Record<string, Grammar>> = {
  run: { options: [], make: ({ file }) => ({ name: "run", file }) },
  check: { options: ["endpoints"], make: ({ file, values }) => ({ name: "check", file, endpoints: recorded(values) }) },
  render: {
    options: ["endpoints"],
    make: ({ file, values }) => ({ name: "render", file, endpoints: recorded(values) }),
  },
  test: { options: ["json", "update", "proxy-version"], operand: "a folder of cases", make: test },
  healthcheck: { options: [], make: ({ file }) => ({ name: "healthcheck", file }) },
  plan: { options: ["json"], make: ({ file, values }) => ({ name: "plan", file, json: isOn(values.json) }) },
  diff: { options: ["json"], make: ({ file, values }) => ({ name: "diff", file, json: isOn(values.json) }) },
  explain: {
    options: ["json"],
    operand: "a vhost, an app's id or its name",
    make: ({ file, values, operand }) => ({ name: "explain", file, json: isOn(values.json), subject: operand }),
  },
  freeze: { options: ["json", "for", "reason"], make: freeze },
  loglevel: {
    options: ["json"],
    operand: "trace, debug, info, warn or error",
    operandIs: "optional",
    make: ({ file, values, operand }) => ({
      name: "loglevel",
      file,
      json: isOn(values.json),
      level: operand === "" ? undefined : operand,
    }),
  },
  history: { options: ["json"], make: ({ file, values }) => ({ name: "history", file, json: isOn(values.json) }) },
  rollback: {
    options: ["json", "reason"],
    operand: "a generation of the history",
    make: ({ file, values, operand }) => {
      const generation = numbered(operand, "rollback");
      return { name: "rollback", file, json: isOn(values.json), generation, reason: values.reason };
    },
  },
  replay: {
    options: ["json", "template"],
    operand: "a generation of the history",
    operandIs: "optional",
    make: ({ file, values, operand }) => {
      const generation = operand === "" ? "" : numbered(operand, "replay");
      return { name: "replay", file, json: isOn(values.json), generation, template: values.template };
    },
  },
  thaw: { options: ["json"], make: ({ file, values }) => ({ name: "thaw", file, json: isOn(values.json) }) },
  accept: {
    options: ["json"],
    operand: "a namespace",
    operandIs: "optional",
    make: ({ file, values, operand }) => ({
      name: "accept",
      file,
      json: isOn(values.json),
      namespace: operand === "" ? undefined : operand,
    }),
  },
};

export const usage = `Usage: drove-gateway [run] [-f FILE]            keep the proxy in step with Drove

What the running gateway does (each also takes --json):
       drove-gateway plan [-f FILE]             what would change now, and why
       drove-gateway diff [-f FILE]             the same as a diff of the proxy's configuration
       drove-gateway explain [-f FILE] NAME     all about a vhost or an app, and why it is there or not
       drove-gateway freeze [-f FILE] [--for 2h] [--reason TEXT]
                                                hold all changes
       drove-gateway thaw [-f FILE]             apply changes again
       drove-gateway accept [NAMESPACE] [-f FILE]
                                                let an answer of the controllers pass that the guard holds
       drove-gateway loglevel [-f FILE] [LEVEL]
                                                log more or less; without LEVEL, as configured
       drove-gateway history [-f FILE]          what was applied or refused, newest first
       drove-gateway rollback [-f FILE] GENERATION [--reason TEXT]
                                                apply an earlier configuration again, and hold it until thawed

Without a running gateway:
       drove-gateway replay [-f FILE] [GENERATION] [--template FILE] [--json]
                                                what today's template and configuration make of what was recorded
       drove-gateway check [-f FILE] [--endpoints NAMESPACE=FILE.json]...
                                                check the configuration, the template, and the proxy's opinion
       drove-gateway render [-f FILE] [--endpoints NAMESPACE=FILE.json]...
                                                print the proxy's configuration
       drove-gateway test FOLDER [-f FILE] [--update] [--proxy-version 1.30.6] [--json]
                                                compare what a template makes of recorded answers with what is expected

       drove-gateway healthcheck [-f FILE]      exit 0 if the gateway is ready
       drove-gateway -sync-haproxy-state-config [-f FILE]
                                                fill the #DROVE-SERVERS blocks of haproxy_config from the server-state file
       drove-gateway version                    also -v

Without -f: the file of CONFIG_FILE_PATH, else the DROVE_* variables, else nixy.toml.`;

/** Reads the arguments after the program's name. Throws AgentError("usage"). */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parse(argv);
  const { file } = values;
  const [name = "run", ...rest] = positionals;
  if (values.help || name === "help") return { name: "help" };
  if (values.version || name === "version") return { name: "version" };
  if (values["sync-haproxy-state-config"]) return { name: "sync-haproxy-state-config", file };
  const grammar = Object.hasOwn(grammars, name) ? grammars[name] : undefined;
  if (grammar === undefined) throw usageError(`unknown command "${name}"`);
  const [operand = "", ...others] = grammar.operand === undefined ? ["", ...rest] : rest;
  const isNeeded = grammar.operand !== undefined && grammar.operandIs !== "optional";
  if (isNeeded && operand === "") throw usageError(`${name} needs ${grammar.operand}`);
  if (others.length > 0) throw usageError(`unexpected "${others[0]}"`);
  const foreign = Object.keys(values).find((one) => one !== "file" && !grammar.options.some((own) => own === one));
  if (foreign !== undefined) throw usageError(`${name} takes no --${foreign}`);
  return grammar.make({ file, values, operand });
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

function isOn(flag: boolean | undefined): boolean {
  return flag === true;
}

function numbered(operand: string, name: string): string {
  if (!/^\d{1,8}$/.test(operand))
    throw usageError(`${name} needs a generation of the history, a number, not "${operand}"`);
  return operand;
}

function freeze({ file, values }: Given): Command {
  const { for: length, reason, json } = values;
  if (length !== undefined && parseDuration(length) === undefined)
    throw usageError(`--for needs a time such as 90s, 30m, 2h or 1d, not "${length}"`);
  return { name: "freeze", file, json: isOn(json), for: length, reason };
}

function test({ file, values, operand }: Given): Command {
  const { json, update, "proxy-version": proxyVersion } = values;
  if (proxyVersion !== undefined && !/^\d+(?:\.\d+)*$/.test(proxyVersion))
    throw usageError(`--proxy-version needs a version such as 1.30.6, not "${proxyVersion}"`);
  return { name: "test", file, folder: operand, json: isOn(json), update: isOn(update), proxyVersion };
}

function recorded({ endpoints = [] }: Values): readonly Recorded[] {
  return endpoints.map((value) => {
    const at = value.indexOf("=");
    if (at <= 0 || at === value.length - 1) throw usageError(`--endpoints needs NAMESPACE=FILE.json, not "${value}"`);
    return { namespace: value.slice(0, at), file: value.slice(at + 1) };
  });
}

function usageError(message: string): AgentError {
  return new AgentError("usage", `${message}; see drove-gateway --help`);
}
