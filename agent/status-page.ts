import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Reply, text } from "./status/api.ts";

/** The status page: one file, without any data in it. */
export interface StatusPage {
  reply(): Promise<Reply>;
}

/**
 * Reads the page when it is first asked for. Its one script and its one style are all that a browser will run of it, by
 * their hashes, and it can talk to nobody but the gateway that it came from.
 */
export function createStatusPage(path: string): StatusPage {
  const kept: { reply: Reply | undefined } = { reply: undefined };
  return {
    async reply() {
      kept.reply ??= await readPage(path).catch(() => undefined);
      return kept.reply ?? text(404, `the page is not installed: ${path} cannot be read`);
    },
  };
}

async function readPage(path: string): Promise<Reply> {
  const html = await readFile(path, "utf8");
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(html, "script")}`,
    `style-src ${hashOf(html, "style")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy.join("; "),
    "Referrer-Policy": "no-referrer",
  };
  return { status: 200, headers, body: html };
}

function hashOf(html: string, element: "script" | "style"): string {
  const [, content = ""] = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(html) ?? [];
  return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
}
