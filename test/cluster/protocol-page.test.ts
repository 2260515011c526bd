// docs/protocol.md and src/cluster/protocol.ts say the same: the examples of the page are read, and what is written is as the page has it.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  ANSWERS_TYPE,
  CHUNK_TYPE,
  DEAD_LETTERS,
  decodeAnswers,
  decodeChunk,
  encodeAnswers,
  encodeChunk,
  loneQueueOf,
  MAX_DEAD_LETTERS,
  queueOf,
  REPLY_QUEUE,
} from "../../src/cluster/protocol.ts";
import { DEFAULT_MAX_QUEUED_CHUNKS } from "../../src/cluster/queue-options.ts";
import { pack, unpack } from "../../src/cluster/typed-json.ts";
import { fromWire, toWire } from "../../src/cluster/wire-errors.ts";
import { BatchError } from "../../src/index.ts";

type Json = Readonly<Record<string, unknown>>;

const page = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, text = ""]) => JSON.parse(text) as Json,
);
const chunks = examples.filter((example) => "keys" in example);
const answers = examples.filter((example) => "answers" in example);

/** The first column of the tables that begin with `| member |`, in their order. */
const tables = [...page.matchAll(/^\| member \|.*\n\|.*\n((?:\|.*\n)+)/gm)].map(([, rows = ""]) =>
  [...rows.matchAll(/^\| `(\w+)` \|/gm)].map(([, member]) => member),
);

function contentOf(body: unknown): Buffer {
  return Buffer.from(JSON.stringify(body));
}

describe("the protocol page", () => {
  test("names what is at the broker as it is", () => {
    const names = [queueOf("Query.upper"), loneQueueOf("Query.upper"), DEAD_LETTERS, REPLY_QUEUE];
    const values = [CHUNK_TYPE, ANSWERS_TYPE, `x-max-length: ${MAX_DEAD_LETTERS}`];
    for (const name of [...names, ...values]) expect(page).toContain(`\`${name}\``);
    expect(page).toContain(`how many chunks may wait: ${DEFAULT_MAX_QUEUED_CHUNKS} unless`);
  });

  test("has examples of both messages", () => {
    expect(chunks).toHaveLength(2);
    expect(answers).toHaveLength(1);
    expect(examples).toHaveLength(3);
  });

  test.each(chunks)("has chunks that are read, and written again, the same: %#", (example) => {
    const body = decodeChunk(contentOf(example));
    const packed = body.keys.map((key) => pack("key", key));
    const keys = packed.map(({ value }) => value);
    const content = encodeChunk(
      { ...body, keys },
      packed.some(({ isTagged }) => isTagged),
    );
    expect(JSON.parse(content.toString())).toEqual(example);
  });

  test.each(answers)("has answers that are read, and written again, the same: %#", (example) => {
    const rows = decodeAnswers(contentOf(example));
    const content = encodeAnswers(String(example.worker), rows);
    expect(JSON.parse(content.toString())).toEqual(example);
    const again = rows.map(({ error }) => error && toWire(fromWire(error)));
    expect(again).toMatchObject(rows.map(({ error }) => error));
  });

  test("has a row for each member that is written, and for no other", () => {
    const key = new Date(0);
    const body = {
      partition: "",
      deadline: 1,
      maxDelayMs: null,
      delivery: "at-least-once",
      first: 0,
    } as const;
    const chunk = JSON.parse(encodeChunk({ ...body, keys: [pack("key", key).value] }, true).toString());
    const batch = { id: "upper#1", size: 1, reason: "size", runMs: 1 } as const;
    const answer = { chunk: "1", index: 0, batch, value: key, error: undefined };
    const answered = JSON.parse(encodeAnswers("host:1", [answer]).toString());
    const ours = toWire(new BatchError("BATCH_QUEUE_FULL", "full", { retryAfterSeconds: 1 }));
    const others = toWire(
      Object.assign(new Error("no"), { name: "GraphQLError", extensions: { code: "NO" } }),
    );
    expect(tables).toEqual([chunk, answered, ours, others].map(Object.keys));
    for (const member of Object.keys(batch))
      expect(page).toMatch(new RegExp(`^\\| \`batches\`.*\`${member}\``, "m"));
  });

  test("says what each member is when it is missing", () => {
    const whole = { ...chunks[0], tagged: true };
    const ifMissing = { maxDelayMs: null, delivery: "at-least-once", first: 0 };
    for (const member of Object.keys(whole)) {
      const { [member]: _, ...rest } = whole as Json;
      const [, said] = new RegExp(`^\\| \`${member}\` \\|[^|]*\\| ([^|]+) \\|`, "m").exec(page) ?? [];
      if (said === "unreadable") {
        expect(() => decodeChunk(contentOf(rest)), member).toThrow(new RegExp(`^${member}: expected `));
      } else if (said !== "no tags") {
        expect(decodeChunk(contentOf(rest)), member).toMatchObject({
          [member]: ifMissing[member as "first"],
        });
        expect(said?.replaceAll("`", "")).toBe(String(ifMissing[member as "first"]));
      }
    }
  });

  test("has tags that are read, and written again, the same", () => {
    const tags = [...page.matchAll(/`(\{"\$[^`]*\})`/g)].map(([, text = ""]) => JSON.parse(text));
    expect(tags.map((tag) => Object.keys(tag)[0])).toEqual([
      "$date",
      "$bigint",
      "$number",
      "$bytes",
      "$object",
    ]);
    const values = [
      new Date("2026-11-23T12:00:00.000Z"),
      12n,
      Number.NaN,
      new Uint8Array([1, 2, 3]),
      { $ref: 1 },
    ];
    expect(tags.map(unpack)).toEqual(values);
    expect(values.map((value) => pack("value", value))).toEqual(
      tags.map((value) => ({ value, isTagged: true })),
    );
    for (const value of [new Date(Number.NaN), Infinity, -Infinity]) {
      expect(unpack(pack("value", value).value)).toEqual(value);
    }
  });
});

describe("a reader", () => {
  test("ignores what the page does not have", () => {
    const more = { ...chunks[0], color: "red" };
    expect(decodeChunk(contentOf(more))).toEqual(decodeChunk(contentOf(chunks[0])));
    const rows = [["1", 0, null, "CAT", null, "red"]];
    const read = decodeAnswers(contentOf({ worker: "w", color: "red", answers: rows }));
    expect(read).toEqual([{ chunk: "1", index: 0, batch: undefined, value: "CAT", error: undefined }]);
    expect(unpack({ $color: "red" })).toEqual({ $color: "red" });
    expect(fromWire({ code: "BATCH_LATER", message: "later" })).toMatchObject({ code: "BATCH_FAILED" });
  });

  test.each([
    ["no object", []],
    ["answers that are no lists", { answers: [{}] }],
    ["no chunk", { answers: [[12, 0, null, "CAT"]] }],
    ["no number", { answers: [["1", -1, null, "CAT"]] }],
    ["a batch that is none", { batches: [{ id: "upper#1" }], answers: [] }],
  ])("refuses answers in one line, which shows nothing of them: %s", (_, body) => {
    const content = contentOf(Array.isArray(body) ? body : { worker: "w", ...body });
    expect(() => decodeAnswers(content)).toThrow(/^[$\w]+: expected (?!.*secret).+$/);
  });

  test.each([
    ["a batch that there is not", { answers: [["1", 0, 0, "CAT"]] }],
    ["an error that is a text", { answers: [["1", 0, null, null, "secret"]] }],
    ["an error without a message", { answers: [["1", 0, null, null, { name: "Error" }]] }],
    ["an error of no kind", { answers: [["1", 0, null, null, { message: "secret" }]] }],
    [
      "extensions that are a list",
      { answers: [["1", 0, null, null, { name: "E", message: "", extensions: [] }]] },
    ],
    ["a tag with other content", { tagged: true, answers: [["1", 0, null, { $bigint: "secret" }]] }],
  ])("fails the key alone of an answer that it cannot read, and shows nothing of it: %s", (_, body) => {
    const [row] = body.answers;
    const answers = [row, ["1", 1, null, "DOG"]];
    const [first, second] = decodeAnswers(contentOf({ worker: "w", ...body, answers }));
    const message = expect.stringMatching(
      /^The answer of a worker cannot be read: [$\w]+: expected (?!.*secret).+$/,
    );
    expect(first).toMatchObject({ chunk: "1", index: 0, error: { code: "BATCH_FAILED", message } });
    expect(second).toMatchObject({ index: 1, value: "DOG", error: undefined });
  });
});
