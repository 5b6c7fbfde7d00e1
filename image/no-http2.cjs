/*
 * The agent speaks HTTP/1.1 with controllers. undici does without Node's HTTP/2 where there is none, and loading it takes
 * 4 ms of every start.
 */
"use strict";
throw new Error("HTTP/2 is not part of the bundle");
