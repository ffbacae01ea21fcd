"""The trial as frozen, validated data, read from its protocol file."""
