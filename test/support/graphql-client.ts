// A client of a GraphQL server, as small as can be: one request, and what came back.

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as JSON. */
  readonly body: GraphQLAnswer & readonly GraphQLAnswer[];
}

export interface GraphQLAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Posts one operation, or an array of them, to `url`/graphql. */
export async function post(url: string, body: unknown, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    body: JSON.stringify(body),
    ...init,
    headers: { "Content-Type": "application/json", ...init.headers },
  });
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

/** Posts a query with variables. */
export function query(
  url: string,
  text: string,
  variables: object = {},
  init: RequestInit = {},
): Promise<Answer> {
  return post(url, { query: text, variables }, init);
}

/** Asks for `upper(x)` in a request of its own, and gives the value. */
export async function upper(url: string, x: string): Promise<unknown> {
  const { body } = await query(url, "query ($x: String!) { upper(x: $x) }", { x });
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
  return body.data?.upper;
}
