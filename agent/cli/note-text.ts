import type { Note } from "../model.ts";

/** A note on one line: its namespace, what it is about unless the message names that itself, and the message. */
export function noteText({ namespace, subject, message }: Note): string {
  const isNamed = message.startsWith(`${subject} `) || message.includes(`${subject}: `);
  const about = [namespace, isNamed ? undefined : subject].filter((one) => one !== undefined);
  return about.length === 0 ? message : `${about.join(" ")}: ${message}`;
}
