// A scalar of a schema that was built from text, with what reads its literals put in its place.

import { type GraphQLSchema, isScalarType, type ValueNode } from "graphql";

export function changeScalar(schema: GraphQLSchema, name: string, read: (node: ValueNode) => unknown): void {
  const type = schema.getType(name);
  if (!isScalarType(type)) throw new Error(`expected a scalar, but got: ${name}`);
  type.parseLiteral = (node) => read(node);
}
