// What is asked of the contenders: each request has words of its own, and its one right answer.

export type LoadName = (typeof LOAD_NAMES)[number];

export const LOAD_NAMES = ["variables", "literals", "aliases", "slow1", "slow4"] as const;

export interface Load {
  /** As tables say it. */
  readonly title: string;
  /** How long a call of the back-end takes. */
  readonly callMs: number;
  /** How many of its calls run at once. */
  readonly slots: number;
  /** At the longest, where a server needs that long for the requests that make it warm. */
  readonly warmUpSeconds: number;
  /** Whether it is also measured at half of the rate that a server reached. */
  readonly hasHalfLoad: boolean;
  /** The body of a request with words that no other number has. */
  readonly body: (number: number) => string;
  /** `data` of its answer, as JSON. */
  readonly data: (number: number) => string;
}

const ALIASES = 20;

const variables = {
  body: (number: number): string =>
    `{"query":"query ($x: String!) { upper(x: $x) }","variables":{"x":"cat${number}"}}`,
  data: (number: number): string => `{"upper":"CAT${number}"}`,
};

const quick = { callMs: 0, slots: 4, warmUpSeconds: 10 };
const slow = { callMs: 5, warmUpSeconds: 4, hasHalfLoad: true, ...variables };

export const LOADS: Readonly<Record<LoadName, Load>> = {
  variables: { title: "variables", ...quick, hasHalfLoad: true, ...variables },
  literals: {
    title: "changing literals",
    ...quick,
    hasHalfLoad: false,
    body: (number) => `{"query":"{ upper(x: \\"cat${number}\\") }"}`,
    data: variables.data,
  },
  aliases: {
    title: `${ALIASES} aliases`,
    ...quick,
    hasHalfLoad: false,
    body: bodyOfAliases,
    data: (number) => `{${ofAliases((alias) => `"a${alias}":"CAT${number}.${alias}"`)}}`,
  },
  slow1: { title: "a call takes 5 ms, one slot", slots: 1, ...slow },
  slow4: { title: "a call takes 5 ms, four slots", slots: 4, ...slow },
};

const QUERY_OF_ALIASES =
  `query (${ofAliases((alias) => `$x${alias}: String!`)}) ` +
  `{ ${ofAliases((alias) => `a${alias}: upper(x: $x${alias})`)} }`;

function bodyOfAliases(number: number): string {
  const words = ofAliases((alias) => `"x${alias}":"cat${number}.${alias}"`);
  return `{"query":"${QUERY_OF_ALIASES}","variables":{${words}}}`;
}

function ofAliases(part: (alias: number) => string): string {
  return Array.from({ length: ALIASES }, (_, alias) => part(alias)).join(",");
}
