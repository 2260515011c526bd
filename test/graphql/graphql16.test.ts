// The peer range begins at graphql 16: the same resolver in a host that has it.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("batched() works in a host with graphql 16, and throws that host's own GraphQLError", async () => {
  const script = fileURLToPath(new URL("../fixtures/with-graphql-16.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  expect(JSON.parse(stdout)).toEqual({
    version: expect.stringMatching(/^16\./),
    sizes: [3],
    data: { a: "A", b: "B", c: null },
    maxBatchSize: 3,
    errors: [{ message: "The batch function failed for this key", extensions: { code: "BATCH_FAILED" } }],
    isOfTheHost: true,
  });
});
