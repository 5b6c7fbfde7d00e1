import { type Agent, type ClientRequest, type IncomingMessage, request } from "node:http";

/** A whole answer. The body is empty where nobody reads it: see `httpGet`. */
export interface HttpAnswer {
  readonly status: number;
  /** Where a redirect leads; empty if it says nothing. */
  readonly location: string;
  readonly body: Buffer;
}

export interface HttpGetOptions {
  /** Says what keeps connections, and how: one of `node:https` for an https URL. */
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** What `node:http` does not tell by a code of its own. */
class AnswerError extends Error {
  readonly code: "ANSWER_TOO_LARGE" | "ANSWER_CUT";

  constructor(code: AnswerError["code"]) {
    super(code === "ANSWER_CUT" ? "the connection was closed in the middle" : "the answer is too large");
    this.name = "AnswerError";
    this.code = code;
  }
}

/**
 * One GET, without redirects and decompression. `node:http` rather than undici, whose parser is compiled anew by every
 * process: the first answer of a container would come 30 ms later.
 */
export async function httpGet(url: string, options: HttpGetOptions): Promise<HttpAnswer> {
  const { maxBytes, ...rest } = options;
  rest.signal.throwIfAborted();
  const asked = request(url, rest);
  try {
    return await exchange(asked, maxBytes);
  } catch (error) {
    // The server may close a kept connection in the very moment in which it is used again.
    if (!asked.reusedSocket || !isReset(error)) throw error;
    return await exchange(request(url, rest), maxBytes);
  }
}

function exchange(asked: ClientRequest, maxBytes: number): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  asked.once("response", (response) => {
    readBody(response, maxBytes).then((body) => {
      resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? "", body });
    }, reject);
  });
  asked.on("error", reject);
  asked.end();
  return promise;
}

/** Of answers that are refusals only the status counts, however large they are. */
async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const isRead = response.statusCode === 200 || response.statusCode === 400;
  const tooLarge = () => {
    response.destroy();
    if (isRead) throw new AnswerError("ANSWER_TOO_LARGE");
    return Buffer.alloc(0);
  };
  if (Number(response.headers["content-length"]) > maxBytes) return tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) return tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw isReset(error) ? new AnswerError("ANSWER_CUT") : error;
  }
  return Buffer.concat(chunks, size);
}

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNRESET";
}
