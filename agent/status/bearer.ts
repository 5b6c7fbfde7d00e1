import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "../config/secret.ts";

/** True if the `Authorization` header carries the token. Takes the same time whichever of its characters is wrong. */
export function carriesToken(authorization: string | undefined, token: Secret): boolean {
  const given = /^Bearer +(?<token>\S.*)$/i.exec(authorization ?? "")?.groups?.["token"];
  if (given === undefined) return false;
  // Node reads headers as latin1, so this gives back the bytes that were sent. Digests have one length, so the
  // comparison does not tell that of the token.
  return timingSafeEqual(digest(Buffer.from(given, "latin1")), digest(Buffer.from(token.reveal())));
}

function digest(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
