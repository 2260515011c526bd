// The least that a server of Node's can do for such an answer: read the body, parse its JSON, and no GraphQL at all. The
// words are in the variables, or found in the query by a regular expression.

import { createServer } from "node:http";
import { backend, readText, serve } from "./program.ts";

interface Body {
  readonly query: string;
  readonly variables?: Readonly<Record<string, string>>;
}

const LITERAL = /x: "([^"]*)"/;

await serve(
  createServer((request, response) => {
    readText(request, async (text) => {
      const { query, variables }: Body = JSON.parse(text);
      const words = variables === undefined ? [LITERAL.exec(query)?.[1] ?? ""] : Object.values(variables);
      const found = await backend.upper(words);
      const data =
        found.length === 1
          ? { upper: found[0] }
          : Object.fromEntries(found.map((word, index) => [`a${index}`, word]));
      const answer = JSON.stringify({ data });
      response.setHeader("Content-Type", "application/json");
      response.setHeader("Content-Length", Buffer.byteLength(answer));
      response.end(answer);
    });
  }),
);
