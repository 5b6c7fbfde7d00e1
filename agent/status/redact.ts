/** Text with URLs in it, without what people hide in those: user, password and query. */
export function withoutUrlSecrets(text: string): string {
  return text.replaceAll(/:\/\/\S*@/g, "://[redacted]@").replaceAll(/(:\/\/[^\s?]*\?)\S+/g, "$1[redacted]");
}

/** A setting without any word's part before `@`, which may be a user and password even where no URL is expected. */
export function withoutUserInfo(setting: string): string {
  return withoutUrlSecrets(setting).replaceAll(/[^\s/]+@/g, "[redacted]@");
}
