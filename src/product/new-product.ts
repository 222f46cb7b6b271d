/** What a new product has where nobody says otherwise. */
export const NEW_PRODUCT = {
  description: null,
  imageUrl: null,
  stock: 0,
  rating: null,
  isActive: true,
} as const;
