"""The report on understanding as one HTML file that needs no network."""
