// What a host has of its own: the context of a request, and a row of its database.

export interface Context {
  readonly tenant: string;
}

export interface Article {
  readonly articleId: number;
  readonly title: string;
}
