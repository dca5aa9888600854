"""Kefu 客服: trainable conversational bots with a customer-service platform around them."""

__all__ = ["__version__"]

__version__ = "0.1.0"
