"""Somebody between client and server."""
