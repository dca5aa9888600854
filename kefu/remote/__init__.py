"""What we call: custom actions and response servers, over HTTP or inside this process."""
