"""Shadows: a firm's schema without a row of it, in an engine of our own, where a probe may do harm."""

from upheld.engine.stores.shadow.copies import Shadow, ShadowRefused, shadow_of

__all__ = ["Shadow", "ShadowRefused", "shadow_of"]
