"""The shop's own pages: products, cart, orders, and the chat beside them."""
