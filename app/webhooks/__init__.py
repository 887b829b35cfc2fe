"""Webhooks: clients are told what becomes of their jobs (Standard Webhooks)."""
