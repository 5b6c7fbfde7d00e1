import type { NamespaceConfig } from "../config/schema.ts";
import { AgentError } from "../errors.ts";

type Credentials = Pick<NamespaceConfig, "name" | "user" | "pass" | "access_token">;

/** The value of the Authorization header: the access token as it is, else HTTP Basic if there is a user. */
export function authorization({ name, user, pass, access_token }: Credentials): string | undefined {
  if (access_token.isSet) {
    const token = access_token.reveal();
    // What an HTTP header may hold; undici would refuse the rest with an error that does not say which key is wrong.
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(token)) return token;
    const message = `access_token of namespace ${name} has a line break or a character that no HTTP header can carry`;
    throw new AgentError("config-invalid", message);
  }
  return user === "" ? undefined : `Basic ${basic(user, pass.reveal())}`;
}

/** Takes credentials out of a text that came from a controller or a library: some proxies echo request headers. */
export function redactor({ user, pass, access_token }: Credentials): (text: string) => string {
  const token = access_token.reveal();
  const parts = [token, ...token.split(/\s+/).slice(1), basic(user, pass.reveal()), pass.reveal()];
  // Shorter ones are in every other word.
  const secrets = parts.filter((part) => part.length >= 4);
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
}

function basic(user: string, pass: string): string {
  return Buffer.from(`${user}:${pass}`).toString("base64");
}
