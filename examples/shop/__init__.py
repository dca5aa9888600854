"""The business system behind the shop assistant: orders, parcels, returns, products over HTTP."""
