import { type ASTNode, BREAK, type DocumentNode, GraphQLError, Kind, visit } from 'graphql';
import { BadUserInputError, withoutValue, WrongValueError } from './errors.js';

/**
 * Turns the complaints of scalars about literals in a document into the errors that the same value in a variable
 * would get: BAD_USER_INPUT with the path of the field. Other errors stay; the list is changed in place, because
 * Apollo answers the list that it handed out.
 */
export function renderWrongLiterals(document: DocumentNode, errors: GraphQLError[]): void {
  for (const [index, error] of errors.entries()) {
    const message = ruleOf(error);
    const [literal] = error.nodes ?? [];
    if (message && literal) errors[index] = new BadUserInputError([{ path: pathTo(document, literal), message }]);
  }
}

/** The rule that a scalar says was broken; undefined for any other complaint. */
function ruleOf({ originalError, message }: GraphQLError): string | undefined {
  if (originalError instanceof WrongValueError) return originalError.message;
  // graphql's own scalars have no error of their own: "Int cannot represent a non-integer value: 1.5".
  const isOfScalar = /^(Int|Float|String|Boolean|ID) cannot represent /.test(message);
  return isOfScalar ? withoutValue(message) : undefined;
}

/** The names of the arguments and input fields around a literal, such as `input.priceShmeckles`. */
function pathTo(document: DocumentNode, literal: ASTNode): string {
  const names: string[] = [];
  visit(document, {
    enter(node, _key, parent, _path, ancestors) {
      if (node !== literal) return undefined;
      for (const around of [...ancestors, parent])
        if (around && !Array.isArray(around)) names.push(...nameOf(around as ASTNode));
      return BREAK;
    },
  });
  return names.join('.');
}

function nameOf(node: ASTNode): string[] {
  if (node.kind === Kind.ARGUMENT || node.kind === Kind.OBJECT_FIELD) return [node.name.value];
  return node.kind === Kind.VARIABLE_DEFINITION ? [node.variable.name.value] : [];
}
