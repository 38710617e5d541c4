"""Telephone menus written as YAML flows: checked, tried without a telephone, and served to callers."""
