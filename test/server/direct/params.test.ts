// Which bodies the direct path takes for itself: all others are Yoga's, which has the words for what is wrong with them.

import { expect, test } from "vitest";
import { readParams } from "../../../src/server/direct/params.ts";
import { ODD_BODIES } from "../../support/odd-values.ts";

const QUERY = "{ __typename }";

test.each([
  { query: QUERY },
  { query: "" },
  { query: QUERY, variables: null, operationName: null, extensions: null },
  { extensions: {}, operationName: "", variables: { query: 1, __proto__: null }, query: QUERY },
])("%j is one operation", (given) => {
  expect(readParams(JSON.stringify(given))).toEqual(given);
});

const OTHERS = [
  `{"query":"${QUERY}","unknown":1}`,
  `{"query":"${QUERY}","unknown":null}`,
  `{"query":"${QUERY}","__proto__":{}}`,
  `{"query":"${QUERY}","variables":[]}`,
  `{"query":"${QUERY}","variables":"{}"}`,
  `{"query":"${QUERY}","variables":0}`,
  `{"query":"${QUERY}","variables":false}`,
  `{"query":"${QUERY}","operationName":5}`,
  `{"query":"${QUERY}","operationName":["A"]}`,
  `{"query":"${QUERY}","extensions":[]}`,
  `{"query":"${QUERY}","extensions":"x"}`,
  `{"query":["${QUERY}"]}`,
  `[{"query":"${QUERY}"}]`,
  `\ufeff{"query":"${QUERY}"}`,
  `{"query":"${QUERY}"}x`,
  `{"query":"${QUERY}"`,
  ...ODD_BODIES.filter((body) => !/"query":"/.test(body)),
];

test.each(OTHERS)("%s is not", (body) => {
  expect(readParams(body)).toBeUndefined();
});
