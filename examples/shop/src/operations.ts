import { gql, type TypedDocumentNode } from '@apollo/client';
import type { Viewer } from './viewer';

export interface Product {
  id: string;
  name: string;
  priceShmeckles: string;
  stock: number;
  version: number;
  category: { id: string; name: string } | null;
}

/** What a visitor narrows the list down to. */
export interface ProductFilter {
  search?: string;
  categoryId?: string;
  inStock?: boolean;
}

const PRODUCT = gql`
  fragment ShopProduct on Product {
    id
    name
    priceShmeckles
    stock
    version
    category {
      id
      name
    }
  }
`;

export interface ProductsData {
  products: {
    totalCount: number;
    edges: { node: Product }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

export const PRODUCTS: TypedDocumentNode<ProductsData, { filter: ProductFilter; after?: string | null }> = gql`
  query Products($filter: ProductFilter!, $after: String) {
    products(filter: $filter, first: 12, after: $after) {
      totalCount
      edges {
        node {
          ...ShopProduct
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${PRODUCT}
`;

export const CATEGORIES: TypedDocumentNode<{ categoryTree: { id: string; name: string; depth: number }[] }> = gql`
  query Categories {
    categoryTree {
      id
      name
      depth
    }
  }
`;

export const UPDATE_PRODUCT: TypedDocumentNode<
  { updateProduct: Product },
  { id: string; expectedVersion: number; input: { name: string; priceShmeckles: string; stock: number } }
> = gql`
  mutation EditProduct($id: ID!, $expectedVersion: Int, $input: UpdateProductInput!) {
    updateProduct(id: $id, expectedVersion: $expectedVersion, input: $input) {
      ...ShopProduct
    }
  }
  ${PRODUCT}
`;

export const PRODUCT_NOW: TypedDocumentNode<{ product: Product | null }, { id: string }> = gql`
  query ProductNow($id: ID!) {
    product(id: $id) {
      ...ShopProduct
    }
  }
  ${PRODUCT}
`;

export const SIGN_IN: TypedDocumentNode<{ login: Viewer }, { username: string; password: string }> = gql`
  mutation SignIn($username: String!, $password: String!) {
    login(username: $username, password: $password) {
      accessToken
      user {
        id
        username
        role
      }
    }
  }
`;
