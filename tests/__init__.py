"""Tests of Kefu; README.md tells where a test belongs."""
