import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/*
 * Every gateway of the real tests carries secrets that nobody needs, one of each kind, and at its end everything that
 * anybody could read of it is searched for them: so the whole suite, whatever it breaks, is a test that none gets out.
 */

const user = "planted-user-4d1f";
const pass = `planted-pa"ss'wörd$-7be2`;
const apiToken = "planted-api-token-93c0";
const inEnvironment = "planted-in-environment-5a6e";

export const planted = {
  /** Of the namespace: the fake cluster lets everybody in. */
  credentials: { user, pass },
  settings: { api_token: apiToken },
  authorization: `Bearer ${apiToken}`,
  /** Not what configures an agent, but what is about it: the environment of a machine is full of secrets. */
  env: {
    AWS_SECRET_ACCESS_KEY: inEnvironment,
    CONSUL_HTTP_TOKEN: inEnvironment,
    DATABASE_PASSWORD: inEnvironment,
  },
} as const;

/** As they would look raw, in base64, in a URL, in JSON, and together in a header. */
const forms = [
  ...[user, pass, apiToken, inEnvironment].flatMap((one) => [
    one,
    Buffer.from(one).toString("base64"),
    encodeURIComponent(one),
    JSON.stringify(one).slice(1, -1),
  ]),
  Buffer.from(`${user}:${pass}`).toString("base64"),
];

/** Throws if a planted secret is in one of these texts. The key says what it is the text of. */
export function findNoSecret(texts: Readonly<Record<string, string>>): void {
  const found = Object.entries(texts).flatMap(([what, text]) =>
    forms.filter((form) => text.includes(form)).map((form) => `${form} in ${what}`),
  );
  assert.deepEqual(found, []);
}

/**
 * What the files in a folder say, unpacked, but for TOML: that is where secrets are given to a gateway, and it writes
 * none. An agent may be at work there: a file that it takes away meanwhile is left out.
 */
export async function textsIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const paths = (await readdir(folder, { recursive: true })).map((name) => join(folder, name));
  const texts: Record<string, string> = {};
  for (const path of paths.filter((one) => !one.endsWith(".toml"))) {
    const bytes = await bytesOf(path);
    if (bytes !== undefined) texts[path] = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  }
  return texts;
}

/** Undefined for what is no file, or is gone. */
async function bytesOf(path: string): Promise<Buffer | undefined> {
  try {
    return (await stat(path)).isFile() ? await readFile(path) : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
