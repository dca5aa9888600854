"""The shop assistant's actions, on rasa-sdk.

``shop_client`` reaches the shop, ``shop_action`` is what every action that needs it has in common;
``forms`` and ``return_form`` check what customers enter; the other modules hold the actions by
topic. May import rasa_sdk and aiohttp, never Kefu: they run as well on a stock action server.
"""
