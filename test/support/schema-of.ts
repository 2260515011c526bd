// A schema without any library but graphql itself.

import { buildSchema, type GraphQLSchema, isObjectType } from "graphql";

/** A schema whose resolvers are put on as they are, `{ Query: { upper } }`. */
export function schemaOf(sdl: string, resolvers: Record<string, Record<string, unknown>>): GraphQLSchema {
  const schema = buildSchema(sdl);
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName);
    if (!isObjectType(type)) throw new Error(`no type ${typeName}`);
    for (const [name, resolver] of Object.entries(fields)) {
      const field = type.getFields()[name];
      if (field === undefined) throw new Error(`no field ${name}`);
      Object.assign(field, { resolve: resolver });
    }
  }
  return schema;
}
