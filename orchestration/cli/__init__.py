"""The `entrepot` command: a module for each command or group, assembled in `main`."""
