"""What the workbench of agents uses: signing in, the administration, the description of the API."""
