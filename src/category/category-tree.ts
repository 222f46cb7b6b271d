/** Where a category stands, as far as paths need it. */
export interface TreeNode {
  id: number;
  /** The ids from the root down to the parent: "/1/5/", and "/" for a root. */
  ancestorPath: string;
}

export const ROOT_PATH = '/';

/** More levels than these are refused: a path must fit into an index. */
export const DEEPEST_LEVEL = 50;

/** The ancestor path of a node's children. */
export const pathBelow = (node: TreeNode | null): string => (node ? `${node.ancestorPath}${node.id}/` : ROOT_PATH);

/** The first text behind all paths of a subtree: "0" comes right after "/". */
export const pathBehind = (path: string): string => `${path.slice(0, -1)}0`;

/** How many levels stand above: 0 for a root. */
export const levelOf = (ancestorPath: string): number => ancestorPath.split('/').length - 2;

/** Whether a node stands below another one, or is it. */
export const isWithin = (node: TreeNode, ancestor: TreeNode): boolean =>
  node.id === ancestor.id || node.ancestorPath.startsWith(pathBelow(ancestor));
