import { Agent, request } from "undici";

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  json(): { readonly status?: unknown; readonly data?: unknown; readonly message?: unknown };
}

export interface AskOptions {
  readonly authorization?: string;
  readonly method?: string;
  readonly body?: string;
  /** Default 5000: no answer of a test may hang it. */
  readonly deadlineMs?: number;
}

/** One client with one keep-alive connection per origin, as the agent has it. */
export function createClient({ ca }: { readonly ca?: string | undefined } = {}) {
  const agent = new Agent({ connections: 1, connect: ca === undefined ? {} : { ca } });
  return {
    close: () => agent.destroy(),
    async ask(
      url: string,
      { authorization, method = "GET", body, deadlineMs = 5000 }: AskOptions = {},
    ): Promise<Reply> {
      const answer = await request(url, {
        dispatcher: agent,
        method,
        signal: AbortSignal.timeout(deadlineMs),
        headers: { accept: "application/json", ...(authorization !== undefined && { authorization }) },
        ...(body !== undefined && { body }),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, headers: answer.headers, text, json: () => JSON.parse(text) };
    },
  };
}

export type Client = ReturnType<typeof createClient>;
