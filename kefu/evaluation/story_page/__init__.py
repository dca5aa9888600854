"""Stories, rules and forms as a graph in one HTML file that needs no network."""
