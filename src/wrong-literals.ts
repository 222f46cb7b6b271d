import { type ASTNode, BREAK, type DocumentNode, GraphQLError, Kind, visit } from 'graphql';
import { BadUserInputError, WrongValueError } from './errors.js';

/**
 * Turns the complaints of scalars about literals in a document into the errors that the same value in a variable
 * would get: BAD_USER_INPUT with the path of the field. Other errors stay; the list is changed in place, because
 * Apollo answers the list that it handed out.
 */
export function renderWrongLiterals(document: DocumentNode, errors: GraphQLError[]): void {
  for (const [index, { originalError, nodes }] of errors.entries()) {
    const [literal] = nodes ?? [];
    if (!(originalError instanceof WrongValueError) || !literal) continue;
    errors[index] = new BadUserInputError([{ path: pathTo(document, literal), message: originalError.message }]);
  }
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
