import { createHash } from "node:crypto";
import { lookup } from "node:dns";
import { existsSync, realpathSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

// Whoever listens has this form of it loaded already.
const lookUp = promisify(lookup);

/** Names a text in 16 hex digits. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** All addresses of a host name, as the machine resolves names. */
export async function lookupAll(host: string): Promise<readonly string[]> {
  return (await lookUp(host, { all: true })).map((one) => one.address);
}

/** What templates may know of the machine. */
export function worldOf(env: Readonly<Record<string, string | undefined>>) {
  const kept = Object.entries(env).filter(
    ([name]) => !/PASS|SECRET|TOKEN|CREDENTIAL|USERNAME|PRIVATE|_KEY/i.test(name),
  );
  return {
    environment: Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    timeZone: env["TZ"] || localZone(),
    ipv6: Object.values(networkInterfaces()).some((all) => all?.some((one) => one.family === "IPv6")),
  };
}

/** The zone that /etc/localtime points to. Intl knows it too, but takes 15 to 50 ms of every start to say so. */
function localZone(): string {
  try {
    return /zoneinfo\/(.+)$/.exec(realpathSync("/etc/localtime"))?.[1] ?? "UTC";
  } catch {
    return "UTC";
  }
}

/** The folder of the shipped templates: beside the program's folder, in a checkout as in the image. */
export function shippedTemplates(program: string): string {
  const beside = join(dirname(realpathSync(program)), "..", "templates");
  return existsSync(beside) ? beside : "/usr/share/drove-gateway/templates";
}
