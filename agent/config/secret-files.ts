import { type Layer, type Problem, problemLine, problemsError } from "./layer.ts";
import { readTextFile } from "./read-text-file.ts";
import type { Config, NamespaceConfig } from "./schema.ts";
import { Secret } from "./secret.ts";

interface Context {
  readonly layer: Layer;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Filled while reading: what cannot be used. */
  readonly problems: Problem[];
}

/** A configuration whose `*_file` credentials have been read, and the files they came from. */
export interface WithSecrets {
  readonly config: Config;
  readonly files: readonly string[];
}

/** Reads all credentials kept in files. Throws one error that names each file that cannot be used. */
export async function readSecretFiles(
  config: Config,
  options: { readonly layer: Layer; readonly signal: AbortSignal },
): Promise<WithSecrets> {
  const context = { ...options, timeoutMs: config.disk_io_timeout_sec * 1000, problems: [] as Problem[] };
  const token = await readCredential(context, ["api_token_file"], config.api_token_file);
  const namespaces = await Promise.all(config.namespaces.map((one, index) => readNamespace(context, one, index)));
  const whole = { ...config, namespaces, ...(token !== undefined && { api_token: new Secret(token) }) };
  const problems = [...context.problems, ...checkHeaders(whole)];
  if (problems.length > 0) {
    const code = context.problems.length > 0 ? "config-unreadable" : "config-invalid";
    throw problemsError(
      problems.map((problem) => problemLine(context.layer, problem)),
      code,
    );
  }
  return { config: whole, files: secretFiles(whole) };
}

async function readNamespace(context: Context, one: NamespaceConfig, index: number): Promise<NamespaceConfig> {
  const read = (key: "user_file" | "pass_file" | "access_token_file") =>
    readCredential(context, ["namespaces", index, key], one[key]);
  const [user, pass, token] = await Promise.all([read("user_file"), read("pass_file"), read("access_token_file")]);
  return {
    ...one,
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass: new Secret(pass) }),
    ...(token !== undefined && { access_token: new Secret(token) }),
  };
}

/** The content without one newline at its end, which editors add. Undefined when no file is named or usable. */
async function readCredential(context: Context, path: Problem["path"], file: string): Promise<string | undefined> {
  if (file === "") return undefined;
  const read = await readTextFile(file, context);
  const text = read.ok ? read.text.replace(/\r?\n$/, "") : "";
  if (text !== "") return text;
  const what = `${file} ${read.ok ? "is empty" : read.reason}`;
  context.problems.push({ path, what, remedy: "mount the secret there or correct the path" });
  return undefined;
}

/** A credential that goes into a header as it is must be one line, whichever way it came. */
function checkHeaders(config: Config): readonly Problem[] {
  const tokens = config.namespaces.map((one, index) => ({
    path: ["namespaces", index, one.access_token_file === "" ? "access_token" : "access_token_file"],
    secret: one.access_token,
  }));
  const api = { path: [config.api_token_file === "" ? "api_token" : "api_token_file"], secret: config.api_token };
  return [api, ...tokens]
    .filter(({ secret }) => /[^\t\x20-\x7e\x80-\xff]/.test(secret.reveal()))
    .map(({ path }) => ({
      path,
      what: "has a newline or another character that no HTTP header can carry",
      remedy: "write the token as one line",
    }));
}

function secretFiles(config: Config): readonly string[] {
  const all = [
    config.api_token_file,
    ...config.namespaces.flatMap((one) => [one.user_file, one.pass_file, one.access_token_file]),
  ];
  return [...new Set(all.filter((file) => file !== ""))];
}
