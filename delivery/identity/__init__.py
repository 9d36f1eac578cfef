"""Providers of identities: who somebody is, as another house says (OpenID Connect Core 1.0), and when it is believed."""
