"""What a bot can do: built-in actions, responses, forms and custom actions."""
