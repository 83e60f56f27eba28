"""What the JSON files hold (docs/json.md): a typed record for each, its fields in the order of the keys."""
