import type { IncomingMessage } from "node:http";

/** Reads a body to nowhere, so that the connection can carry the next request, unless it is larger than `maxBytes`. */
export async function discardBody(request: IncomingMessage, maxBytes: number): Promise<"discarded" | "too-large"> {
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) return "too-large";
  return new Promise((resolve) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) resolve("too-large");
    });
    request.once("end", () => resolve("discarded"));
    // The client has gone; nobody will read the answer.
    request.once("close", () => resolve("discarded"));
  });
}
